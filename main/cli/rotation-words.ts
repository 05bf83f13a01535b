import type { CredentialRotation, RotationSchedule } from '#shared/model/rotation.ts';
import { formatRelative } from './format.ts';

/** `12 days, next in 18 days`: how old a key is, and when it is changed next. `now` is in milliseconds. */
export function describeAge({ ageDays, nextAt, state }: CredentialRotation, now: number): string {
  const age = `${ageDays} ${ageDays === 1 ? 'day' : 'days'}`;
  switch (state) {
    case 'none':
      return age;
    case 'scheduled':
      return `${age}, next ${formatRelative(nextAt, now)}`;
    case 'running':
      return `${age}, being changed`;
    default:
      return `${age}, ${state}`;
  }
}

/** `every 30 days between 9 and 17`: a schedule in a person's words. */
export function describeSchedule(schedule: RotationSchedule | null): string {
  if (schedule === null) return '';
  const { hours, jitterMinutes } = schedule;
  return [
    schedule.kind === 'every'
      ? `every ${schedule.days === 1 ? 'day' : `${schedule.days} days`}`
      : `at ${schedule.expression}`,
    ...(hours === null ? [] : [`between ${hours.from} and ${hours.to}`]),
    ...(jitterMinutes === 0 ? [] : [`up to ${jitterMinutes} min later`]),
  ].join(' ');
}
