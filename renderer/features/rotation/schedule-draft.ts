import { type RotationSchedule, type RotationScheduleDraft, rotationScheduleSchema } from '#shared/model/rotation.ts';

/** A schedule as it stands in the form, before it is checked. */
export interface ScheduleFields {
  readonly kind: RotationSchedule['kind'] | 'never';
  /** A number of days, as typed. */
  readonly days: string;
  /** A cron expression, as typed. */
  readonly expression: string;
  readonly hasHours: boolean;
  /** Hours of the day, from 0 to 24. */
  readonly from: number;
  readonly to: number;
  /** A number of minutes, as typed. */
  readonly jitter: string;
}

/** What is wrong with one field, as a sentence. */
export type ScheduleProblems = Readonly<Partial<Record<keyof ScheduleFields, string>>>;

const usual: ScheduleFields = {
  kind: 'every',
  days: '30',
  expression: '0 4 1 * *',
  hasHours: false,
  from: 9,
  to: 17,
  jitter: '0',
};

/** The form of a schedule; a usual one to begin with where there is none. */
export function scheduleFields(schedule: RotationSchedule | null): ScheduleFields {
  if (schedule === null) return usual;
  const { hours, jitterMinutes } = schedule;
  return {
    ...usual,
    kind: schedule.kind,
    ...(schedule.kind === 'every' ? { days: String(schedule.days) } : { expression: schedule.expression }),
    ...(hours === null ? {} : { hasHours: true, ...hours }),
    jitter: String(jitterMinutes),
  };
}

function parseWhole(text: string, from: number, to: number): number | null {
  const value = /^\d{1,5}$/.test(text.trim()) ? Number(text.trim()) : -1;
  return value >= from && value <= to ? value : null;
}

/** Checks the form: the schedule it makes, null for never, or what is wrong with it. */
export function readScheduleFields(fields: ScheduleFields): {
  readonly schedule: RotationSchedule | null;
  readonly problems: ScheduleProblems;
} {
  if (fields.kind === 'never') return { schedule: null, problems: {} };
  const days = parseWhole(fields.days, 1, 3_650);
  const jitter = parseWhole(fields.jitter, 0, 1_440);
  const expression = fields.expression.trim().replace(/\s+/g, ' ');
  const isEvery = fields.kind === 'every';
  const problems: ScheduleProblems = {
    ...(isEvery && days === null ? { days: 'Write whole days, from 1 to 3650.' } : {}),
    ...(!isEvery && expression.split(' ').length !== 5
      ? { expression: 'Write five parts: minute, hour, day, month, weekday.' }
      : {}),
    ...(fields.hasHours && fields.from === fields.to ? { to: 'Choose another hour.' } : {}),
    ...(jitter === null ? { jitter: 'Write whole minutes, from 0 to 1440.' } : {}),
  };
  if (Object.keys(problems).length > 0 || jitter === null) return { schedule: null, problems };
  const rest = { hours: fields.hasHours ? { from: fields.from, to: fields.to } : null, jitterMinutes: jitter };
  const draft: RotationScheduleDraft =
    isEvery && days !== null ? { kind: 'every', days, ...rest } : { kind: 'cron', expression, ...rest };
  return { schedule: rotationScheduleSchema.parse(draft), problems };
}
