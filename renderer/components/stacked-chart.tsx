import { BarChart } from '@mantine/charts';
import { VisuallyHidden } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { niceTicks } from './format/nice-ticks.ts';
import classes from './stacked-chart.module.css';

const seriesColors: readonly string[] = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => `var(--series-${number})`);

const axisTick = { transform: 'translate(0, 0)', fontSize: 12, fill: 'currentColor' };

/** One stack: where it stands, what it is called, and one value per series in their order. */
export interface Stack {
  readonly label: string;
  /** Heading of its tooltip. */
  readonly title: string;
  readonly values: readonly number[];
}

interface StackedChartProps {
  /** What the chart shows, such as `Cost by tool, last 30 days`. */
  readonly label: string;
  /** Names of the series, largest first. */
  readonly series: readonly string[];
  readonly stacks: readonly Stack[];
  formatValue(value: number): string;
  /** A short form for the axis; `formatValue` where it is missing. */
  formatTick?(value: number): string;
}

interface TooltipProps {
  readonly stack: Stack | undefined;
  readonly series: readonly string[];
  readonly colorOf: (index: number) => string;
  formatValue(value: number): string;
}

function StackTooltip({ stack, series, colorOf, formatValue }: TooltipProps): ReactNode {
  if (stack === undefined) return null;
  const total = stack.values.reduce((sum, value) => sum + value, 0);
  return (
    <div className={classes.tooltip}>
      <div className={`${classes.line} ${classes.total}`}>
        <span>{stack.title}</span>
        <span>{formatValue(total)}</span>
      </div>
      {series.map((name, index) =>
        (stack.values[index] ?? 0) === 0 ? null : (
          <div key={name} className={classes.line}>
            <span className={classes.series}>
              <span className={classes.swatch} style={{ background: colorOf(index) }} />
              {name}
            </span>
            <span>{formatValue(stack.values[index] ?? 0)}</span>
          </div>
        ),
      )}
    </div>
  );
}

/** Stacked bars over time, with a legend and the same numbers as a table for screen readers. */
export function StackedChart({
  label,
  series,
  stacks,
  formatValue,
  formatTick = formatValue,
}: StackedChartProps): ReactNode {
  const captionId = useId();
  const colorOf = (index: number): string =>
    (series[index] === 'Others' ? seriesColors.at(-1) : seriesColors[index % (seriesColors.length - 1)]) ??
    'var(--series-8)';
  const ticks = niceTicks(Math.max(0, ...stacks.map((stack) => stack.values.reduce((sum, value) => sum + value, 0))));
  const tickWidth = 8 + 7 * Math.max(...ticks.map((tick) => formatTick(tick).length));
  const data = stacks.map((stack, at) => ({
    at,
    ...Object.fromEntries(stack.values.map((value, index) => [`s${index}`, value])),
  }));
  return (
    <figure className={classes.figure} aria-labelledby={captionId}>
      <VisuallyHidden>
        <figcaption id={captionId}>{label}</figcaption>
        <SeriesTable series={series} stacks={stacks} formatValue={formatValue} />
      </VisuallyHidden>
      <div aria-hidden="true" className={classes.body}>
        <BarChart
          h="100%"
          className={classes.plot ?? ''}
          data={data}
          dataKey="at"
          type="stacked"
          series={series.map((name, index) => ({ name: `s${index}`, label: name, color: colorOf(index) }))}
          gridColor="var(--line)"
          textColor="var(--dim)"
          tickLine="none"
          strokeDasharray="0"
          maxBarWidth={28}
          barChartProps={{
            barCategoryGap: '16%',
            accessibilityLayer: false,
            margin: { top: 8, right: 0, bottom: 0, left: 0 },
          }}
          barProps={{ isAnimationActive: false, radius: 2, stroke: 'var(--panel)', strokeWidth: 0.75 }}
          xAxisProps={{
            tickFormatter: (at: number) => stacks[at]?.label ?? '',
            interval: 'equidistantPreserveStart',
            minTickGap: 48,
            tickMargin: 8,
            tick: axisTick,
          }}
          yAxisProps={{
            tickFormatter: formatTick,
            ticks: [...ticks],
            domain: [0, ticks.at(-1) ?? 1],
            width: tickWidth,
            tickMargin: 4,
            tick: axisTick,
            axisLine: false,
            interval: 0,
          }}
          tooltipAnimationDuration={0}
          tooltipProps={{
            cursor: { fill: 'var(--hover)' },
            content: ({ label: at }) => (
              <StackTooltip
                stack={typeof at === 'number' ? stacks[at] : undefined}
                series={series}
                colorOf={colorOf}
                formatValue={formatValue}
              />
            ),
          }}
        />
        <div className={classes.legend}>
          {series.map((name, index) => (
            <span key={name} className={classes.series}>
              <span className={classes.swatch} style={{ background: colorOf(index) }} />
              {name}
            </span>
          ))}
        </div>
      </div>
    </figure>
  );
}

function SeriesTable({
  series,
  stacks,
  formatValue,
}: Pick<StackedChartProps, 'series' | 'stacks' | 'formatValue'>): ReactNode {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">Time</th>
          {series.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {stacks.map((stack) => (
          <tr key={stack.title}>
            <th scope="row">{stack.title}</th>
            {series.map((name, index) => (
              <td key={name}>{formatValue(stack.values[index] ?? 0)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
