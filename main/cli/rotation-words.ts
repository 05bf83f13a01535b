import type { CredentialRotation } from '#shared/model/rotation.ts';
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
