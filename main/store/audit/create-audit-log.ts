import { createHash } from 'node:crypto';
import { type AuditEntry, auditEntrySchema } from '#shared/model/audit.ts';
import type { Database, Row, SqlValue } from '../database.ts';
import { camelCased, decode, likePattern } from '../row.ts';
import type { AuditFact, AuditLog, AuditQuery, AuditVerification } from './audit-log.ts';
import { canonicalJson } from './canonical-json.ts';

const verifyPageRows = 1_000;

interface Head {
  readonly entries: number;
  readonly hash: string;
}

/** The audit log on a registry database. */
export function createAuditLog(database: Database): AuditLog {
  const listeners = new Set<(entry: AuditEntry) => void>();

  function append(fact: AuditFact, at: number): AuditEntry {
    return database.transaction(() => {
      const head = readHead(database);
      const detail = canonicalJson(fact.detail ?? {});
      const unsigned = {
        sequence: head.entries + 1,
        at: new Date(at).toISOString(),
        event: fact.event,
        actor: fact.actor,
        subject: fact.subject,
        detail: JSON.parse(detail) as Record<string, unknown>,
      };
      const entry = { ...unsigned, hash: hashOf(unsigned, head.hash) };
      database.run(
        'INSERT INTO audit (sequence, at, event, actor, subject, detail, hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
        entry.sequence,
        entry.at,
        entry.event,
        entry.actor,
        entry.subject,
        detail,
        entry.hash,
      );
      database.run('UPDATE audit_head SET entries = ?, hash = ? WHERE only = 1', entry.sequence, entry.hash);
      database.afterCommit(() => {
        for (const listener of listeners) listener(entry);
      });
      return entry;
    });
  }

  return {
    append,
    list: (query) => listEntries(database, query),
    verify: () => verifyChain(database),
    onAppend(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function readHead(database: Database): Head {
  const row = database.get('SELECT entries, hash FROM audit_head WHERE only = 1');
  return { entries: Number(row?.entries ?? 0), hash: String(row?.hash ?? '') };
}

function hashOf(entry: Omit<AuditEntry, 'hash'>, previousHash: string): string {
  return createHash('sha256')
    .update(canonicalJson({ ...entry, previousHash }))
    .digest('hex');
}

function toEntry(row: Row): AuditEntry {
  return decode(auditEntrySchema, camelCased(row, ['detail']));
}

function listEntries(database: Database, query: AuditQuery): readonly AuditEntry[] {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  if (query.afterSequence !== undefined) {
    conditions.push('sequence > ?');
    values.push(query.afterSequence);
  }
  if (query.beforeSequence !== undefined) {
    conditions.push('sequence < ?');
    values.push(query.beforeSequence);
  }
  if (query.text !== undefined && query.text !== '') {
    conditions.push("(event || ' ' || actor || ' ' || subject || ' ' || detail) LIKE ? ESCAPE '\\'");
    values.push(likePattern(query.text));
  }
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
  const order = query.afterSequence === undefined ? 'DESC' : 'ASC';
  return database
    .all(`SELECT * FROM audit ${where} ORDER BY sequence ${order} LIMIT ?`, ...values, query.limit)
    .map(toEntry);
}

function verifyChain(database: Database): AuditVerification {
  return database.transaction(() => {
    const head = readHead(database);
    let last = { sequence: 0, hash: '' };
    for (;;) {
      const rows = database.all(
        'SELECT * FROM audit WHERE sequence > ? ORDER BY sequence LIMIT ?',
        last.sequence,
        verifyPageRows,
      );
      for (const row of rows) {
        const expected = last.sequence + 1;
        const hash = followsFrom(row, last);
        if (hash === null) return { entries: head.entries, intact: false, brokenAt: expected };
        last = { sequence: expected, hash };
      }
      if (rows.length < verifyPageRows) break;
    }
    const whole = last.sequence === head.entries && last.hash === head.hash;
    return { entries: head.entries, intact: whole, brokenAt: whole ? null : Math.min(last.sequence, head.entries) + 1 };
  });
}

/** The row's hash when the row is the next link, else null. */
function followsFrom(row: Row, last: { readonly sequence: number; readonly hash: string }): string | null {
  if (row.sequence !== last.sequence + 1) return null;
  try {
    const { hash, ...unsigned } = toEntry(row);
    return hash === hashOf(unsigned, last.hash) ? hash : null;
  } catch {
    return null;
  }
}
