import { ActionIcon, Button } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Card } from '#renderer/components/card.tsx';
import { CalendarDay, type CalendarNames } from './calendar-day.tsx';
import { kindWords } from './calendar-words.ts';
import { addMonths, type CalendarEntry, dayOf, monthOf, startOfMonth, weeksOf } from './month-grid.ts';
import classes from './rotation.module.css';

const monthName = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric' });
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

interface CalendarCardProps {
  /** Such as `2026-12`. */
  readonly month: string;
  readonly entries: readonly CalendarEntry[];
  readonly names: CalendarNames;
  /** Milliseconds since the epoch. */
  readonly now: number;
  onMonth(month: string): void;
}

function MonthSwitch({ month, now, onMonth }: Pick<CalendarCardProps, 'month' | 'now' | 'onMonth'>): ReactNode {
  return (
    <span className={classes.months}>
      {month === monthOf(now) ? null : (
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => onMonth(monthOf(now))}>
          Today
        </Button>
      )}
      <ActionIcon size="sm" aria-label="The month before" onClick={() => onMonth(addMonths(month, -1))}>
        <IconChevronLeft size={16} stroke={1.75} aria-hidden="true" />
      </ActionIcon>
      <ActionIcon size="sm" aria-label="The next month" onClick={() => onMonth(addMonths(month, 1))}>
        <IconChevronRight size={16} stroke={1.75} aria-hidden="true" />
      </ActionIcon>
    </span>
  );
}

function Legend({ entries }: Pick<CalendarCardProps, 'entries'>): ReactNode {
  const kinds = [...new Set(entries.map(({ kind }) => kind))];
  if (kinds.length === 0) return <p className={classes.quiet}>Nothing in this month.</p>;
  return (
    <ul className={classes.legend} aria-label="What the marks mean">
      {kinds.map((kind) => (
        <li key={kind} className={classes.entry} data-kind={kind}>
          <span className={classes.entryMark} aria-hidden="true" />
          {kindWords[kind].legend}
        </li>
      ))}
    </ul>
  );
}

/** A month with what was and will be changed on each day. */
export function CalendarCard({ month, entries, names, now, onMonth }: CalendarCardProps): ReactNode {
  const weeks = weeksOf(month);
  const onDay = (day: string): readonly CalendarEntry[] => entries.filter(({ at }) => dayOf(at) === day);
  const title = monthName.format(startOfMonth(month));
  return (
    <Card title={title} aside={<MonthSwitch month={month} now={now} onMonth={onMonth} />}>
      <table className={classes.month} aria-label={title}>
        <thead>
          <tr>
            {weekdays.map((weekday) => (
              <th key={weekday} scope="col" abbr={weekday}>
                {weekday.slice(0, 3)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {weeks.map((week) => (
            <tr key={week[0]}>
              {week.map((day) => (
                <CalendarDay key={day} {...{ day, month, names, now }} entries={onDay(day)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <Legend entries={weeks.flat().flatMap(onDay)} />
    </Card>
  );
}
