import type { RotationSchedule } from '../model/rotation.ts';

/** Says when a cron expression's times are, such as `at 04:00, only on Sunday`. */
export type CronWords = (expression: string) => string;

/** `every 30 days between 9 and 17, up to 20 min later`: a schedule in a person's words; empty for none. */
export function describeSchedule(
  schedule: RotationSchedule | null,
  cronWords: CronWords = (expression) => `at ${expression}`,
): string {
  if (schedule === null) return '';
  const { hours, jitterMinutes } = schedule;
  const when =
    schedule.kind === 'every'
      ? `every ${schedule.days === 1 ? 'day' : `${schedule.days} days`}`
      : cronWords(schedule.expression);
  const between = hours === null ? '' : ` between ${hours.from} and ${hours.to}`;
  return `${when}${between}${jitterMinutes === 0 ? '' : `, up to ${jitterMinutes} min later`}`;
}
