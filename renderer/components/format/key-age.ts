import type { CredentialRotation } from '#shared/model/rotation.ts';
import type { PillTone } from '../pill.tsx';
import { formatPlural } from './count.ts';
import { formatDay, formatIn } from './time.ts';

/** How old a key is, and when it is changed next. */
export interface AgeWords {
  /** `12 days old`, or `new today`. */
  readonly age: string;
  /** `next in 18 days`; empty when nothing is planned. */
  readonly next: string;
  /** Amber where a person is needed. */
  readonly tone: PillTone;
}

const nearMs = 21 * 24 * 60 * 60 * 1_000;

/** Says both. `now` is in milliseconds since the epoch. */
export function describeKeyAge({ ageDays, nextAt, state }: CredentialRotation, now: number): AgeWords {
  const age = ageDays === 0 ? 'new today' : `${formatPlural(ageDays, 'day')} old`;
  switch (state) {
    case 'none':
      return { age, next: '', tone: 'neutral' };
    case 'paused':
      return { age, next: 'schedule paused', tone: 'neutral' };
    case 'due':
      return { age, next: 'due to be changed', tone: 'amber' };
    case 'running':
      return { age, next: 'changing now', tone: 'teal' };
    case 'stopped':
      return { age, next: 'change stopped', tone: 'amber' };
    case 'scheduled':
      return { age, next: nextAt === null ? '' : `next ${whenWords(Date.parse(nextAt), now)}`, tone: 'neutral' };
  }
}

function whenWords(at: number, now: number): string {
  return at - now < nearMs ? formatIn(at - now) : `on ${formatDay(at)}`;
}
