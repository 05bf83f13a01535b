import { type Alias, aliasSchema } from '#shared/model/alias.ts';
import type { Database, Row } from '../database.ts';
import { camelCased, decode } from '../row.ts';
import type { AliasStore } from './registry.ts';

function toAlias(row: Row): Alias {
  return decode(aliasSchema, camelCased(row, ['targets', 'timeouts', 'fallback_on']));
}

/** Model aliases on a registry database. */
export function createAliasStore(database: Database): AliasStore {
  return {
    list: () => database.all('SELECT * FROM aliases ORDER BY name').map(toAlias),
    find(name) {
      const row = database.get('SELECT * FROM aliases WHERE name = ?', name);
      return row ? toAlias(row) : null;
    },
    put(alias) {
      database.run(
        `INSERT INTO aliases (name, targets, timeouts, fallback_on, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (name) DO UPDATE SET targets = excluded.targets, timeouts = excluded.timeouts,
           fallback_on = excluded.fallback_on, updated_at = excluded.updated_at`,
        alias.name,
        JSON.stringify(alias.targets),
        JSON.stringify(alias.timeouts),
        JSON.stringify(alias.fallbackOn),
        alias.createdAt,
        alias.updatedAt,
      );
    },
    remove: (name) => database.run('DELETE FROM aliases WHERE name = ?', name) > 0,
  };
}
