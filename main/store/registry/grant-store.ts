import { z } from 'zod';
import { type Grant, grantSchema } from '#shared/model/access.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { Database, Row } from '../database.ts';
import { camelCased, decode } from '../row.ts';
import type { GrantStore } from './registry.ts';

const rowSchema = lazily(() => grantSchema.extend({ untilLock: z.literal([0, 1]).transform(Boolean) }));

function toGrant(row: Row): Grant {
  const { endsWhen, ...columns } = camelCased(row, ['scopes', 'process', 'binding', 'ends_when']);
  return decode(rowSchema, endsWhen === null ? columns : { ...columns, endsWhen });
}

const insertSql = `
  INSERT INTO grants (id, request_id, tool, scopes, status, created_at, expires_at, ended_at, ended_by, uses, uses_left,
    budget_micro_usd, budget_left_micro_usd, spent_micro_usd, until_lock, purpose, process, approved_by, parent_grant_id, delegate, binding, ends_when)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const chargeSql = `
  UPDATE grants SET spent_micro_usd = spent_micro_usd + ?1, uses_left = max(0, uses_left - ?2), budget_left_micro_usd = max(0, budget_left_micro_usd - ?1)
  WHERE id = ?3`;

const topUpSql = `
  UPDATE grants SET budget_micro_usd = budget_micro_usd + ?1, budget_left_micro_usd = max(0, budget_micro_usd + ?1 - spent_micro_usd),
    ended_at = iif(ended_by = 'spent', NULL, ended_at), status = iif(ended_by = 'spent', 'active', status),
    ended_by = iif(ended_by = 'spent', NULL, ended_by)
  WHERE id = ?2 AND budget_micro_usd IS NOT NULL`;

const unlimited = -1;

/** Grants on a registry database. */
export function createGrantStore(database: Database): GrantStore {
  function find(id: string): Grant | null {
    const row = database.get('SELECT * FROM grants WHERE id = ?', id);
    return row ? toGrant(row) : null;
  }

  return {
    insert(grant) {
      database.run(
        insertSql,
        grant.id,
        grant.requestId,
        grant.tool,
        JSON.stringify(grant.scopes),
        grant.status,
        grant.createdAt,
        grant.expiresAt,
        grant.endedAt,
        grant.endedBy,
        grant.uses,
        grant.usesLeft,
        grant.budgetMicroUsd,
        grant.budgetLeftMicroUsd,
        grant.spentMicroUsd,
        grant.untilLock ? 1 : 0,
        grant.purpose,
        grant.process === null ? null : JSON.stringify(grant.process),
        grant.approvedBy,
        grant.parentGrantId,
        grant.delegate,
        grant.binding === null ? null : JSON.stringify(grant.binding),
        grant.endsWhen ? JSON.stringify(grant.endsWhen) : null,
      );
    },
    find,
    list(options = {}) {
      const where = options.includeEnded ? '' : "WHERE status = 'active'";
      return database
        .all(`SELECT * FROM grants ${where} ORDER BY created_at DESC, rowid DESC LIMIT ?`, options.limit ?? unlimited)
        .map(toGrant);
    },
    listByTool: (tool, limit) =>
      database
        .all(
          'SELECT * FROM grants WHERE tool = ? AND parent_grant_id IS NULL ORDER BY created_at DESC, rowid DESC LIMIT ?',
          tool,
          limit,
        )
        .map(toGrant),
    end: (id, ending) =>
      database.run(
        "UPDATE grants SET status = 'ended', ended_at = ?, ended_by = ? WHERE id = ? AND status = 'active'",
        ending.endedAt,
        ending.endedBy,
        id,
      ) > 0,
    topUp: (id, amountMicroUsd) =>
      database.transaction(() => (database.run(topUpSql, amountMicroUsd, id) > 0 ? find(id) : null)),
    charge: (id, charge) => database.run(chargeSql, charge.costMicroUsd, charge.uses, id) > 0,
  };
}
