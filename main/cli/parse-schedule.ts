import { InvalidArgumentError } from 'commander';
import type { RotationHours } from '#shared/model/rotation.ts';
import { parseDuration } from './parse.ts';

const daySeconds = 86_400;

/** `30d`, `4w` or a bare number of days. */
export function parseDays(text: string): number {
  const days = /^\d{1,4}$/.test(text) ? Number(text) : parseDuration(text) / daySeconds;
  if (!Number.isInteger(days) || days < 1 || days > 3_650)
    throw new InvalidArgumentError('Write whole days like 30d or 4w, at most ten years.');
  return days;
}

/** `09-17` or `22-6`: from the beginning of the first hour to the beginning of the second. */
export function parseHours(text: string): RotationHours {
  const match = /^(\d{1,2})-(\d{1,2})$/.exec(text);
  const [from, to] = [Number(match?.[1] ?? -1), Number(match?.[2] ?? -1)];
  if (from < 0 || from > 23 || to < 0 || to > 24 || from === to)
    throw new InvalidArgumentError('Write two hours of the day like 09-17.');
  return { from, to };
}

/** Adds one `NAME=VALUE` to those before it. */
export function collectValues(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write it like project=proj_abc123.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
