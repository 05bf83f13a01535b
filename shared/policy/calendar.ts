import type { BudgetPeriod } from '../model/limit.ts';

/** A span in which a budget counts, in milliseconds since the epoch: `start` belongs to it, `end` does not; null for never. */
export interface CalendarSpan {
  readonly start: number;
  readonly end: number | null;
}

/** Tells which span of a period a moment lies in. */
export type Calendar = (period: BudgetPeriod, at: number) => CalendarSpan;

/**
 * Days and months of this machine's time zone. They are made from dates, not from hours, so a day on which the clocks change
 * has 23 or 25 hours; where a day has no midnight it begins at its first moment. The other two periods have no end.
 */
export const localCalendar: Calendar = (period, at) => {
  const date = new Date(at);
  const [year, month] = [date.getFullYear(), date.getMonth()];
  switch (period) {
    case 'day':
      return {
        start: new Date(year, month, date.getDate()).getTime(),
        end: new Date(year, month, date.getDate() + 1).getTime(),
      };
    case 'month':
      return { start: new Date(year, month, 1).getTime(), end: new Date(year, month + 1, 1).getTime() };
    default:
      return { start: 0, end: null };
  }
};
