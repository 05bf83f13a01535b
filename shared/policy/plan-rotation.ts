import type { RotationHours, RotationSchedule, RotationSetup } from '../model/rotation.ts';

/** The next time of a cron expression after a moment, both in milliseconds since the epoch; null when there is none. */
export type NextCronTime = (expression: string, after: number) => number | null;

/** What the next time of a schedule depends on. */
export interface NextTimeInput {
  readonly schedule: RotationSchedule;
  /** When the present key was stored, in milliseconds since the epoch. */
  readonly storedAt: number;
  /** A time of a cron expression is looked for after this one. */
  readonly after: number;
  /** 0 to 1; how much of the jitter this time takes. */
  readonly jitter: number;
  readonly nextCron: NextCronTime;
}

const dayMs = 24 * 60 * 60 * 1_000;

/** When a schedule wants the key changed next, jitter and hours included; null when it never does. May lie in the past: then at once. */
export function nextRotationTime({ schedule, storedAt, after, jitter, nextCron }: NextTimeInput): number | null {
  const wanted = schedule.kind === 'every' ? storedAt + schedule.days * dayMs : nextCron(schedule.expression, after);
  if (wanted === null) return null;
  return firstAllowedTime(wanted + Math.floor(jitter * schedule.jitterMinutes * 60_000), schedule.hours);
}

/** The moment itself where its hour is allowed, else the beginning of the next allowed hours, in this machine's time. */
export function firstAllowedTime(at: number, hours: RotationHours | null): number {
  if (hours === null || isAllowedHour(new Date(at).getHours(), hours)) return at;
  const begin = new Date(at);
  begin.setHours(hours.from, 0, 0, 0);
  if (begin.getTime() < at) begin.setDate(begin.getDate() + 1);
  return begin.getTime();
}

/** What the times to come depend on. */
export interface UpcomingInput extends Pick<NextTimeInput, 'schedule' | 'nextCron'> {
  /** The first of them, in milliseconds since the epoch. */
  readonly first: number;
  /** Milliseconds since the epoch; one that is missed is made up for now. */
  readonly now: number;
  /** None after this moment, in milliseconds since the epoch. */
  readonly until: number;
  /** How many at most. */
  readonly limit: number;
}

/** The times to come when every change is made in its time, without jitter; one that was missed stands first, in the past. */
export function upcomingTimes({ schedule, first, now, until, limit, nextCron }: UpcomingInput): readonly number[] {
  const times: number[] = [];
  let at: number | null = first;
  while (at !== null && at <= until && times.length < limit) {
    times.push(at);
    const made = Math.max(at, now);
    at = nextRotationTime({ schedule, storedAt: made, after: made, jitter: 0, nextCron });
  }
  return times;
}

function isAllowedHour(hour: number, { from, to }: RotationHours): boolean {
  return from < to ? hour >= from && hour < to : hour >= from || hour < to;
}

/** What is to be done for one credential now. */
export type RotationPlan = 'nothing' | 'start' | 'remind';

/** What the decision depends on. */
export interface PlanInput {
  readonly setup: RotationSetup;
  /** Whether the provider's API can do it, with all that it needs. */
  readonly automatic: boolean;
  /** Whether a rotation of it has not ended. */
  readonly underWay: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A person who was told and did nothing is told again after this long, in milliseconds. */
const remindEveryMs = 7 * dayMs;

/**
 * Decides. What was missed while the machine slept is made up for at once, or when the allowed hours begin; a rotation that has not
 * ended, or a pause, holds it back.
 */
export function planRotation({ setup, automatic, underWay, now }: PlanInput): RotationPlan {
  const { schedule, nextAt, remindedAt } = setup;
  if (schedule === null || nextAt === null || setup.paused || underWay || Date.parse(nextAt) > now) return 'nothing';
  if (automatic) return firstAllowedTime(now, schedule.hours) === now ? 'start' : 'nothing';
  return remindedAt === null || now - Date.parse(remindedAt) >= remindEveryMs ? 'remind' : 'nothing';
}
