import type { Database } from '../database.ts';
import { parseJson } from '../row.ts';
import type { StateStore } from './registry.ts';

/** The program's own small facts on a registry database. */
export function createStateStore(database: Database): StateStore {
  return {
    read(name) {
      const row = database.get('SELECT value FROM state WHERE name = ?', name);
      return row ? parseJson(row.value) : undefined;
    },
    write(name, value) {
      database.run(
        'INSERT INTO state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
        name,
        JSON.stringify(value),
      );
    },
    remove(name) {
      database.run('DELETE FROM state WHERE name = ?', name);
    },
  };
}
