import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { formatPlural } from '#renderer/components/format/count.ts';
import { formatClock } from '#renderer/components/format/time.ts';
import { kindWords } from './calendar-words.ts';
import { type CalendarEntry, dayOf } from './month-grid.ts';
import classes from './rotation.module.css';

const shownEntries = 3;
const longDay = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long' });

/** What a calendar needs to know of a key. */
export interface CalendarNames {
  /** Short enough for a day's field. */
  short(credentialId: string): string;
  long(credentialId: string): string;
}

interface EntryProps {
  readonly entry: CalendarEntry;
  readonly names: CalendarNames;
}

function Entry({ entry, names }: EntryProps): ReactNode {
  const { credentialId, at, kind, rotationId } = entry;
  const { text } = kindWords[kind];
  const title = `${names.long(credentialId)}, ${formatClock(at)}: ${text}`;
  const search =
    rotationId === null
      ? ({ part: 'keys', dialog: 'schedule', of: credentialId } as const)
      : ({ part: 'history', open: rotationId } as const);
  return (
    <Link to="/rotation" search={search} className={classes.entry} data-kind={kind} title={title} aria-label={title}>
      <span className={classes.entryMark} aria-hidden="true" />
      <span className={classes.entryName}>{names.short(credentialId)}</span>
    </Link>
  );
}

interface CalendarDayProps {
  /** Such as `2026-12-03`. */
  readonly day: string;
  readonly month: string;
  readonly entries: readonly CalendarEntry[];
  readonly names: CalendarNames;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** One day of the calendar with what was and will be changed. */
export function CalendarDay({ day, month, entries, names, now }: CalendarDayProps): ReactNode {
  const isToday = dayOf(now) === day;
  const more = entries.length - shownEntries;
  return (
    <td className={classes.day} data-outside={!day.startsWith(month)} aria-current={isToday ? 'date' : undefined}>
      <span className={classes.dayNumber} title={longDay.format(new Date(`${day}T12:00`))}>
        {Number(day.slice(8))}
      </span>
      {entries.slice(0, more === 1 ? shownEntries + 1 : shownEntries).map((entry) => (
        <Entry key={`${entry.credentialId} ${entry.rotationId ?? entry.at}`} entry={entry} names={names} />
      ))}
      {more > 1 ? (
        <span className={classes.more} title={formatPlural(entries.length, 'change')}>
          {more} more
        </span>
      ) : null}
    </td>
  );
}
