import { afterEach, describe, expect, it } from 'vitest';
import { localCalendar } from '#shared/policy/calendar.ts';

const usual = process.env.TZ;
const hours = 3_600_000;

function inZone(zone: string): void {
  process.env.TZ = zone;
}

function spanAt(period: 'day' | 'month', iso: string): { readonly from: string; readonly hours: number } {
  const { start, end } = localCalendar(period, Date.parse(iso));
  return { from: new Date(start).toISOString(), hours: ((end ?? 0) - start) / hours };
}

afterEach(() => {
  if (usual === undefined) delete process.env.TZ;
  else process.env.TZ = usual;
});

describe('the local calendar', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29T10:00:00Z', '2026-03-28T23:00:00.000Z', 23],
    ['Europe/Berlin', '2026-10-25T10:00:00Z', '2026-10-24T22:00:00.000Z', 25],
    ['Europe/Berlin', '2026-10-26T10:00:00Z', '2026-10-25T23:00:00.000Z', 24],
    ['America/New_York', '2026-11-01T12:00:00Z', '2026-11-01T04:00:00.000Z', 25],
    ['Asia/Kolkata', '2026-11-01T18:29:59Z', '2026-10-31T18:30:00.000Z', 24],
    ['UTC', '2026-11-22T00:00:00Z', '2026-11-22T00:00:00.000Z', 24],
  ])('knows the length of the day in %s at %s', (zone, at, from, length) => {
    inZone(zone);
    expect(spanAt('day', at)).toEqual({ from, hours: length });
  });

  it('begins a day that has no midnight at its first moment', () => {
    inZone('Asia/Beirut');
    const { start, end } = localCalendar('day', Date.parse('2026-03-29T12:00:00Z'));
    expect(new Date(start).toISOString()).toBe('2026-03-28T22:00:00.000Z');
    expect(localCalendar('day', start)).toEqual({ start, end });
    expect(localCalendar('day', start - 1).end).toBe(start);
  });

  it('has months of their own lengths', () => {
    inZone('Europe/Berlin');
    expect(spanAt('month', '2026-03-10T00:00:00Z').hours).toBe(31 * 24 - 1);
    expect(spanAt('month', '2028-02-10T00:00:00Z')).toEqual({ from: '2028-01-31T23:00:00.000Z', hours: 29 * 24 });
    expect(spanAt('month', '2026-12-31T22:59:59Z').from).toBe('2026-11-30T23:00:00.000Z');
  });

  it('leaves no moment out and counts none twice, over the days on which clocks change', () => {
    for (const zone of ['Europe/Berlin', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Pacific/Apia']) {
      inZone(zone);
      let { start, end } = localCalendar('day', Date.UTC(2011, 11, 1));
      for (let day = 0; day < 800; day += 1) {
        const next = localCalendar('day', end ?? 0);
        expect(next.start).toBe(end);
        expect(next.end).toBeGreaterThan(start);
        ({ start, end } = next);
      }
    }
  });

  it('gives the other periods no end', () => {
    expect(localCalendar('once', 5)).toEqual({ start: 0, end: null });
    expect(localCalendar('request', 5)).toEqual({ start: 0, end: null });
  });
});
