import { lazy, type ReactNode, Suspense, useMemo } from 'react';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { formatCount, formatTokens } from '#renderer/components/format/count.ts';
import { formatExactMoney, formatMoney } from '#renderer/components/format/money.ts';
import { formatLatency } from '#renderer/components/format/time.ts';
import { Segmented } from '#renderer/components/segmented.tsx';
import type { OperationOutput } from '#shared/contract/operations.ts';
import { chartData, latencyData, type Span } from './chart-data.ts';
import classes from './overview.module.css';
import { type Dimension, dimensions, type Metric, metrics, type Range, ranges } from './overview-search.ts';

const StackedChart = lazy(() =>
  import('#renderer/components/stacked-chart.tsx').then((module) => ({ default: module.StackedChart })),
);

const formats: Readonly<Record<Metric, (value: number) => string>> = {
  cost: formatMoney,
  requests: formatCount,
  tokens: formatTokens,
  latency: formatLatency,
};

const ticks: Readonly<Record<Metric, (value: number) => string>> = {
  cost: (value) => (value % 1e6 === 0 ? `$${value / 1e6}` : formatExactMoney(value)),
  requests: formatCount,
  tokens: formatTokens,
  latency: formatLatency,
};

interface UsageChartCardProps {
  readonly overview: Pick<OperationOutput<'usage.overview'>, 'buckets' | 'latencies'>;
  readonly span: Span;
  readonly range: Range;
  readonly by: Dimension;
  readonly metric: Metric;
  nameOf(key: string): string;
  onChange(change: { readonly by?: Dimension; readonly metric?: Metric }): void;
}

function optionsOf<T extends string>(
  table: Readonly<Record<T, string>>,
): readonly { readonly value: T; readonly label: string }[] {
  return (Object.keys(table) as T[]).map((value) => ({ value, label: table[value] }));
}

/** Cost, requests or tokens over the span, split by tool, model, provider or key. */
export function UsageChartCard({
  overview,
  span,
  range,
  by,
  metric,
  nameOf,
  onChange,
}: UsageChartCardProps): ReactNode {
  const { series, stacks } = useMemo(
    () =>
      metric === 'latency'
        ? latencyData(overview.latencies, span, range)
        : chartData({ buckets: overview.buckets, span, range, metric, nameOf }),
    [overview, span, range, metric, nameOf],
  );
  const title = metric === 'latency' ? 'Latency' : `${metrics[metric]} by ${dimensions[by].toLowerCase()}`;
  return (
    <Card
      fill
      title={title}
      aside={
        <div className={classes.chartChoices}>
          <Segmented
            label="Count"
            value={metric}
            options={optionsOf(metrics)}
            onChange={(value) => onChange({ metric: value })}
          />
          {metric === 'latency' ? null : (
            <Segmented
              label="Split by"
              value={by}
              options={optionsOf(dimensions)}
              onChange={(value) => onChange({ by: value })}
            />
          )}
        </div>
      }
    >
      {series.length === 0 ? (
        <div className={classes.chartRoom}>
          <EmptyState
            title={`Nothing in these ${ranges[range].label}`}
            text="Every call a tool makes through the gateway is counted here."
          />
        </div>
      ) : (
        <div className={classes.chartRoom}>
          <Suspense fallback={null}>
            <StackedChart
              label={`${title}, last ${ranges[range].label}`}
              series={series}
              stacks={stacks}
              formatValue={formats[metric]}
              formatTick={ticks[metric]}
            />
          </Suspense>
        </div>
      )}
    </Card>
  );
}
