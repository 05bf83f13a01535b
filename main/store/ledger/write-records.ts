import { settledFields, type UsageRow } from '#shared/contract/facts.ts';
import { usageRecord } from '#shared/contract/read-facts.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import type { Database, SqlValue } from '../database.ts';
import { addToHours } from './hour-sums.ts';

type FieldName = (typeof settledFields)[number][0];

/** Columns whose values many neighbouring rows share: one statement binds them once for all of those. */
const shared = [
  ['tool', 'tool'],
  ['grantId', 'grant_id'],
  ['tokenId', 'token_id'],
  ['credentialId', 'credential_id'],
  ['provider', 'provider'],
  ['model', 'model'],
  ['endpoint', 'endpoint'],
  ['stream', 'stream'],
  ['status', 'status'],
  ['outcome', 'outcome'],
  ['errorCode', 'error_code'],
  ['priceVersion', 'price_version'],
] as const satisfies readonly (readonly [FieldName, string])[];

/** Columns of one row alone; `details` holds as JSON what few rows have. */
const own = [
  ['requestId', 'request_id'],
  ['startedAt', 'started_ms'],
  ['inputTokens', 'input_tokens'],
  ['cachedInputTokens', 'cached_input_tokens'],
  ['cacheWriteTokens', 'cache_write_tokens'],
  ['outputTokens', 'output_tokens'],
  ['reasoningTokens', 'reasoning_tokens'],
  ['costMicroUsd', 'cost_micro_usd'],
  ['latencyMs', 'latency_ms'],
  ['firstByteMs', 'first_byte_ms'],
] as const satisfies readonly (readonly [FieldName, string])[];

const ownWidth = own.length + 1;
const sharedPlaces = shared.map(([name]) => placeOf(name));
const ownPlaces = own.map(([name]) => placeOf(name));
const idPlace = placeOf('requestId');
const startPlace = placeOf('startedAt');
const detailsPlace = settledFields.length;

/** Rows per statement, largest first: binding in bulk costs a fifth of binding one by one. */
const chunkSizes = [32, 8, 1] as const;
const statements = new Map(chunkSizes.map((size) => [size, insertSql(size)]));

/** Writes all of the rows or none. A request id that is already there keeps its first row. */
export function writeRows(database: Database, rows: readonly UsageRow[]): void {
  database.transaction(() => {
    const before = Number(database.get('SELECT max(sequence) AS newest FROM usage')?.newest ?? 0);
    let written = 0;
    for (const alike of groupAlike(rows)) written += insertAlike(database, alike);
    addToHours(database, written === rows.length ? rows.map(usageRecord) : newRecords(database, rows, before));
  });
}

function groupAlike(rows: readonly UsageRow[]): Iterable<readonly UsageRow[]> {
  const groups = new Map<string, UsageRow[]>();
  for (const row of rows) {
    let key = '';
    for (const place of sharedPlaces) key += `${String(row[place])}\u0000`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups.values();
}

function insertAlike(database: Database, rows: readonly UsageRow[]): number {
  let changed = 0;
  let done = 0;
  for (const size of chunkSizes) {
    const sql = statements.get(size) ?? '';
    for (; rows.length - done >= size; done += size) {
      changed += database.run(sql, ...valuesOf(rows.slice(done, done + size)));
    }
  }
  return changed;
}

function valuesOf(rows: readonly UsageRow[]): SqlValue[] {
  const values: SqlValue[] = [];
  for (const place of sharedPlaces) values.push(toSql(rows[0]?.[place]));
  for (const row of rows) {
    for (const place of ownPlaces)
      values.push(place === startPlace ? Date.parse(String(row[place])) : toSql(row[place]));
    const details = row[detailsPlace];
    values.push(details === null ? null : JSON.stringify(details));
  }
  return values;
}

function toSql(value: unknown): SqlValue {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return value as SqlValue;
}

/** The records that were not there before: of two rows of one id only the first was written. */
function newRecords(database: Database, rows: readonly UsageRow[], before: number): readonly UsageRecord[] {
  const ids = new Set(
    database.all('SELECT request_id FROM usage WHERE sequence > ?', before).map((row) => String(row.request_id)),
  );
  return rows.filter((row) => ids.delete(String(row[idPlace]))).map(usageRecord);
}

function placeOf(name: FieldName): number {
  return settledFields.findIndex(([field]) => field === name);
}

function insertSql(size: number): string {
  const columns = [...own.map(([, column]) => column), 'details', ...shared.map(([, column]) => column)];
  const ownColumns = Array.from({ length: ownWidth }, (_, index) => `column${index + 1}`);
  const sharedValues = shared.map((_, index) => `?${index + 1}`);
  const tuples = Array.from({ length: size }, (_, row) => {
    const first = shared.length + row * ownWidth + 1;
    return `(${Array.from({ length: ownWidth }, (__, index) => `?${first + index}`).join(', ')})`;
  });
  return `INSERT OR IGNORE INTO usage (${columns.join(', ')})
    SELECT ${[...ownColumns, ...sharedValues].join(', ')} FROM (VALUES ${tuples.join(', ')})`;
}
