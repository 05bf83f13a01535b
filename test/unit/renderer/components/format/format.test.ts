import { describe, expect, it } from 'vitest';
import { formatPlural, formatShare, formatTokens } from '#renderer/components/format/count.ts';
import { formatExactMoney, formatMoney, parseMoney } from '#renderer/components/format/money.ts';
import { initials, shortenPath } from '#renderer/components/format/names.ts';
import { niceTicks } from '#renderer/components/format/nice-ticks.ts';
import { describeScope, nameScope } from '#renderer/components/format/scope.ts';
import {
  formatAgo,
  formatCountdown,
  formatDuration,
  formatLatency,
  formatLeft,
} from '#renderer/components/format/time.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const seconds = 1_000;
const minutes = 60 * seconds;
const hours = 60 * minutes;

describe('money', () => {
  it.each([
    [0, '$0.00'],
    [1, '<$0.01'],
    [4_999, '<$0.01'],
    [5_000, '$0.01'],
    [3_410_000, '$3.41'],
    [1_234_567_890, '$1,234.57'],
  ])('shows %i micro-dollars as %s', (microUsd, text) => {
    expect(formatMoney(microUsd)).toBe(text);
  });

  it('keeps every micro-dollar in the exact form', () => {
    expect(formatExactMoney(1_000_001)).toBe('$1.000001');
  });

  it.each([
    ['2', 2_000_000],
    ['$2.50', 2_500_000],
    [' 1,000 ', 1_000_000_000],
    ['0.000001', 1],
    ['', null],
    ['0', null],
    ['-1', null],
    ['2e3', null],
    ['two', null],
  ])('reads %j as %j', (text, microUsd) => {
    expect(parseMoney(text)).toBe(microUsd);
  });
});

describe('counts', () => {
  it.each([
    [310, '310'],
    [9_999, '9,999'],
    [10_000, '10.0 K'],
    [41_300_000, '41.3 M'],
    [999_949, '999.9 K'],
    [999_950, '1.0 M'],
    [1_234_000_000, '1.2 B'],
  ])('shows %i tokens as %s', (tokens, text) => {
    expect(formatTokens(tokens)).toBe(text);
  });

  it('counts one thing and several things', () => {
    expect([formatPlural(1, 'request'), formatPlural(2_000, 'request')]).toEqual(['1 request', '2,000 requests']);
  });

  it('has no share of nothing', () => {
    expect([formatShare(71, 100), formatShare(0, 0)]).toEqual(['71%', '0%']);
  });
});

describe('time', () => {
  it.each([
    [0, 'now'],
    [8 * seconds, '8 s ago'],
    [90 * seconds, '1 min ago'],
    [5 * hours, '5 h ago'],
    [30 * hours, 'yesterday'],
    [13 * 24 * hours, '13 days ago'],
    [30 * 24 * hours, '23 Oct'],
    [400 * 24 * hours, '18 Oct 2025'],
    [-5 * seconds, 'now'],
  ])('says %i ms ago as %s', (ago, text) => {
    expect(formatAgo(now - ago, now)).toBe(text);
  });

  it.each([
    [45, '45 s'],
    [900, '15 min'],
    [3_600, '1 hour'],
    [5_400, '1 h 30 min'],
    [43_200, '12 hours'],
  ])('says a length of %i s as %s', (length, text) => {
    expect(formatDuration(length)).toBe(text);
  });

  it.each([
    [-1, 'ended'],
    [30 * seconds, '30 s left'],
    [41.2 * minutes, '42 min left'],
    [9 * hours, '9 h left'],
  ])('says %d ms as %s', (left, text) => {
    expect(formatLeft(left)).toBe(text);
  });

  it('counts down to zero and not below', () => {
    expect([formatCountdown(52_000), formatCountdown(60_000), formatCountdown(-3)]).toEqual(['0:52', '1:00', '0:00']);
  });

  it('reads latencies', () => {
    expect([formatLatency(420), formatLatency(1_840), formatLatency(125_000)]).toEqual(['420 ms', '1.8 s', '2 min']);
  });
});

describe('names', () => {
  it.each([
    ['Claude Code', 'CC'],
    ['aider', 'AI'],
    ['backup.py', 'BP'],
    ['x', 'X'],
    ['!!', '?'],
  ])('makes the tile of %s %s', (name, tile) => {
    expect(initials(name)).toBe(tile);
  });

  it.each([
    ['/home/sam/src/site', '~/src/site'],
    ['/Users/sam', '~'],
    ['/root/x', '~/x'],
    ['/rooted/x', '/rooted/x'],
    ['C:\\Users\\sam\\src', '~\\src'],
  ])('shortens %s to %s', (path, short) => {
    expect(shortenPath(path)).toBe(short);
  });
});

describe('scopes in words', () => {
  const providerName = (id: string): string => (id === 'openai' ? 'OpenAI' : id);

  it('names provider, capability and models', () => {
    expect(describeScope('openai:chat:gpt-5*', providerName)).toEqual({
      before: 'Chat with',
      strong: 'OpenAI',
      after: 'models',
      detail: 'gpt-5*',
    });
  });

  it('does not make a wildcard look small', () => {
    expect(describeScope('*:*', providerName)).toMatchObject({ before: 'Do anything at', strong: 'every provider' });
    expect([
      nameScope('*:*', providerName),
      nameScope('openai:*', providerName),
      nameScope('*:chat', providerName),
    ]).toEqual(['everything', 'everything at OpenAI', 'any chat']);
  });
});

describe('niceTicks', () => {
  it.each([
    [0, [0, 1]],
    [3.8, [0, 1, 2, 3, 4]],
    [0.055, [0, 0.02, 0.04, 0.06]],
    [1_000, [0, 250, 500, 750, 1_000]],
  ])('marks an axis up to %d', (largest, ticks) => {
    expect(niceTicks(largest).map((tick) => Number(tick.toPrecision(6)))).toEqual(ticks);
  });
});
