import type { OperationArguments, OperationOutput } from '#shared/contract/operations.ts';
import { outcomeSchema, type UsageFilter, type UsageRecord } from '#shared/model/usage.ts';
import type { Database, Row, SqlValue } from '../database.ts';
import { count, decode, likePattern, parseJson, text } from '../row.ts';
import { hourMs } from './aggregate.ts';

const searched = ['tool', 'model', 'endpoint', 'error_code', 'request_id'] as const;

/** Filters that compare one column with one value. */
const exact = {
  tool: 'tool',
  provider: 'provider',
  model: 'model',
  credentialId: 'credential_id',
  grantId: 'grant_id',
  outcome: 'outcome',
  requestId: 'request_id',
} as const satisfies Partial<Record<keyof UsageFilter, string>>;

interface Condition {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

/** A page of records, newest first, and how many the filter finds in all. */
export function listRecords(
  database: Database,
  input: OperationArguments<'usage.list'>,
): OperationOutput<'usage.list'> {
  const { sql, values } = conditionOf(input.filter);
  const records = database.all(
    `SELECT * FROM usage WHERE sequence IN (
       SELECT sequence FROM usage ${sql} ORDER BY started_ms DESC, sequence DESC LIMIT ? OFFSET ?
     ) ORDER BY started_ms DESC, sequence DESC`,
    ...values,
    input.limit,
    input.offset,
  );
  const counted = sql === '' ? 'usage_rows' : 'usage';
  const total = Number(database.get(`SELECT count(*) AS total FROM ${counted} ${sql}`, ...values)?.total ?? 0);
  return { total, offset: input.offset, records: records.map(toRecord) };
}

/** Every tool, provider and model in the ledger, sorted. */
export function listFacets(database: Database): OperationOutput<'usage.facets'> {
  const distinct = (column: 'tool' | 'provider' | 'model') =>
    database
      .all(`SELECT DISTINCT ${column} AS value FROM usage_hours WHERE ${column} <> '' ORDER BY 1`)
      .map((row) => String(row.value));
  return { tools: distinct('tool'), providers: distinct('provider'), models: distinct('model') };
}

/** Costs by request id, of those that have a row. */
export function readCosts(database: Database, requestIds: readonly string[]): ReadonlyMap<string, number> {
  const costs = new Map<string, number>();
  for (const id of requestIds) {
    const row = database.get('SELECT cost_micro_usd AS cost FROM usage WHERE request_id = ?', id);
    if (row !== undefined) costs.set(id, Number(row.cost ?? 0));
  }
  return costs;
}

/** Deletes whole hours that ended at or before `before` (milliseconds since the epoch); returns how many records went. */
export function deleteRecordsBefore(database: Database, before: number): number {
  const hour = Math.floor(before / hourMs) * hourMs;
  return database.transaction(() => {
    database.run('DELETE FROM usage_hours WHERE hour_ms < ?', hour);
    const deleted = database.run('DELETE FROM usage_rows WHERE started_ms < ?', hour);
    if (deleted > 0) database.run('DELETE FROM usage_kinds WHERE kind NOT IN (SELECT kind FROM usage_rows)');
    return deleted;
  });
}

/** Latest request that was not denied, per credential id, ISO 8601. */
export function readLastUsed(database: Database): ReadonlyMap<string, string> {
  const rows = database.all(
    `SELECT credential_id AS id, max(last_used_ms) AS used FROM usage_hours
     WHERE credential_id <> '' AND last_used_ms IS NOT NULL GROUP BY credential_id`,
  );
  return new Map(rows.map((row) => [String(row.id), new Date(Number(row.used)).toISOString()]));
}

function conditionOf(filter: UsageFilter): Condition {
  const conditions: Condition[] = [];
  if (filter.since !== undefined) conditions.push({ sql: 'started_ms >= ?', values: [Date.parse(filter.since)] });
  if (filter.until !== undefined) conditions.push({ sql: 'started_ms < ?', values: [Date.parse(filter.until)] });
  for (const [name, column] of Object.entries(exact)) {
    const value = filter[name as keyof typeof exact];
    if (value !== undefined) conditions.push({ sql: `${column} = ?`, values: [value] });
  }
  if (filter.text !== undefined && filter.text !== '') {
    const pattern = likePattern(filter.text);
    const sql = searched.map((column) => `${column} LIKE ? ESCAPE '\\'`).join(' OR ');
    conditions.push({ sql: `(${sql})`, values: searched.map(() => pattern) });
  }
  if (conditions.length === 0) return { sql: '', values: [] };
  return {
    sql: `WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`,
    values: conditions.flatMap(({ values }) => values),
  };
}

function toRecord(row: Row): UsageRecord {
  return {
    requestId: String(row.request_id),
    startedAt: new Date(Number(row.started_ms)).toISOString(),
    tool: text(row.tool),
    grantId: text(row.grant_id),
    tokenId: text(row.token_id),
    credentialId: text(row.credential_id),
    provider: text(row.provider),
    model: text(row.model),
    endpoint: String(row.endpoint),
    stream: row.stream === 1,
    status: Number(row.status),
    outcome: decode(outcomeSchema, row.outcome),
    errorCode: text(row.error_code),
    inputTokens: Number(row.input_tokens),
    cachedInputTokens: Number(row.cached_input_tokens),
    cacheWriteTokens: Number(row.cache_write_tokens),
    outputTokens: Number(row.output_tokens),
    reasoningTokens: Number(row.reasoning_tokens),
    costMicroUsd: count(row.cost_micro_usd),
    priceVersion: text(row.price_version),
    latencyMs: Number(row.latency_ms),
    firstByteMs: count(row.first_byte_ms),
    ...(parseJson(row.details) as Partial<UsageRecord> | null),
  };
}
