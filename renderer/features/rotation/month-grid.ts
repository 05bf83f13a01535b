import type { PlannedRotation, Rotation, RotationOverview } from '#shared/model/rotation.ts';

/** What a calendar shows of one key on one day. */
export interface CalendarEntry {
  readonly credentialId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `planned`: by itself. `person`: planned, and a person has to do it. `later`: follows the next one, if that goes as planned. */
  readonly kind: 'planned' | 'person' | 'later' | Rotation['state'];
  /** The change that it was or is; null for one to come. */
  readonly rotationId: string | null;
}

/** What the entries are made from. */
export interface CalendarInput {
  readonly planned: readonly PlannedRotation[];
  readonly history: readonly Rotation[];
  readonly overviews: readonly RotationOverview[];
  /** Milliseconds since the epoch. What is overdue stands on today. */
  readonly now: number;
}

/** Everything that was and will be, soonest first. */
export function calendarEntries({ planned, history, overviews, now }: CalendarInput): readonly CalendarEntry[] {
  const underWay = new Set(overviews.filter(({ current }) => current !== null).map(({ credentialId }) => credentialId));
  const byHand = new Set(
    overviews.filter(({ method }) => method !== 'automatic').map(({ credentialId }) => credentialId),
  );
  const past = history.map(
    ({ id, credentialId, state, startedAt, endedAt }): CalendarEntry => ({
      ...{ credentialId, kind: state, rotationId: id },
      at: Date.parse(endedAt ?? startedAt),
    }),
  );
  const toCome = planned
    .filter(({ credentialId, at }) => !(underWay.has(credentialId) && Date.parse(at) <= now))
    .map(
      ({ credentialId, at, sure }): CalendarEntry => ({
        ...{ credentialId, rotationId: null, at: Math.max(Date.parse(at), now) },
        kind: byHand.has(credentialId) ? 'person' : sure ? 'planned' : 'later',
      }),
    );
  return [...past, ...toCome].sort((one, other) => one.at - other.at);
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** The day of a moment in this machine's time, such as `2026-12-03`. */
export function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

/** The month of a moment in this machine's time, such as `2026-12`. */
export function monthOf(at: number): string {
  return dayOf(at).slice(0, 7);
}

/** The first moment of a month, in milliseconds since the epoch. */
export function startOfMonth(month: string): number {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(year, number - 1, 1).getTime();
}

/** The month so many months later. */
export function addMonths(month: string, count: number): string {
  const start = new Date(startOfMonth(month));
  return monthOf(new Date(start.getFullYear(), start.getMonth() + count, 1).getTime());
}

/** The weeks that hold a month, Monday first; each day such as `2026-12-03`. */
export function weeksOf(month: string): readonly (readonly string[])[] {
  const start = new Date(startOfMonth(month));
  const leading = (start.getDay() + 6) % 7;
  const length = new Date(start.getFullYear(), start.getMonth() + 1, 0).getDate();
  const weeks = Math.ceil((leading + length) / 7);
  return Array.from({ length: weeks }, (_, week) =>
    Array.from({ length: 7 }, (_day, day) =>
      dayOf(new Date(start.getFullYear(), start.getMonth(), 1 - leading + week * 7 + day).getTime()),
    ),
  );
}
