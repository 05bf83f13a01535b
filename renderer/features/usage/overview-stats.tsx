import type { ReactNode } from 'react';
import { formatCount, formatPlural, formatShare, formatTokens } from '#renderer/components/format/count.ts';
import { formatMoney } from '#renderer/components/format/money.ts';
import { formatLatency } from '#renderer/components/format/time.ts';
import { Stat } from '#renderer/components/stat.tsx';
import type { OperationOutput } from '#shared/contract/operations.ts';
import classes from './overview.module.css';
import { type Range, ranges } from './overview-search.ts';

type Overview = OperationOutput<'usage.overview'>;

function comparison(now: number, before: number, beforeName: string): string {
  if (before === 0) return `nothing in ${beforeName}`;
  const change = Math.round(((now - before) / before) * 100);
  if (change === 0) return `as much as ${beforeName}`;
  return `${Math.abs(change)}% ${change < 0 ? 'less' : 'more'} than ${beforeName}`;
}

interface OverviewStatsProps {
  readonly overview: Overview;
  readonly range: Range;
  /** Micro-dollars a day; null when the person set none. */
  readonly dailyBudgetMicroUsd: number | null;
}

/** The four numbers on top: spent today, spent in the span, requests, tokens. */
export function OverviewStats({ overview, range, dailyBudgetMicroUsd }: OverviewStatsProps): ReactNode {
  const { totals, previous, today } = overview;
  const troubles = [
    `${formatCount(totals.denied)} refused`,
    `${formatCount(totals.failed)} failed upstream`,
    ...(totals.medianLatencyMs === null ? [] : [`${formatLatency(totals.medianLatencyMs)} median`]),
  ];
  const unpriced =
    totals.unpricedRequests > 0 ? ` \u00b7 ${formatPlural(totals.unpricedRequests, 'request')} without a price` : '';
  return (
    <div className={classes.stats}>
      <Stat
        label="Spent today"
        value={formatMoney(today.costMicroUsd)}
        note={
          dailyBudgetMicroUsd === null
            ? formatPlural(today.requests, 'request')
            : `of ${formatMoney(dailyBudgetMicroUsd)} a day`
        }
        {...(dailyBudgetMicroUsd === null ? {} : { share: today.costMicroUsd / dailyBudgetMicroUsd })}
      />
      <Stat
        label={`Spent, ${ranges[range].label}`}
        value={formatMoney(totals.costMicroUsd)}
        note={`${comparison(totals.costMicroUsd, previous.costMicroUsd, ranges[range].before)}${unpriced}`}
      />
      <Stat label="Requests" value={formatCount(totals.requests)} note={troubles.join(' \u00b7 ')} />
      <Stat
        label="Tokens"
        value={formatTokens(totals.inputTokens + totals.outputTokens)}
        note={`${formatShare(totals.cachedInputTokens, totals.inputTokens)} of input from cache`}
      />
    </div>
  );
}
