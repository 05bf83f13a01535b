import { TollkeeperError } from '../model/error.ts';
import type { GrantTerms } from './narrow-approval.ts';

const timePattern = /^([01]?\d|2[0-3]):([0-5]\d)$/;

/**
 * The next moment at which this machine's clocks show `HH:MM`, in milliseconds since the epoch: later today, or tomorrow. Made
 * from dates, so a day on which the clocks change is as long as it is; a time that such a day skips is the moment it
 * would have been. Null for what is no time of day.
 */
export function nextTimeOfDay(text: string, now: number): number | null {
  const match = timePattern.exec(text);
  if (match === null) return null;
  const [hour, minute] = [Number(match[1]), Number(match[2])];
  const today = new Date(now);
  const at = (days: number): number =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() + days, hour, minute).getTime();
  return at(0) > now ? at(0) : at(1);
}

/** When a grant that begins `now` ends, in milliseconds since the epoch. Throws `invalid_request` when its time of day has passed. */
export function grantEnd({ ttlSeconds, endsWhen }: Pick<GrantTerms, 'ttlSeconds' | 'endsWhen'>, now: number): number {
  const end = now + ttlSeconds * 1_000;
  if (endsWhen?.at === undefined) return end;
  const at = Date.parse(endsWhen.at);
  if (at <= now) {
    throw new TollkeeperError(
      'invalid_request',
      'The time of day until which access was asked for has passed. Ask again.',
    );
  }
  return Math.min(end, at);
}
