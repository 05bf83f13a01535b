import {
  groupUsage,
  ownUsageNames,
  ownUsagePlace,
  ownUsageWidth,
  type SharedUsage,
  sharedUsageNames,
  type UsageGroup,
} from '#shared/model/usage-group.ts';
import type { Database, SqlValue } from '../database.ts';
import { addToHours } from './hour-sums.ts';

/** Columns of what each row has by itself; `details` holds as JSON what few rows have. */
const ownColumns = {
  requestId: 'request_id',
  startedAt: 'started_ms',
  inputTokens: 'input_tokens',
  cachedInputTokens: 'cached_input_tokens',
  cacheWriteTokens: 'cache_write_tokens',
  outputTokens: 'output_tokens',
  reasoningTokens: 'reasoning_tokens',
  costMicroUsd: 'cost_micro_usd',
  latencyMs: 'latency_ms',
  firstByteMs: 'first_byte_ms',
} as const satisfies Record<(typeof ownUsageNames)[number], string>;

/** Columns of what rows share. */
const sharedColumns = {
  tokenId: 'token_id',
  endpoint: 'endpoint',
  model: 'model',
  status: 'status',
  outcome: 'outcome',
  credentialId: 'credential_id',
  tool: 'tool',
  grantId: 'grant_id',
  provider: 'provider',
  stream: 'stream',
  errorCode: 'error_code',
  priceVersion: 'price_version',
} as const satisfies Record<keyof SharedUsage, string>;

const kindColumns = sharedUsageNames.map((name) => sharedColumns[name]);
const findKindSql = `SELECT kind FROM usage_kinds WHERE ${kindColumns.map((column) => `${column} IS ?`).join(' AND ')} LIMIT 1`;
const addKindSql = `INSERT INTO usage_kinds (${kindColumns.join(', ')}) VALUES (${kindColumns.map(() => '?').join(', ')}) RETURNING kind`;

/** Rows per statement, largest first: binding in bulk costs a fifth of binding one by one. */
const chunkSizes = [32, 8, 1] as const;
const statements = new Map(chunkSizes.map((size) => [size, insertSql(size)]));

/** Groups that share the same, and their rows as values to be bound. */
interface Alike {
  readonly shared: readonly SqlValue[];
  readonly values: SqlValue[];
}

/** Writes all of the rows or none. A request id that is already there keeps its first row. */
export function writeGroups(database: Database, groups: readonly UsageGroup[]): void {
  const wanted = groups.reduce((sum, { size }) => sum + size, 0);
  database.transaction(() => {
    const before = Number(database.get('SELECT max(sequence) AS newest FROM usage_rows')?.newest ?? 0);
    let written = 0;
    for (const alike of joinAlike(groups)) written += insertAlike(database, alike);
    addToHours(database, written === wanted ? groups : newOnes(database, groups, before));
  });
}

function joinAlike(groups: readonly UsageGroup[]): Iterable<Alike> {
  const found = new Map<string, Alike>();
  for (const group of groups) {
    const shared = sharedUsageNames.map((name) => toSql(group.shared[name]));
    const key = JSON.stringify(shared);
    const alike = found.get(key) ?? { shared, values: [] };
    found.set(key, alike);
    addValues(group, alike.values);
  }
  return found.values();
}

function addValues({ start, own }: UsageGroup, values: SqlValue[]): void {
  for (let at = 0; at < own.length; at += ownUsageWidth) {
    const details = own[at + ownUsagePlace.rest];
    values.push(own[at] as string, start + (own[at + ownUsagePlace.startedAt] as number));
    for (let place = at + ownUsagePlace.inputTokens; place < at + ownUsagePlace.rest; place += 1)
      values.push(own[place] as number | null);
    values.push(details === null ? null : JSON.stringify(details));
  }
}

function insertAlike(database: Database, { shared, values }: Alike): number {
  const kind = kindOf(database, shared);
  let changed = 0;
  let done = 0;
  for (const size of chunkSizes) {
    const sql = statements.get(size) ?? '';
    for (const width = size * ownUsageWidth; values.length - done >= width; done += width)
      changed += database.run(sql, kind, ...values.slice(done, done + width));
  }
  return changed;
}

function kindOf(database: Database, shared: readonly SqlValue[]): SqlValue {
  const known = database.get(findKindSql, ...shared) ?? database.get(addKindSql, ...shared);
  return known?.kind ?? null;
}

function toSql(value: SharedUsage[keyof SharedUsage]): SqlValue {
  return typeof value === 'boolean' ? Number(value) : value;
}

/** The groups without the rows that were there before: of two of one id only the first was written. */
function newOnes(database: Database, groups: readonly UsageGroup[], before: number): readonly UsageGroup[] {
  const ids = new Set(
    database.all('SELECT request_id FROM usage_rows WHERE sequence > ?', before).map((row) => String(row.request_id)),
  );
  return groupUsage(groups.flatMap((group) => group.records()).filter(({ requestId }) => ids.delete(requestId)));
}

function insertSql(size: number): string {
  const columns = [...ownUsageNames.map((name) => ownColumns[name]), 'details'];
  const chosen = columns.map((_, index) => `column${index + 1}`);
  const tuples = Array.from({ length: size }, (_, row) => {
    const first = row * ownUsageWidth + 2;
    return `(${columns.map((__, index) => `?${first + index}`).join(', ')})`;
  });
  return `INSERT OR IGNORE INTO usage_rows (kind, ${columns.join(', ')})
    SELECT ?1, ${chosen.join(', ')} FROM (VALUES ${tuples.join(', ')})`;
}
