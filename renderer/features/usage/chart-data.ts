import { formatClock, formatDay } from '#renderer/components/format/time.ts';
import type { Stack } from '#renderer/components/stacked-chart.tsx';
import type { UsageBucket } from '#shared/model/usage.ts';
import { type Metric, type Range, ranges } from './overview-search.ts';

const shownSeries = 6;
const hourMs = 3_600_000;

/** The overview's span: bounds in ISO 8601, and the start of each bar in milliseconds. */
export interface Span {
  readonly since: string;
  readonly until: string;
  readonly starts: readonly number[];
}

/** The span that ends with the hour or the local day of `now`; the same for every `now` within that hour or day. */
export function spanOf(range: Range, now: number): Span {
  const { bucket, count } = ranges[range];
  const start = new Date(now);
  start.setMinutes(0, 0, 0);
  if (bucket === 'day') start.setHours(0);
  const bounds = Array.from({ length: count + 1 }, (_, index) => {
    const steps = index - count + 1;
    if (bucket === 'hour') return start.getTime() + steps * hourMs;
    const day = new Date(start);
    day.setDate(day.getDate() + steps);
    return day.getTime();
  });
  return { since: iso(bounds[0] ?? now), until: iso(bounds.at(-1) ?? now), starts: bounds.slice(0, -1) };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}

function amountOf(bucket: UsageBucket, metric: SummedMetric): number {
  const amounts: Readonly<Record<SummedMetric, number>> = {
    cost: bucket.costMicroUsd,
    requests: bucket.requests,
    tokens: bucket.inputTokens + bucket.outputTokens,
  };
  return amounts[metric];
}

/** What can be added up over tools, models, providers and keys. */
export type SummedMetric = Exclude<Metric, 'latency'>;

interface ChartInput {
  readonly buckets: readonly UsageBucket[];
  readonly span: Span;
  readonly range: Range;
  readonly metric: SummedMetric;
  /** Turns a bucket's key into what a person reads. */
  nameOf(key: string): string;
}

/** Series by size, the small ones joined as `Others`, and one stack per bar of the span, empty ones included. */
export function chartData({ buckets, span, range, metric, nameOf }: ChartInput): { series: string[]; stacks: Stack[] } {
  const totals = new Map<string, number>();
  for (const bucket of buckets) totals.set(bucket.key, (totals.get(bucket.key) ?? 0) + amountOf(bucket, metric));
  const keys = [...totals].filter(([, total]) => total > 0).sort((left, right) => right[1] - left[1]);
  const shown = keys.length > shownSeries ? keys.slice(0, shownSeries - 1) : keys;
  const column = new Map(shown.map(([key], index) => [key, index]));
  const hasOthers = keys.length > shown.length;
  const series = [...shown.map(([key]) => nameOf(key)), ...(hasOthers ? ['Others'] : [])];
  const values = span.starts.map(() => series.map(() => 0));
  for (const bucket of buckets) {
    const row = values[slotOf(span, bucket.at)];
    const index = column.get(bucket.key) ?? shown.length;
    if (row?.[index] !== undefined) row[index] += amountOf(bucket, metric);
  }
  return { series, stacks: stacksOf(span, range, values) };
}

/** One bar per bar of the span: the median latency in milliseconds, 0 where nothing was called. */
export function latencyData(
  latencies: readonly { readonly at: string; readonly medianLatencyMs: number }[],
  span: Span,
  range: Range,
): { series: string[]; stacks: Stack[] } {
  if (latencies.length === 0) return { series: [], stacks: [] };
  const values = span.starts.map(() => [0]);
  for (const latency of latencies) {
    const row = values[slotOf(span, latency.at)];
    if (row !== undefined) row[0] = latency.medianLatencyMs;
  }
  return { series: ['Half of all calls took less'], stacks: stacksOf(span, range, values) };
}

function slotOf(span: Span, at: string): number {
  const time = Date.parse(at);
  return span.starts.findLastIndex((start) => start <= time);
}

function stacksOf(span: Span, range: Range, values: readonly (readonly number[])[]): Stack[] {
  const isHourly = ranges[range].bucket === 'hour';
  return span.starts.map((start, index) => ({
    label: isHourly ? formatClock(start) : formatDay(start),
    title: isHourly ? `${formatDay(start)}, ${formatClock(start)}` : formatDay(start),
    values: values[index] ?? [],
  }));
}
