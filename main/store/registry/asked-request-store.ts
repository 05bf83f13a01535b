import { type AskedRequest, askedRequestSchema } from '#shared/model/asked-request.ts';
import type { Database, Row } from '../database.ts';
import { decode, parseJson } from '../row.ts';
import type { AskedRequestStore } from './registry.ts';

function toAskedRequest(row: Row): AskedRequest {
  return decode(askedRequestSchema, {
    id: row.id,
    askedAt: row.asked_ms,
    way: row.way,
    demand: parseJson(row.demand),
    process: parseJson(row.process),
    unusual: row.unusual === 1,
    outcome: row.outcome,
    granted: parseJson(row.granted),
  });
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** Requests that were made, on a registry database. */
export function createAskedRequestStore(database: Database): AskedRequestStore {
  return {
    insert({ id, askedAt, way, demand, process, unusual, outcome, granted }) {
      database.run(
        `INSERT INTO asked_requests (id, asked_ms, way, demand, process, unusual, outcome, granted)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[id, askedAt, way, json(demand), json(process), unusual ? 1 : 0, outcome, json(granted)],
      );
    },
    settle(id, { outcome, granted }) {
      database.run('UPDATE asked_requests SET outcome = ?, granted = ? WHERE id = ?', outcome, json(granted), id);
    },
    listSince: (since) =>
      database
        .all('SELECT * FROM asked_requests WHERE asked_ms >= ? ORDER BY asked_ms, rowid', since)
        .map(toAskedRequest),
    removeBefore: (before) => database.run('DELETE FROM asked_requests WHERE asked_ms < ?', before),
  };
}
