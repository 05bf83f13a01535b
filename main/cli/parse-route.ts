import { InvalidArgumentError } from 'commander';
import {
  type AliasTarget,
  aliasTargetSchema,
  type FallbackReason,
  fallbackReasonSchema,
  fallbackReasons,
} from '#shared/model/alias.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { parseDuration } from './parse.ts';

const shortestWaitMs = 100;
const longestWaitMs = 3_600_000;
const millisecondsPattern = /^(\d{1,7})ms$/;

/** `500ms`, `30s`, `1m30s` or a bare number of seconds, in milliseconds; from 100 ms to an hour. */
export function parseWait(text: string): number {
  const inMilliseconds = millisecondsPattern.exec(text);
  const wait = inMilliseconds === null ? parseDuration(text) * 1_000 : Number(inMilliseconds[1]);
  if (wait < shortestWaitMs || wait > longestWaitMs) {
    throw new InvalidArgumentError('Write a time from 100ms to 1h, such as 500ms or 30s.');
  }
  return wait;
}

/** Failures with commas between, such as `429,5xx`; `none` for none. */
export function parseFallback(text: string): readonly FallbackReason[] {
  if (text === 'none') return [];
  const reasons = text.split(',').map((part) => fallbackReasonSchema.safeParse(part.trim()));
  const known = reasons.flatMap(({ data }) => (data === undefined ? [] : [data]));
  if (known.length !== reasons.length) {
    throw new InvalidArgumentError(`Write some of ${fallbackReasons.join(',')} with commas between, or none.`);
  }
  return [...new Set(known)];
}

/** `provider/model`; the model may have further slashes. Throws `wrong_usage`. */
export function parseTarget(text: string): AliasTarget {
  const slash = text.indexOf('/');
  const target = aliasTargetSchema.safeParse({
    provider: text.slice(0, Math.max(0, slash)),
    model: text.slice(slash + 1),
  });
  if (slash > 0 && target.success) return target.data;
  throw new TollkeeperError('wrong_usage', `${JSON.stringify(text)} is no model; write PROVIDER/MODEL.`);
}

/** A share from 0 to 100, or `off` for none of its own (null). Throws `wrong_usage`. */
export function parseWeight(text: string): number | null {
  if (text === 'off') return null;
  const weight = /^\d{1,3}$/.test(text) ? Number(text) : -1;
  if (weight >= 0 && weight <= 100) return weight;
  throw new TollkeeperError('wrong_usage', 'Write a whole number from 0 to 100, or off.');
}
