import { describe, expect, test } from 'vitest';
import {
  formatCount,
  formatDuration,
  formatMilliseconds,
  formatMoney,
  formatRelative,
  formatTime,
} from '#main/cli/format.ts';
import { renderTable, safeText, visibleLength } from '#main/cli/table.ts';

describe('money', () => {
  test.each([
    [0, '$0.00'],
    [1, '$0.000001'],
    [4_200, '$0.0042'],
    [10_000, '$0.01'],
    [100_000, '$0.10'],
    [999_999, '$0.999999'],
    [1_000_000, '$1.00'],
    [2_500_000, '$2.50'],
    [2_495_800, '$2.50'],
    [1_234_567_890_000, '$1,234,567.89'],
    [null, '\u2013'],
  ])('%s', (microUsd, text) => expect(formatMoney(microUsd)).toBe(text));
});

describe('time', () => {
  test.each([
    [0, '0s'],
    [58, '58s'],
    [900, '15m'],
    [5_400, '1h 30m'],
    [3_601, '1h'],
    [90_061, '1d 1h'],
  ])('%i seconds', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  const now = Date.parse('2026-11-22T12:00:00.000Z');
  test.each([
    [null, 'never'],
    ['2026-11-22T12:00:00.400Z', 'now'],
    ['2026-11-22T11:55:00.000Z', '5m ago'],
    ['2026-11-22T13:30:00.000Z', 'in 1h'],
    ['2026-11-19T12:00:00.000Z', '3d ago'],
  ])('%s', (iso, text) => expect(formatRelative(iso, now)).toBe(text));

  test('a moment is shown on the user\u2019s own clock', () => {
    const local = new Date(2026, 0, 2, 3, 4, 5);
    expect(formatTime(local.toISOString())).toBe('2026-01-02 03:04:05');
  });

  test.each([
    [840, '840 ms'],
    [12_345, '12.3 s'],
    [null, '\u2013'],
  ])('%s milliseconds', (milliseconds, text) => expect(formatMilliseconds(milliseconds)).toBe(text));
});

test('counts have thousands separators', () => {
  expect([formatCount(1_234_567), formatCount(null)]).toEqual(['1,234,567', '\u2013']);
});

describe('tables', () => {
  test('line up by what is seen, numbers on the right, nothing behind the last column', () => {
    const rows = [
      { name: '\u001B[32mok\u001B[0m', count: '7' },
      { name: 'longer', count: '1,000' },
    ];
    const table = renderTable(rows, [
      { title: 'NAME', value: (row) => row.name },
      { title: 'COUNT', value: (row) => row.count, align: 'right' },
      { title: '', value: () => '' },
    ]);
    expect(table.split('\n')).toEqual(['NAME    COUNT', '\u001B[32mok\u001B[0m          7', 'longer  1,000', '']);
    expect(visibleLength('\u001B[1mab\u001B[0m')).toBe(2);
  });

  test('foreign text loses everything that steers a terminal', () => {
    expect(safeText('a\u001B]0;t\u0007b\r\nc\u200Fd\u2028e\u009Bf')).toBe(
      'a\u00B7]0;t\u00B7b\u00B7\u00B7c\u00B7d\u00B7e\u00B7f',
    );
  });
});
