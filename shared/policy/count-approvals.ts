import type { ApprovalDay, AskedRequest } from '../model/asked-request.ts';
import type { Calendar } from './calendar.ts';

/** Which days are counted: the last so many, `now` in milliseconds since the epoch. */
export interface CountedDays {
  readonly calendar: Calendar;
  readonly now: number;
  readonly days: number;
}

/** Starts of the last days, oldest first, in milliseconds since the epoch; the last one is today. */
export function startsOfDays({ calendar, now, days }: CountedDays): readonly number[] {
  const starts: number[] = [];
  for (let at = now; starts.length < days; at = (starts[0] ?? now) - 1) starts.unshift(calendar('day', at).start);
  return starts;
}

/** How many requests of each of the last days went which way; days without any are there too. */
export function countApprovals(asked: readonly AskedRequest[], counted: CountedDays): ApprovalDay[] {
  const starts = startsOfDays(counted);
  const days = starts.map((start) => ({ day: nameOf(start), prompt: 0, inbox: 0, policy: 0, grant: 0 }));
  for (const { askedAt, way } of asked) {
    const day = days[starts.findLastIndex((start) => start <= askedAt)];
    if (day !== undefined) day[way] += 1;
  }
  return days;
}

function nameOf(start: number): string {
  const date = new Date(start);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
