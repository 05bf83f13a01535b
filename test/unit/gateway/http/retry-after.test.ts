import { expect, it } from 'vitest';
import { readRetryAfter } from '#main/gateway/http/retry-after.ts';

const now = Date.parse('2026-11-22T09:00:00Z');

it.each<[string, string[], number | null]>([
  ['seconds', ['Retry-After', '30'], 30_000],
  ['fractions of a second', ['retry-after', '0.5'], 500],
  ['a date', ['Retry-After', 'Sun, 22 Nov 2026 09:01:00 GMT'], 60_000],
  ['a date that has passed', ['Retry-After', 'Sun, 22 Nov 2026 08:00:00 GMT'], 0],
  ['milliseconds, which are more exact', ['retry-after', '2', 'retry-after-ms', '1250'], 1_250],
  ['milliseconds first', ['retry-after-ms', '1250', 'retry-after', '2'], 1_250],
  ['a negative count', ['retry-after', '-5'], null],
  ['words', ['retry-after', 'soon'], null],
  ['nothing', ['content-type', 'application/json'], null],
  ['a count too long to be one', ['retry-after', '9'.repeat(40)], null],
])('reads %s', (_name, raw, expected) => {
  expect(
    readRetryAfter(
      raw,
      now,
    ),
  ).toBe(expected);
});
