import { InvalidArgumentError } from 'commander';
import { tokenLifetime } from '#shared/model/access.ts';
import type { BindingWish } from '#shared/model/binding.ts';
import { scopePattern } from '#shared/model/scope.ts';
import { unifiedModelPattern } from '#shared/provider/tool/unified-environment.ts';

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };
const durationPattern = /^(?:\d+[smhdw])+$/;
const moneyPattern = /^\$?(\d{1,9})(?:\.(\d{1,6}))?$/;

/** `90s`, `15m`, `1h30m`, `7d` or a bare number of seconds, in seconds. */
export function parseDuration(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  if (!durationPattern.test(text)) throw new InvalidArgumentError('Write it like 90s, 15m, 1h30m or 12h.');
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)([smhdw])/g))
    seconds += Number(count) * (unitSeconds[unit ?? ''] ?? 0);
  return seconds;
}

/** A token's lifetime in seconds, within the floor and the ceiling. */
export function parseTtl(text: string): number {
  const seconds = parseDuration(text);
  if (seconds < tokenLifetime.floorSeconds || seconds > tokenLifetime.ceilingSeconds) {
    throw new InvalidArgumentError('A token lives between one second and 12h.');
  }
  return seconds;
}

/** Dollars such as `2.50` as integer micro-dollars, exact: no floating point on the way. */
export function parseBudget(text: string): number {
  const match = moneyPattern.exec(text);
  if (!match) throw new InvalidArgumentError('Write dollars like 2.50, with at most six decimals.');
  const microUsd = Number(match[1]) * 1_000_000 + Number((match[2] ?? '').padEnd(6, '0'));
  if (microUsd < 1) throw new InvalidArgumentError('A budget is more than nothing.');
  return microUsd;
}

/** A number of requests. */
export function parseUses(text: string): number {
  const uses = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (uses < 1 || uses > 1_000_000) throw new InvalidArgumentError('Write a whole number from 1 to 1000000.');
  return uses;
}

/** A positive count, such as of requests in a minute. */
export function parseCount(text: string): number {
  const count = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > 1_000_000_000) throw new InvalidArgumentError('Write a whole number from 1 to 1000000000.');
  return count;
}

/** Percents with commas between, such as `50,80,95`; `none` for no warning. */
export function parsePercents(text: string): readonly number[] {
  if (text === 'none') return [];
  const percents = text.split(',').map((part) => (/^\s*\d{1,3}%?\s*$/.test(part) ? Number.parseInt(part, 10) : 0));
  if (percents.length > 10 || percents.some((percent) => percent < 1 || percent > 100))
    throw new InvalidArgumentError('Write up to ten whole percents like 50,80,95, or none.');
  return percents;
}

/** How many rows to show. */
export function parseLimit(text: string): number {
  const limit = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > 10_000) throw new InvalidArgumentError('Write a whole number from 1 to 10000.');
  return limit;
}

/** A model of the unified API: `provider/model` or an alias. */
export function parseModel(text: string): string {
  if (!unifiedModelPattern.test(text)) {
    throw new InvalidArgumentError('Write it like openai/gpt-5, or the name of an alias.');
  }
  return text;
}

/** `7d`, `24h` or an ISO 8601 date or time, as an ISO time. `now` is in milliseconds. */
export function parseSince(text: string, now: number): string {
  if (durationPattern.test(text)) return new Date(now - parseDuration(text) * 1_000).toISOString();
  const time = /^\d{4}-\d{2}-\d{2}/.test(text)
    ? Date.parse(text.length === 10 ? `${text}T00:00:00` : text)
    : Number.NaN;
  if (Number.isNaN(time)) throw new InvalidArgumentError('Write it like 24h, 7d or 2026-11-22.');
  return new Date(time).toISOString();
}

/** Adds one `--scope` value, which may hold several scopes with spaces between, to those before it. */
export function collectScopes(text: string, before: readonly string[] = []): readonly string[] {
  const scopes = text.split(/\s+/).filter((scope) => scope !== '');
  const wrong = scopes.find((scope) => !scopePattern.test(scope));
  if (wrong !== undefined || scopes.length === 0) {
    throw new InvalidArgumentError(
      `${JSON.stringify(wrong ?? text)} is no scope; write PROVIDER:CAPABILITY or PROVIDER:CAPABILITY:MODEL-GLOB.`,
    );
  }
  return [...new Set([...before, ...scopes])];
}

/** What a token is to be bound to: `exe`, `exe:PROGRAM`, `tree` or `none`. */
export function parseBinding(text: string): BindingWish | 'none' {
  if (text === 'none') return text;
  if (text === 'tree') return { kind: 'tree' };
  if (text === 'exe') return { kind: 'executable', path: null };
  if (text.startsWith('exe:') && text.length > 4) return { kind: 'executable', path: text.slice(4) };
  throw new InvalidArgumentError('Write exe, exe:PROGRAM, tree or none.');
}
