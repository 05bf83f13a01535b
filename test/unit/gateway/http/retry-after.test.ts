import { describe, expect, it } from 'vitest';
import { readRetryAfter } from '#main/gateway/http/retry-after.ts';
import { findProvider } from '#shared/provider/index.ts';

const now = Date.parse('2026-11-22T09:00:00Z');

function limitsOf(provider: string) {
  return findProvider(provider)?.limitHeaders ?? [];
}

describe('the time that an answer asks to wait', () => {
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
  ])('is read from %s', (_name, raw, expected) => {
    expect(readRetryAfter(raw, { now, limits: [] })).toBe(expected);
  });

  it.each<[string, string, string[], number | null]>([
    [
      'openai',
      'a limit that was hit',
      ['x-ratelimit-remaining-requests', '0', 'x-ratelimit-reset-requests', '6m0s'],
      360_000,
    ],
    ['openai', 'milliseconds', ['x-ratelimit-remaining-tokens', '0', 'x-ratelimit-reset-tokens', '12ms'], 12],
    ['openai', 'a limit that was not', ['x-ratelimit-remaining-tokens', '9', 'x-ratelimit-reset-tokens', '6m0s'], null],
    [
      'openai',
      'Retry-After before all else',
      ['x-ratelimit-remaining-requests', '0', 'x-ratelimit-reset-requests', '6m0s', 'retry-after', '1'],
      1_000,
    ],
    [
      'groq',
      'parts of seconds',
      ['x-ratelimit-remaining-requests', '0', 'x-ratelimit-reset-requests', '2m59.5s'],
      179_500,
    ],
    ['groq', 'nonsense', ['x-ratelimit-remaining-requests', '0', 'x-ratelimit-reset-requests', 'soon'], null],
    [
      'anthropic',
      'the last of those that were hit',
      [
        ...[
          'anthropic-ratelimit-requests-remaining',
          '0',
          'anthropic-ratelimit-requests-reset',
          '2026-11-22T09:00:20Z',
        ],
        ...['anthropic-ratelimit-tokens-remaining', '0', 'anthropic-ratelimit-tokens-reset', '2026-11-22T09:00:40Z'],
        ...[
          'anthropic-ratelimit-output-tokens-remaining',
          '5',
          'anthropic-ratelimit-output-tokens-reset',
          '2027-01-01T00:00:00Z',
        ],
      ],
      40_000,
    ],
  ])('is read from the headers of %s: %s', (provider, _name, raw, expected) => {
    expect(readRetryAfter(raw, { now, limits: limitsOf(provider) })).toBe(expected);
  });
});
