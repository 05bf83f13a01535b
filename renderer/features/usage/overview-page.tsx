import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useCallback, useMemo } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { useProviderName } from '#renderer/api/use-provider-name.ts';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { useNow } from '#renderer/components/format/use-now.ts';
import { GatewayPill } from '#renderer/components/gateway-pill.tsx';
import { PageHeader } from '#renderer/components/page-header.tsx';
import type { OperationOutput } from '#shared/contract/operations.ts';
import { type Span, spanOf } from './chart-data.ts';
import { dailyBudget } from './daily-budget.ts';
import { FirstRun } from './first-run.tsx';
import { KeysCard } from './keys-card.tsx';
import { LiveCard } from './live-card.tsx';
import classes from './overview.module.css';
import { type Dimension, type Range, ranges } from './overview-search.ts';
import { OverviewStats } from './overview-stats.tsx';
import { ToolTableCard } from './tool-table-card.tsx';
import { UsageChartCard } from './usage-chart-card.tsx';

const hourMs = 3_600_000;
const nothing = '\u2014';

function useSpan(range: Range): Span {
  const hour = Math.floor(useNow(60_000) / hourMs);
  return useMemo(() => spanOf(range, hour * hourMs), [range, hour]);
}

function useNameOf(by: Dimension): (key: string) => string {
  const providerName = useProviderName();
  const { data: credentials } = useOperation('credential.list', {});
  return useCallback(
    (key: string) => {
      if (by === 'provider') return providerName(key);
      if (by !== 'credential') return key || nothing;
      const credential = credentials?.find((each) => each.id === key);
      if (key.startsWith('(')) return key;
      return credential === undefined ? 'removed key' : `${credential.label} ${credential.fingerprint}`;
    },
    [by, providerName, credentials],
  );
}

function RangeSelect({ range, onChange }: { readonly range: Range; onChange(range: Range): void }): ReactNode {
  return (
    <select
      className={classes.select}
      aria-label="Span of time"
      value={range}
      onChange={(event) => onChange(event.currentTarget.value as Range)}
    >
      {Object.entries(ranges).map(([value, { label }]) => (
        <option key={value} value={value}>
          Last {label}
        </option>
      ))}
    </select>
  );
}

interface FiguresProps {
  readonly range: Range;
  readonly span: Span;
  readonly overview: OperationOutput<'usage.overview'>;
}

function Figures({ range, span, overview }: FiguresProps): ReactNode {
  const { by = 'tool', metric = 'cost' } = useSearch({ from: '/overview' });
  const navigate = useNavigate({ from: '/overview' });
  const nameOf = useNameOf(by);
  const settings = useOperation('settings.read', {});
  const limits = useOperation('limit.list', {});
  return (
    <>
      <OverviewStats
        overview={overview}
        range={range}
        daily={dailyBudget(limits.data, settings.data?.dailyBudgetMicroUsd, overview.today.costMicroUsd)}
      />
      <div className={classes.columns}>
        <UsageChartCard
          overview={overview}
          span={span}
          range={range}
          by={by}
          metric={metric}
          nameOf={nameOf}
          onChange={(change) => void navigate({ search: (search) => ({ ...search, ...change }) })}
        />
        <LiveCard />
      </div>
      <div className={classes.columns}>
        <ToolTableCard rows={overview.byTool} />
        <KeysCard />
      </div>
    </>
  );
}

/** The three first steps, beside what waits and runs. */
function FirstSteps(): ReactNode {
  const grants = useOperation('grant.list', { includeEnded: true, limit: 1 }).data;
  const credentials = useOperation('credential.list', {}).data;
  if (grants === undefined || credentials === undefined) return null;
  return (
    <div className={classes.columns}>
      <FirstRun hasKey={credentials.length > 0} hasTool={grants.length > 0} />
      <LiveCard />
    </div>
  );
}

/** What was spent and used, what waits and what runs; the three first steps while nothing was used yet. */
export function OverviewPage(): ReactNode {
  const { range = '30d', by = 'tool' } = useSearch({ from: '/overview' });
  const navigate = useNavigate({ from: '/overview' });
  const span = useSpan(range);
  const status = useOperation('status.read', {}).data;
  const anyUse = useOperation('usage.list', { filter: {}, offset: 0, limit: 1 });
  const overview = useOperation('usage.overview', {
    since: span.since,
    until: span.until,
    by,
    bucket: ranges[range].bucket,
  });
  const error = anyUse.error ?? overview.error;
  const isFirstRun = anyUse.data?.total === 0;
  const retry = (): void => {
    anyUse.retry();
    overview.retry();
  };
  return (
    <>
      <PageHeader title="Overview">
        {status === undefined ? null : <GatewayPill gateway={status.gateway} />}
        {anyUse.data === undefined || isFirstRun ? null : (
          <RangeSelect
            range={range}
            onChange={(next) => void navigate({ search: (search) => ({ ...search, range: next }) })}
          />
        )}
      </PageHeader>
      {error === null ? null : <ErrorState error={error} title="The usage could not be read" onRetry={retry} />}
      {isFirstRun ? <FirstSteps /> : null}
      {error === null && anyUse.data !== undefined && !isFirstRun && overview.data !== undefined ? (
        <Figures range={range} span={span} overview={overview.data} />
      ) : null}
    </>
  );
}
