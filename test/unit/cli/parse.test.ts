import { describe, expect, test } from 'vitest';
import {
  collectScopes,
  parseBudget,
  parseDuration,
  parseLimit,
  parseModel,
  parseSince,
  parseTtl,
  parseUses,
} from '#main/cli/parse.ts';
import { parsePort } from '#main/cli/parse-port.ts';
import { spreadScopes } from '#main/cli/spread-scopes.ts';

describe('durations', () => {
  test.each([
    ['90s', 90],
    ['15m', 900],
    ['12h', 43_200],
    ['1h30m', 5_400],
    ['7d', 604_800],
    ['2w', 1_209_600],
    ['45', 45],
  ])('%s is %i seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  test.each(['', 'm', '-5m', '1.5h', '5 m', 'soon', '1h-'])('%j is none', (text) =>
    expect(() => parseDuration(text)).toThrow('Write it like'),
  );

  test.each(['0', '0s', '12h1s', '13h'])('%s is no lifetime', (text) =>
    expect(() => parseTtl(text)).toThrow('between'),
  );
  test('a lifetime may reach the ceiling', () => expect(parseTtl('12h')).toBe(43_200));
});

describe('money', () => {
  test.each([
    ['2.50', 2_500_000],
    ['$2.5', 2_500_000],
    ['0.000001', 1],
    ['0.1', 100_000],
    ['0.29', 290_000],
    ['1.005', 1_005_000],
    ['4.35', 4_350_000],
    ['999999999.999999', 999_999_999_999_999],
  ])('%s is exactly %i micro-dollars', (text, microUsd) => expect(parseBudget(text)).toBe(microUsd));

  test.each(['', '0', '0.00', '-1', '1e3', '1,5', '.5', '1.', '0.0000001', 'ten', '1_000'])('%j is refused', (text) =>
    expect(() => parseBudget(text)).toThrow(),
  );
});

describe('counts and ports', () => {
  test.each(['0', '-1', '1.5', 'x', '1000001'])('%s is no number of uses', (text) =>
    expect(() => parseUses(text)).toThrow(),
  );
  test('a use', () => expect(parseUses('1')).toBe(1));
  test.each(['-1', '65536', '', '80x'])('%j is no port', (text) => expect(() => parsePort(text)).toThrow());
  test.each([
    ['0', 0],
    ['65535', 65_535],
  ])('%s is a port', (text, port) => expect(parsePort(text)).toBe(port));
  test.each(['0', '10001', 'x'])('%s is no limit', (text) => expect(() => parseLimit(text)).toThrow());
});

describe('--since', () => {
  const now = Date.parse('2026-11-22T12:00:00.000Z');
  test.each([
    ['7d', '2026-11-15T12:00:00.000Z'],
    ['24h', '2026-11-21T12:00:00.000Z'],
    ['2026-11-01T10:00:00Z', '2026-11-01T10:00:00.000Z'],
    ['2026-11-01T10:00:00+02:00', '2026-11-01T08:00:00.000Z'],
  ])('%s', (text, iso) => expect(parseSince(text, now)).toBe(iso));
  test('a day begins at the user\u2019s own midnight', () =>
    expect(parseSince('2026-11-01', now)).toBe(new Date(2026, 10, 1).toISOString()));
  test.each(['yesterday', '7', '2026-13-01', ''])('%j is refused', (text) =>
    expect(() => parseSince(text, now)).toThrow(),
  );
});

describe('scopes', () => {
  test('may be repeated and may share one argument', () => {
    expect(collectScopes('openai:chat  *:models', ['gemini:*'])).toEqual(['gemini:*', 'openai:chat', '*:models']);
    expect(collectScopes('a:chat', ['a:chat'])).toEqual(['a:chat']);
  });
  test.each(['', ' ', 'openai', 'openai:everything', 'openai:chat openai'])('%j is refused', (text) =>
    expect(() => collectScopes(text)).toThrow('is no scope'),
  );

  test.each([
    [
      ['a', '--scope', 'x:chat', 'y:chat', 'id'],
      ['a', '--scope', 'x:chat', '--scope', 'y:chat', 'id'],
    ],
    [
      ['--scope', 'x:chat', 'y:chat', 'z:chat'],
      ['--scope', 'x:chat', '--scope', 'y:chat', '--scope', 'z:chat'],
    ],
    [
      ['--scope', 'x:chat', 'id', 'y:chat'],
      ['--scope', 'x:chat', 'id', 'y:chat'],
    ],
    [
      ['--scope', 'x:chat', '--', 'y:chat'],
      ['--scope', 'x:chat', '--', 'y:chat'],
    ],
    [
      ['--tool', 'x:chat', 'y:chat'],
      ['--tool', 'x:chat', 'y:chat'],
    ],
    [['--scope'], ['--scope']],
  ])('%j becomes %j', (before, after) => expect(spreadScopes(before)).toEqual(after));
});

describe('models', () => {
  test.each(['openai/gpt-5', 'openrouter/meta-llama/llama-4:free', 'fast'])('%s may be one', (text) =>
    expect(parseModel(text)).toBe(text),
  );
  test.each(['', 'open ai/gpt', '"x"', '/gpt-5', 'openai/'])('%j is none', (text) =>
    expect(() => parseModel(text)).toThrow('Write it like'),
  );
});
