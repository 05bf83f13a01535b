import { describe, expect, onTestFinished, test } from 'vitest';
import { grantEnd, nextTimeOfDay } from '#shared/policy/grant-end.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';

const usualZone = process.env.TZ;
const local = (day: number, hour: number, minute = 0): number => new Date(2026, 10, day, hour, minute).getTime();

describe('a time of day', () => {
  test('is later today, or tomorrow when it has come', () => {
    expect(nextTimeOfDay('18:00', local(22, 9))).toBe(local(22, 18));
    expect(nextTimeOfDay('18:00', local(22, 18))).toBe(local(23, 18));
    expect(nextTimeOfDay('7:30', local(30, 8))).toBe(new Date(2026, 11, 1, 7, 30).getTime());
  });

  test.each(['24:00', '18', '18:60', 'noon', '-1:00', '18:00:00', ''])('%j is none', (text) => {
    expect(nextTimeOfDay(text, local(22, 9))).toBeNull();
  });

  test.each([
    ['the night that loses an hour', '2026-03-28T23:00:00+01:00', '08:00', 8],
    ['the night that gains one', '2026-10-24T23:00:00+02:00', '08:00', 10],
    ['a time that is skipped', '2026-03-28T23:00:00+01:00', '02:30', 3.5],
  ])('is right across %s', (_name, now, text, hours) => {
    process.env.TZ = 'Europe/Berlin';
    onTestFinished(() => {
      if (usualZone === undefined) delete process.env.TZ;
      else process.env.TZ = usualZone;
    });
    expect(((nextTimeOfDay(text, Date.parse(now)) ?? 0) - Date.parse(now)) / 3_600_000).toBe(hours);
  });
});

describe('the end of a grant', () => {
  const now = Date.parse('2026-11-22T09:00:00Z');

  test('is its lifetime, or its time of day if that comes first', () => {
    const at = '2026-11-22T10:00:00.000Z';
    expect(grantEnd({ ttlSeconds: 60 }, now)).toBe(now + 60_000);
    expect(grantEnd({ ttlSeconds: 60, endsWhen: { at } }, now)).toBe(now + 60_000);
    expect(grantEnd({ ttlSeconds: 7_200, endsWhen: { at } }, now)).toBe(Date.parse(at));
  });

  test('a time that has passed while nobody answered gives nothing', async () => {
    const late = { ttlSeconds: 60, endsWhen: { at: '2026-11-22T09:00:00.000Z' } };
    expect(await codeOf(Promise.resolve().then(() => grantEnd(late, now)))).toBe('invalid_request');
  });
});
