import { type Policy, policySchema } from '#shared/model/access.ts';
import type { Database, Row } from '../database.ts';
import { camelCased, decode } from '../row.ts';
import type { PolicyStore } from './registry.ts';

function toPolicy(row: Row): Policy {
  const { speaker, ...columns } = camelCased(row, ['scopes']);
  return decode(policySchema, speaker === null ? columns : { ...columns, speaker });
}

/** Standing decisions on a registry database. */
export function createPolicyStore(database: Database): PolicyStore {
  return {
    list: () => database.all('SELECT * FROM policies ORDER BY created_at, rowid').map(toPolicy),
    find(id) {
      const row = database.get('SELECT * FROM policies WHERE id = ?', id);
      return row ? toPolicy(row) : null;
    },
    insert(policy) {
      database.run(
        `INSERT INTO policies (id, effect, tool, scopes, executable, executable_hash, speaker, folder, ttl_seconds, uses, budget_micro_usd, created_at, created_by)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        policy.id,
        policy.effect,
        policy.tool,
        JSON.stringify(policy.scopes),
        policy.executable,
        policy.executableHash,
        policy.speaker ?? null,
        policy.folder,
        policy.ttlSeconds,
        policy.uses,
        policy.budgetMicroUsd,
        policy.createdAt,
        policy.createdBy,
      );
    },
    remove: (id) => database.run('DELETE FROM policies WHERE id = ?', id) > 0,
  };
}
