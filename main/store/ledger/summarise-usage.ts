import { z } from 'zod';
import type { OperationArguments, OperationOutput } from '#shared/contract/operations.ts';
import type { UsageDimension, UsageSummary, UsageTotals } from '#shared/model/usage.ts';
import type { Database } from '../database.ts';
import { decode, parseJson } from '../row.ts';
import { aggregate, type Cell, type KeyColumn, type Measures, noMeasures, plus, type Span } from './aggregate.ts';
import { localDate, localDayStart, localHourStart, nextLocalDayStart } from './local-time.ts';

/** What stands for a tool, model, provider or credential that the request never named. */
export const unknownKey = '(unknown)';

const columns: Readonly<Record<Exclude<UsageDimension, 'day'>, KeyColumn>> = {
  tool: 'tool',
  model: 'model',
  provider: 'provider',
  credential: 'credential_id',
};

/** Requests and cost by a dimension: days in order, everything else the most expensive first. */
export function summarise(
  database: Database,
  input: OperationArguments<'usage.summary'>,
): OperationOutput<'usage.summary'> {
  const until = input.until === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(input.until);
  const span = { since: Date.parse(input.since), until };
  if (input.by === 'day') {
    return aggregate(database, { span, columns: [], bucketStart: localDayStart })
      .toSorted((left, right) => left.at - right.at)
      .map((cell) => summaryOf(localDate(cell.at), cell));
  }
  return aggregate(database, { span, columns: [columns[input.by]] })
    .map((cell) => summaryOf(nameOf(cell.keys[0]), cell))
    .sort(mostExpensiveFirst);
}

/** Everything the overview shows. `now` is in milliseconds since the epoch and says which local day is today. */
export function overview(
  database: Database,
  input: OperationArguments<'usage.overview'>,
  now: number,
): OperationOutput<'usage.overview'> {
  const span = { since: Date.parse(input.since), until: Date.parse(input.until) };
  const length = Math.max(0, span.until - span.since);
  const bucketStart = input.bucket === 'hour' ? localHourStart : localDayStart;
  const latencies = latenciesIn(database, span);
  return {
    totals: withLatencies(database, span, latencies),
    previous: totalsOf(database, { since: span.since - length, until: span.since }),
    today: totalsOf(database, { since: localDayStart(now), until: nextLocalDayStart(now) }),
    buckets: aggregate(database, { span, columns: [columns[input.by]], bucketStart })
      .map((cell) => ({
        at: new Date(cell.at).toISOString(),
        key: nameOf(cell.keys[0]),
        requests: cell.requests,
        costMicroUsd: cell.costMicroUsd,
        inputTokens: cell.inputTokens,
        outputTokens: cell.outputTokens,
      }))
      .sort((left, right) => compare(left.at, right.at) || compare(left.key, right.key)),
    latencies: latencyBuckets(latencies, bucketStart),
    byTool: summariseTools(database, span),
  };
}

function summariseTools(database: Database, span: Span): OperationOutput<'usage.overview'>['byTool'] {
  const tools = new Map<string, { measures: Measures; models: string[] }>();
  for (const cell of aggregate(database, { span, columns: ['tool', 'model'] })) {
    const [tool = '', model = ''] = cell.keys;
    const known = tools.get(tool) ?? { measures: noMeasures, models: [] };
    tools.set(tool, {
      measures: plus(known.measures, cell),
      models: model === '' ? known.models : [...known.models, model],
    });
  }
  return [...tools]
    .map(([tool, { measures, models }]) => ({ ...summaryOf(nameOf(tool), measures), models: models.sort() }))
    .sort(mostExpensiveFirst);
}

function totalsOf(database: Database, span: Span): UsageTotals {
  return withLatencies(database, span, latenciesIn(database, span));
}

function withLatencies(database: Database, span: Span, latencies: Latencies): UsageTotals {
  const [cell] = aggregate(database, { span, columns: [] });
  const { at: _at, keys: _keys, ...measures }: Cell = cell ?? { at: 0, keys: [], ...noMeasures };
  const sorted = Float64Array.from(latencies.milliseconds).sort();
  return { ...measures, medianLatencyMs: percentile(sorted, 0.5), p95LatencyMs: percentile(sorted, 0.95) };
}

/** When each request that was not denied began, and how long it took, both in milliseconds and in the same order. */
interface Latencies {
  readonly startedAt: readonly number[];
  readonly milliseconds: readonly number[];
}

function latenciesIn(database: Database, span: Span): Latencies {
  // One JSON array is several times quicker to hand over than as many rows.
  const row = database.get(
    `SELECT json_group_array(started_ms) AS started, json_group_array(latency_ms) AS latencies FROM usage
     WHERE started_ms >= ? AND started_ms < ? AND outcome <> 'denied'`,
    span.since,
    span.until,
  );
  const numbers = z.array(z.number());
  return {
    startedAt: decode(numbers, parseJson(row?.started)),
    milliseconds: decode(numbers, parseJson(row?.latencies)),
  };
}

/** By nearest rank; null of nothing. `sorted` ascends. */
function percentile(sorted: Float64Array, share: number): number | null {
  return sorted[Math.ceil(sorted.length * share) - 1] ?? null;
}

function latencyBuckets(
  { startedAt, milliseconds }: Latencies,
  bucketStart: (at: number) => number,
): OperationOutput<'usage.overview'>['latencies'] {
  const buckets = new Map<number, number[]>();
  for (const [index, at] of startedAt.entries()) {
    const start = bucketStart(at);
    const bucket = buckets.get(start) ?? [];
    buckets.set(start, bucket);
    bucket.push(milliseconds[index] ?? 0);
  }
  return [...buckets]
    .toSorted(([left], [right]) => left - right)
    .map(([start, values]) => ({
      at: new Date(start).toISOString(),
      medianLatencyMs: percentile(Float64Array.from(values).sort(), 0.5) ?? 0,
    }));
}

function summaryOf(key: string, measures: Measures): UsageSummary {
  const { requests, inputTokens, cachedInputTokens, outputTokens, costMicroUsd, ...doubts } = measures;
  const { unpricedRequests, estimatedRequests } = doubts;
  const sums = { requests, inputTokens, cachedInputTokens, outputTokens, costMicroUsd };
  return { key, ...sums, unpricedRequests, estimatedRequests };
}

function nameOf(key: string | undefined): string {
  return key === undefined || key === '' ? unknownKey : key;
}

function mostExpensiveFirst(left: UsageSummary, right: UsageSummary): number {
  return right.costMicroUsd - left.costMicroUsd || right.requests - left.requests || compare(left.key, right.key);
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
