import type { Database, Row } from '../database.ts';

/** Milliseconds of one hour, the roll-up's grain. */
export const hourMs = 3_600_000;

/** A span of time in milliseconds since the epoch: `since` belongs to it, `until` does not. */
export interface Span {
  readonly since: number;
  readonly until: number;
}

/** Columns that sums can be grouped by. */
export type KeyColumn = 'tool' | 'model' | 'provider' | 'credential_id';

/** What is summed. */
export interface Measures {
  readonly requests: number;
  readonly denied: number;
  readonly failed: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly costMicroUsd: number;
  readonly unpricedRequests: number;
  /** Calls whose tokens were counted here. */
  readonly estimatedRequests: number;
}

/** Sums of one group. */
export interface Cell extends Measures {
  /** Start of the group's bucket in milliseconds since the epoch; 0 without buckets. */
  readonly at: number;
  /** One value per key column; empty text for none. */
  readonly keys: readonly string[];
}

/** What is to be summed. */
export interface Grouping {
  readonly span: Span;
  readonly columns: readonly KeyColumn[];
  /** Start of the bucket that a moment belongs to; without it, time does not divide. */
  readonly bucketStart?: (at: number) => number;
}

/** The sums of nothing. */
export const noMeasures: Measures = {
  requests: 0,
  denied: 0,
  failed: 0,
  inputTokens: 0,
  cachedInputTokens: 0,
  outputTokens: 0,
  costMicroUsd: 0,
  unpricedRequests: 0,
  estimatedRequests: 0,
};

const hourSums = `sum(requests) AS requests, sum(denied) AS denied, sum(failed) AS failed, sum(input_tokens) AS input_tokens,
  sum(cached_input_tokens) AS cached_input_tokens, sum(output_tokens) AS output_tokens, sum(cost_micro_usd) AS cost_micro_usd,
  sum(unpriced_requests) AS unpriced_requests, sum(estimated_requests) AS estimated_requests`;

const rowSums = `count(*) AS requests, sum(outcome = 'denied') AS denied, sum(outcome = 'upstream_error') AS failed,
  sum(input_tokens) AS input_tokens, sum(cached_input_tokens) AS cached_input_tokens, sum(output_tokens) AS output_tokens,
  sum(coalesce(cost_micro_usd, 0)) AS cost_micro_usd, sum(cost_micro_usd IS NULL AND outcome <> 'denied') AS unpriced_requests,
  sum(coalesce(details ->> '$.estimated', 0)) AS estimated_requests`;

/** Sums over a span: whole hours from the roll-up, the ends (and hours that a bucket's border cuts) from the rows themselves. */
export function aggregate(database: Database, grouping: Grouping): readonly Cell[] {
  const { span, bucketStart } = grouping;
  const cells = new Map<string, Cell>();
  const whole = { since: Math.ceil(span.since / hourMs) * hourMs, until: Math.floor(span.until / hourMs) * hourMs };
  if (whole.since >= whole.until) {
    addRows(database, grouping, span, cells);
    return [...cells.values()];
  }
  addRows(database, grouping, { since: span.since, until: whole.since }, cells);
  addRows(database, grouping, { since: whole.until, until: span.until }, cells);
  const cut = new Set<number>();
  for (const row of sumHours(database, grouping, whole)) {
    const hour = Number(row.at);
    if (bucketStart && bucketStart(hour) !== bucketStart(hour + hourMs - 1)) cut.add(hour);
    else add(cells, grouping, row);
  }
  for (const hour of cut) addRows(database, grouping, { since: hour, until: hour + hourMs }, cells);
  return [...cells.values()];
}

/** Adds up two sums. */
export function plus(left: Measures, right: Measures): Measures {
  return {
    requests: left.requests + right.requests,
    denied: left.denied + right.denied,
    failed: left.failed + right.failed,
    inputTokens: left.inputTokens + right.inputTokens,
    cachedInputTokens: left.cachedInputTokens + right.cachedInputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    costMicroUsd: left.costMicroUsd + right.costMicroUsd,
    unpricedRequests: left.unpricedRequests + right.unpricedRequests,
    estimatedRequests: left.estimatedRequests + right.estimatedRequests,
  };
}

function sumHours(database: Database, { columns, bucketStart }: Grouping, span: Span): readonly Row[] {
  const at = bucketStart ? 'hour_ms' : '0';
  const groups = [...(bucketStart ? ['hour_ms'] : []), ...columns];
  const groupBy = groups.length > 0 ? `GROUP BY ${groups.join(', ')}` : 'HAVING count(*) > 0';
  const selected = [`${at} AS at`, ...columns, hourSums].join(', ');
  return database.all(
    `SELECT ${selected} FROM usage_hours WHERE hour_ms >= ? AND hour_ms < ? ${groupBy}`,
    span.since,
    span.until,
  );
}

function addRows(database: Database, grouping: Grouping, span: Span, cells: Map<string, Cell>): void {
  if (span.since >= span.until) return;
  const { columns, bucketStart } = grouping;
  const at = bucketStart ? 'started_ms' : '0';
  const keys = columns.map((column) => `coalesce(${column}, '') AS ${column}`);
  const groups = [...(bucketStart ? ['started_ms'] : []), ...columns.map((column) => `coalesce(${column}, '')`)];
  const groupBy = groups.length > 0 ? `GROUP BY ${groups.join(', ')}` : 'HAVING count(*) > 0';
  const selected = [`${at} AS at`, ...keys, rowSums].join(', ');
  const sql = `SELECT ${selected} FROM usage WHERE started_ms >= ? AND started_ms < ? ${groupBy}`;
  for (const row of database.all(sql, span.since, span.until)) add(cells, grouping, row);
}

function add(cells: Map<string, Cell>, { columns, bucketStart }: Grouping, row: Row): void {
  const at = bucketStart ? bucketStart(Number(row.at)) : 0;
  const keys = columns.map((column) => String(row[column]));
  const id = JSON.stringify([at, keys]);
  cells.set(id, { at, keys, ...plus(cells.get(id) ?? noMeasures, measuresOf(row)) });
}

function measuresOf(row: Row): Measures {
  return {
    requests: Number(row.requests),
    denied: Number(row.denied),
    failed: Number(row.failed),
    inputTokens: Number(row.input_tokens),
    cachedInputTokens: Number(row.cached_input_tokens),
    outputTokens: Number(row.output_tokens),
    costMicroUsd: Number(row.cost_micro_usd),
    unpricedRequests: Number(row.unpriced_requests),
    estimatedRequests: Number(row.estimated_requests),
  };
}
