import { describe, expect, it } from 'vitest';
import {
  addMonths,
  calendarEntries,
  dayOf,
  monthOf,
  startOfMonth,
  weeksOf,
} from '#renderer/features/rotation/month-grid.ts';
import { fakeHistory, fakeOverviews } from '#test/fakes/window-rotations.ts';

const now = new Date(2026, 10, 22, 12).getTime();
const day = 86_400_000;

describe('a month', () => {
  it('has whole weeks that begin on Monday', () => {
    const weeks = weeksOf('2026-11');
    expect(weeks).toHaveLength(6);
    expect(weeks[0]?.[0]).toBe('2026-10-26');
    expect(weeks[0]?.[6]).toBe('2026-11-01');
    expect(weeks.at(-1)?.[6]).toBe('2026-12-06');
    expect(weeksOf('2027-02')).toHaveLength(4);
    expect(new Set(weeks.flat()).size).toBe(42);
  });

  it.each(['2026-03', '2026-10', '2024-02'])('has each of its days once, also when clocks change: %s', (month) => {
    const days = weeksOf(month).flat();
    const own = days.filter((each) => each.startsWith(month));
    expect(own).toHaveLength(new Date(Number(month.slice(0, 4)), Number(month.slice(5)), 0).getDate());
    expect(days.toSorted()).toEqual(days);
  });

  it('follows another over the turn of the year', () => {
    expect(addMonths('2026-12', 1)).toBe('2027-01');
    expect(addMonths('2026-01', -1)).toBe('2025-12');
    expect(monthOf(startOfMonth('2026-12'))).toBe('2026-12');
    expect(dayOf(now)).toBe('2026-11-22');
  });
});

describe('what the calendar shows', () => {
  const overviews = fakeOverviews(now);
  const history = fakeHistory(now);
  const at = (days: number): string => new Date(now + days * day).toISOString();
  const planned = [
    { credentialId: 'cred_anthropic', at: at(-1), sure: true },
    { credentialId: 'cred_gemini', at: at(9), sure: true },
    { credentialId: 'cred_gemini', at: at(40), sure: false },
    { credentialId: 'cred_private', at: at(-1), sure: true },
  ];
  const entries = calendarEntries({ planned, history, overviews, now });

  it('is what was, by when it ended, and what comes, with who does it', () => {
    expect(entries.map(({ credentialId, kind }) => `${credentialId} ${kind}`)).toEqual([
      'cred_openai rolled-back',
      'cred_openai done',
      'cred_gemini failed',
      'cred_private stopped',
      'cred_openai running',
      'cred_anthropic person',
      'cred_gemini planned',
      'cred_gemini later',
    ]);
  });

  it('has what is overdue on today, unless its change is under way', () => {
    expect(entries.find(({ kind }) => kind === 'person')?.at).toBe(now);
    expect(entries.filter(({ credentialId }) => credentialId === 'cred_private')).toHaveLength(1);
  });

  it('leads to the change where there was one', () => {
    expect(entries.map(({ rotationId }) => rotationId)).toEqual([
      ...['rot_back', 'rot_done', 'rot_failed', 'rot_stopped', 'rot_running'],
      ...[null, null, null],
    ]);
  });
});
