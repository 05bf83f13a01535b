import type { ReactNode } from 'react';
import { formatCount, formatPlural, formatShare, formatTokens } from '#renderer/components/format/count.ts';
import { formatMoney } from '#renderer/components/format/money.ts';
import { formatLatency } from '#renderer/components/format/time.ts';
import { Money } from '#renderer/components/money.tsx';
import { Stat } from '#renderer/components/stat.tsx';
import type { OperationOutput } from '#shared/contract/operations.ts';
import type { UsageTotals } from '#shared/model/usage.ts';
import type { DailyBudget } from './daily-budget.ts';
import classes from './overview.module.css';
import { type Range, ranges } from './overview-search.ts';

type Overview = OperationOutput<'usage.overview'>;

function comparison(now: number, before: number): string {
  if (before === 0) return 'nothing before';
  const change = Math.round(((now - before) / before) * 100);
  if (change === 0) return 'as much as before';
  return `${Math.abs(change)}% ${change < 0 ? 'less' : 'more'} than before`;
}

/** What of a sum is not sure: calls that nobody could price, and calls whose tokens were counted here. */
function doubts({ unpricedRequests, estimatedRequests }: UsageTotals): string {
  return [
    ...(unpricedRequests === 0 ? [] : [`${formatCount(unpricedRequests)} without a price`]),
    ...(estimatedRequests === 0 ? [] : [`${formatCount(estimatedRequests)} estimated`]),
  ].join(' \u00b7 ');
}

interface OverviewStatsProps {
  readonly overview: Overview;
  readonly range: Range;
  /** Null when the person set none. */
  readonly daily: DailyBudget | null;
}

/** The four numbers on top: spent today, spent in the span, requests, tokens. */
export function OverviewStats({ overview, range, daily }: OverviewStatsProps): ReactNode {
  const { totals, previous, today } = overview;
  const latency =
    totals.medianLatencyMs === null || totals.p95LatencyMs === null
      ? ''
      : `${formatLatency(totals.medianLatencyMs)} typical \u00b7 ${formatLatency(totals.p95LatencyMs)} slowest`;
  return (
    <div className={classes.stats}>
      <Stat
        label="Spent today"
        value={<Money microUsd={today.costMicroUsd} isEstimated={today.estimatedRequests > 0} />}
        {...(daily === null
          ? { note: formatPlural(today.requests, 'request') }
          : {
              note: `${daily.isEnforced ? 'limit' : 'of'} ${formatMoney(daily.allowedMicroUsd)} a day`,
              share: daily.usedMicroUsd / daily.allowedMicroUsd,
            })}
      />
      <Stat
        label={`Spent, ${ranges[range].label}`}
        value={<Money microUsd={totals.costMicroUsd} isEstimated={totals.estimatedRequests > 0} />}
        note={comparison(totals.costMicroUsd, previous.costMicroUsd)}
        detail={doubts(totals)}
      />
      <Stat
        label="Requests"
        value={formatCount(totals.requests)}
        note={`${formatCount(totals.denied)} refused \u00b7 ${formatCount(totals.failed)} failed`}
        detail={latency}
      />
      <Stat
        label="Tokens"
        value={formatTokens(totals.inputTokens + totals.outputTokens)}
        note={`${formatShare(totals.cachedInputTokens, totals.inputTokens)} of input cached`}
        detail={`${formatTokens(totals.inputTokens)} in \u00b7 ${formatTokens(totals.outputTokens)} out`}
      />
    </div>
  );
}
