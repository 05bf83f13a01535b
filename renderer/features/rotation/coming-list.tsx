import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { Card } from '#renderer/components/card.tsx';
import { EmptyState } from '#renderer/components/empty-state.tsx';
import { formatClock, formatExactTime, formatIn } from '#renderer/components/format/time.ts';
import { Pill } from '#renderer/components/pill.tsx';
import type { RotationOverview } from '#shared/model/rotation.ts';
import { waitsForPerson } from '#shared/policy/rotation-trouble.ts';
import type { CalendarNames } from './calendar-day.tsx';
import classes from './rotation.module.css';
import { formatDate } from './rotation-words.ts';

interface ComingListProps {
  readonly overviews: readonly RotationOverview[];
  readonly names: CalendarNames;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

function ComingItem({
  overview,
  names,
  now,
}: Omit<ComingListProps, 'overviews'> & { overview: RotationOverview }): ReactNode {
  const { credentialId, setup, method, due } = overview;
  const at = Date.parse(setup.nextAt ?? '');
  return (
    <li className={classes.coming}>
      <span className={classes.comingWhen}>
        <span title={formatExactTime(at)}>{due ? 'Due' : formatDate(at, now)}</span>
        <span className={classes.quiet}>{due ? `since ${formatDate(at, now)}` : formatClock(at)}</span>
      </span>
      <span className={classes.comingWhat}>
        <span className={classes.ellipsis}>{names.long(credentialId)}</span>
        <span className={classes.quiet}>
          {method === 'automatic' ? 'by itself' : 'you are needed'}
          {due ? '' : `, ${formatIn(at - now)}`}
        </span>
      </span>
      {waitsForPerson(overview) ? (
        <Button
          size="compact-sm"
          renderRoot={(props) => <Link to="/rotation" search={{ dialog: 'rotate', of: credentialId }} {...props} />}
        >
          Rotate…
        </Button>
      ) : method === 'automatic' ? null : (
        <Pill tone="amber">you</Pill>
      )}
    </li>
  );
}

/** What comes next of every key, soonest first, and whether a person is needed. */
export function ComingList({ overviews, names, now }: ComingListProps): ReactNode {
  const planned = overviews
    .filter(({ setup, current }) => setup.nextAt !== null && !setup.paused && current === null)
    .toSorted((one, other) => (one.setup.nextAt ?? '').localeCompare(other.setup.nextAt ?? ''));
  return (
    <Card title="What comes">
      {planned.length === 0 ? (
        <EmptyState
          compact
          title="Nothing is planned"
          text="Give a key a schedule, and its next change stands here."
          action={
            <Button
              size="xs"
              variant="default"
              renderRoot={(props) => <Link to="/rotation" search={{ part: 'keys' }} {...props} />}
            >
              Schedules
            </Button>
          }
        />
      ) : (
        <ul aria-label="What comes">
          {planned.map((overview) => (
            <ComingItem key={overview.credentialId} overview={overview} names={names} now={now} />
          ))}
        </ul>
      )}
    </Card>
  );
}
