import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useAct } from '#renderer/api/use-act.ts';
import { useAuditPages } from '#renderer/api/use-audit-pages.ts';
import { plainText } from '#renderer/components/access-request/identity.ts';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { ErrorState } from '#renderer/components/error-state.tsx';
import { nameActor } from '#renderer/components/format/actor.ts';
import { formatPlural } from '#renderer/components/format/count.ts';
import { Pill } from '#renderer/components/pill.tsx';
import { type Column, PlainTable } from '#renderer/components/plain-table.tsx';
import { RelativeTime } from '#renderer/components/relative-time.tsx';
import type { AuditEntry } from '#shared/model/audit.ts';
import classes from './activity.module.css';
import { describeDetail, describeEvent } from './describe-audit.ts';
import { SearchField } from './search-field.tsx';

const columns: readonly Column<AuditEntry>[] = [
  { id: 'at', title: 'When', cell: (entry) => <RelativeTime at={entry.at} /> },
  {
    id: 'event',
    title: 'What',
    cell: (entry) => (
      <span className={classes.event} title={`${entry.event}, entry ${entry.sequence}, SHA-256 ${entry.hash}`}>
        <span>{describeEvent(entry.event)}</span>
        <span className={classes.quiet}>{plainText(describeDetail(entry.detail))}</span>
      </span>
    ),
  },
  { id: 'actor', title: 'By', cell: (entry) => <span className={classes.quiet}>{nameActor(entry.actor)}</span> },
  { id: 'subject', title: 'About', mono: true, cell: (entry) => plainText(entry.subject) },
];

function VerifyChain(): ReactNode {
  const verify = useAct('audit.verify');
  const { result } = verify;
  return (
    <div className={classes.verify}>
      <span role="status">
        {result === undefined ? null : result.intact ? (
          <Pill tone="teal">{formatPlural(result.entries, 'entry', 'entries')}, all intact</Pill>
        ) : (
          <Pill tone="red" title="From there on, somebody changed or removed entries. Keep a copy of the home folder.">
            the chain breaks at entry {result.brokenAt ?? 'unknown'}
          </Pill>
        )}
      </span>
      <Button size="xs" variant="default" loading={verify.isRunning} onClick={() => void verify.run({})}>
        Verify the chain
      </Button>
    </div>
  );
}

interface AuditLogProps {
  readonly text: string | undefined;
  onSearch(text: string | undefined): void;
}

/** Every decision and change, newest first; each entry's hash covers the one before. */
export function AuditLog({ text, onSearch }: AuditLogProps): ReactNode {
  const pages = useAuditPages(text);
  const { entries } = pages;
  if (pages.error !== null && entries === undefined) {
    return (
      <Card>
        <ErrorState title="The audit log could not be read" error={pages.error} onRetry={pages.retry} />
      </Card>
    );
  }
  return (
    <>
      <div className={classes.bar}>
        <SearchField label="Find in the log" value={text} onChange={onSearch} />
        <VerifyChain />
      </div>
      <Card>
        {entries?.length === 0 ? (
          text === undefined ? (
            <EmptyState
              title="Nothing yet"
              text="Every decision and every change is written here, each entry sealed with the one before."
            />
          ) : (
            <EmptyState
              title="No entry matches"
              text="Look for other words."
              action={
                <Button variant="default" onClick={() => onSearch(undefined)}>
                  Show all
                </Button>
              }
            />
          )
        ) : (
          <PlainTable
            label="Audit log"
            columns={columns}
            rows={entries ?? []}
            rowKey={(entry) => String(entry.sequence)}
          />
        )}
        {pages.hasOlder ? (
          <div className={classes.older}>
            <Button size="xs" variant="default" loading={pages.isLoading} onClick={pages.loadOlder}>
              Show older
            </Button>
          </div>
        ) : null}
      </Card>
    </>
  );
}
