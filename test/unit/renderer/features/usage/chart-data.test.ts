import { describe, expect, it } from 'vitest';
import { chartData, latencyData, spanOf } from '#renderer/features/usage/chart-data.ts';

const now = new Date(2026, 10, 22, 12, 34, 56).getTime();

function bucket(at: number, key: string, costMicroUsd: number) {
  return { at: new Date(at).toISOString(), key, requests: 1, costMicroUsd, inputTokens: 10, outputTokens: 5 };
}

describe('spanOf', () => {
  it('ends with today and starts at a local midnight', () => {
    const span = spanOf('7d', now);
    expect(span.starts).toHaveLength(7);
    expect(new Date(span.since)).toEqual(new Date(2026, 10, 16));
    expect(new Date(span.until)).toEqual(new Date(2026, 10, 23));
  });

  it('ends with the present hour', () => {
    const span = spanOf('24h', now);
    expect(span.starts).toHaveLength(24);
    expect(new Date(span.until)).toEqual(new Date(2026, 10, 22, 13));
  });

  it('does not move within an hour', () => {
    expect(spanOf('24h', now + 60_000)).toEqual(spanOf('24h', now));
  });
});

describe('chartData', () => {
  const span = spanOf('7d', now);
  const common = { span, range: '7d', metric: 'cost', nameOf: (key: string) => key } as const;
  const [first = 0, second = 0] = span.starts;

  it('orders series by size and leaves no bar out', () => {
    const { series, stacks } = chartData({
      ...common,
      buckets: [bucket(first, 'small', 1), bucket(second, 'large', 9)],
    });
    expect(series).toEqual(['large', 'small']);
    expect(stacks.map((stack) => stack.values)).toEqual([
      [0, 1],
      [9, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  it('joins the small ones of many series, losing nothing', () => {
    const buckets = Array.from({ length: 9 }, (_, index) => bucket(first, `tool ${index}`, 100 - index));
    const { series, stacks } = chartData({ ...common, buckets });
    expect(series).toEqual(['tool 0', 'tool 1', 'tool 2', 'tool 3', 'tool 4', 'Others']);
    expect(stacks[0]?.values.reduce((sum, value) => sum + value, 0)).toBe(
      buckets.reduce((sum, each) => sum + each.costMicroUsd, 0),
    );
  });

  it('counts requests and tokens as well', () => {
    const buckets = [bucket(first, 'tool', 0)];
    expect(chartData({ ...common, metric: 'requests', buckets }).stacks[0]?.values).toEqual([1]);
    expect(chartData({ ...common, metric: 'tokens', buckets }).stacks[0]?.values).toEqual([15]);
  });

  it('is empty when nothing was counted', () => {
    expect(chartData({ ...common, buckets: [bucket(first, 'free', 0)] }).series).toEqual([]);
  });
});

describe('latencyData', () => {
  const span = spanOf('7d', now);

  it('puts each median on its bar', () => {
    const at = new Date(span.starts[2] ?? 0).toISOString();
    const { stacks } = latencyData([{ at, medianLatencyMs: 420 }], span, '7d');
    expect(stacks.map((stack) => stack.values)).toEqual([[0], [0], [420], [0], [0], [0], [0]]);
  });

  it('is empty when nothing was called', () => {
    expect(latencyData([], span, '7d').series).toEqual([]);
  });
});
