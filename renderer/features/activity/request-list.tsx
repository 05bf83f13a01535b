import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { UsagePages } from '#renderer/api/use-usage-pages.ts';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { formatLatency } from '#renderer/components/format/time.ts';
import { Money } from '#renderer/components/money.tsx';
import type { Column } from '#renderer/components/plain-table.tsx';
import { RelativeTime } from '#renderer/components/relative-time.tsx';
import { Tokens } from '#renderer/components/tokens.tsx';
import { VirtualTable } from '#renderer/components/virtual-table.tsx';
import type { UsageRecord } from '#shared/model/usage.ts';
import classes from './activity.module.css';
import { OutcomePill } from './outcome-pill.tsx';

const columns: readonly Column<UsageRecord>[] = [
  { id: 'at', title: 'When', width: '82px', cell: (row) => <RelativeTime at={row.startedAt} /> },
  { id: 'tool', title: 'Tool', width: 'minmax(72px, 1fr)', cell: (row) => row.tool ?? '\u2014' },
  {
    id: 'model',
    title: 'Model',
    width: 'minmax(88px, 1.3fr)',
    mono: true,
    cell: (row) => row.model ?? row.provider ?? row.endpoint,
  },
  { id: 'outcome', title: 'Outcome', width: '82px', cell: (row) => <OutcomePill record={row} /> },
  { id: 'input', title: 'Input', width: '52px', align: 'end', cell: (row) => <Tokens count={row.inputTokens} /> },
  { id: 'output', title: 'Output', width: '52px', align: 'end', cell: (row) => <Tokens count={row.outputTokens} /> },
  {
    id: 'cost',
    title: 'Cost',
    width: '64px',
    align: 'end',
    cell: (row) => <Money microUsd={row.costMicroUsd} isEstimated={row.estimated === true} />,
  },
  { id: 'latency', title: 'Took', width: '52px', align: 'end', cell: (row) => formatLatency(row.latencyMs) },
];

interface RequestListProps {
  readonly pages: UsagePages;
  readonly isFiltered: boolean;
  onRangeChange(range: { readonly from: number; readonly to: number }): void;
  onOpen(record: UsageRecord): void;
  onClearFilters(): void;
}

/** Every request that matches, newest first, of which only those on screen are loaded. */
export function RequestList({ pages, isFiltered, onRangeChange, onOpen, onClearFilters }: RequestListProps): ReactNode {
  if (pages.error !== null && pages.total === undefined) {
    return (
      <Card>
        <ErrorState title="The requests could not be read" error={pages.error} onRetry={pages.retry} />
      </Card>
    );
  }
  if (pages.total === 0) {
    return (
      <Card>
        {isFiltered ? (
          <EmptyState
            title="No request matches"
            text="Take a filter out, or look for other words."
            action={
              <Button variant="default" onClick={onClearFilters}>
                Clear filters
              </Button>
            }
          />
        ) : (
          <EmptyState
            title="No requests yet"
            text="Every call through the gateway gets a line here, refused ones too, with its tokens, cost and time."
            action={<Button renderRoot={(props) => <Link to="/connect" {...props} />}>Connect a tool</Button>}
          />
        )}
      </Card>
    );
  }
  return (
    <div className={classes.list}>
      <VirtualTable
        label="Requests"
        columns={columns}
        total={pages.total ?? 0}
        rowAt={pages.rowAt}
        onRangeChange={onRangeChange}
        onOpen={onOpen}
      />
    </div>
  );
}
