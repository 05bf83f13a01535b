import type { ReactNode } from 'react';
import { useOperation } from '#renderer/api/use-operation.ts';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { nameActor } from '#renderer/components/format/actor.ts';
import { formatDuration } from '#renderer/components/format/time.ts';
import { Money } from '#renderer/components/money.tsx';
import { Pill } from '#renderer/components/pill.tsx';
import { type Column, PlainTable } from '#renderer/components/plain-table.tsx';
import { RelativeTime } from '#renderer/components/relative-time.tsx';
import type { Grant } from '#shared/model/access.ts';
import classes from './access.module.css';
import { describeEnding } from './describe-ending.ts';
import { ScopeList } from './scope-list.tsx';
import { ToolCell } from './tool-cell.tsx';

const shownGrants = 200;
const history = { includeEnded: true, limit: shownGrants } as const;
const second = 1_000;

function lifetimeOf(grant: Grant): string {
  if (grant.endedAt === null) return '\u2014';
  return formatDuration(Math.max(1, Math.round((Date.parse(grant.endedAt) - Date.parse(grant.createdAt)) / second)));
}

function EndingPill({ grant }: { readonly grant: Grant }): ReactNode {
  const { tone, text, explanation } = describeEnding(grant.endedBy);
  return (
    <Pill tone={tone} title={explanation}>
      {text}
    </Pill>
  );
}

function columns(providerName: (id: string) => string): readonly Column<Grant>[] {
  return [
    { id: 'tool', title: 'Tool', cell: (grant) => <ToolCell {...grant} /> },
    {
      id: 'scopes',
      title: 'Could',
      cell: (grant) => (
        <>
          <ScopeList scopes={grant.scopes} providerName={providerName} />
          <span className={classes.dim}>allowed by {nameActor(grant.approvedBy)}</span>
        </>
      ),
    },
    {
      id: 'ended',
      title: 'Ended',
      cell: (grant) => (grant.endedAt === null ? '\u2014' : <RelativeTime at={grant.endedAt} />),
    },
    { id: 'why', title: 'Why', cell: (grant) => <EndingPill grant={grant} /> },
    {
      id: 'lasted',
      title: 'Lasted',
      align: 'end',
      cell: (grant) => <span className={classes.figure}>{lifetimeOf(grant)}</span>,
    },
    { id: 'spent', title: 'Spent', align: 'end', cell: (grant) => <Money microUsd={grant.spentMicroUsd} /> },
  ];
}

/** Grants that are over, newest first: when they ended, why, and what they cost. */
export function EndedAccess({ providerName }: { readonly providerName: (id: string) => string }): ReactNode {
  const grants = useOperation('grant.list', history);
  const ended = grants.data?.filter((grant) => grant.status === 'ended');
  if (grants.error !== null && ended === undefined) {
    return (
      <Card>
        <ErrorState title="Ended access could not be read" error={grants.error} onRetry={grants.retry} />
      </Card>
    );
  }
  return (
    <Card>
      {ended?.length === 0 ? (
        <EmptyState
          title="No access has ended yet"
          text="Each grant stays on record here with when and why it ended."
        />
      ) : (
        <PlainTable
          label="Ended access"
          columns={columns(providerName)}
          rows={ended ?? []}
          rowKey={(grant) => grant.id}
        />
      )}
      {grants.data?.length === shownGrants ? (
        <p className={classes.note}>Older ones are in the audit log, on the Activity page.</p>
      ) : null}
    </Card>
  );
}
