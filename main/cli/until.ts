import { InvalidArgumentError } from 'commander';
import { type EndsWhen, tokenLifetime } from '#shared/model/access.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { nextTimeOfDay } from '#shared/policy/grant-end.ts';

/** A time of day such as 18:00. */
export function parseTimeOfDay(text: string): string {
  if (nextTimeOfDay(text, 0) === null) throw new InvalidArgumentError('Write a time of day, such as 18:00.');
  return text;
}

/** Seconds until this machine's clocks show that time of day. Throws `wrong_usage` when a token would not live that long. */
export function secondsUntil(text: string, now: number): number {
  const seconds = Math.floor(((nextTimeOfDay(text, now) ?? now) - now) / 1_000);
  if (seconds <= tokenLifetime.ceilingSeconds) return Math.max(tokenLifetime.floorSeconds, seconds);
  throw new TollkeeperError('wrong_usage', `A token lives at most 12h, and ${text} is farther away.`);
}

/** When access is to end: `lock`, `run`, or a time of day. Several are collected; whichever comes first ends it. */
export function collectUntil(text: string, before: readonly string[] = []): readonly string[] {
  if (text !== 'lock' && text !== 'run' && nextTimeOfDay(text, 0) === null) {
    throw new InvalidArgumentError('Write a time of day such as 18:00, or lock, or run.');
  }
  return [...before, text];
}

/** The endings that these words mean at this moment; null for none. Throws `wrong_usage` for a time that is too far away. */
export function readUntil(words: readonly string[] | undefined, now: number): EndsWhen | null {
  if (words === undefined) return null;
  const times = words.filter((word) => word !== 'lock' && word !== 'run');
  for (const time of times) secondsUntil(time, now);
  const at = Math.min(...times.map((time) => nextTimeOfDay(time, now) ?? now));
  return {
    ...(words.includes('lock') ? { lock: true } : {}),
    ...(words.includes('run') ? { run: true } : {}),
    ...(times.length === 0 ? {} : { at: new Date(at).toISOString() }),
  };
}
