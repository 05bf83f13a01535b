import { describe, expect, it } from 'vitest';
import { newWarnings, tightBudgets } from '#main/app/budget-view.ts';
import type { Grant } from '#shared/model/access.ts';
import type { LimitStatus } from '#shared/model/limit.ts';
import { grantRecord } from '#test/fixtures/registry-records.ts';

const now = Date.parse('2026-11-22T09:05:00.000Z');

function grant(spentMicroUsd: number, changes: Partial<Grant> = {}): Grant {
  return grantRecord({ budgetMicroUsd: 1_000_000, spentMicroUsd, ...changes });
}

function limit(changes: Partial<LimitStatus> = {}): LimitStatus {
  return {
    ...{ id: 'lim_1', subject: { kind: 'everything' }, warnAt: [50, 80], createdBy: 'cli' },
    rule: { kind: 'budget', amountMicroUsd: 10_000_000, period: 'day' },
    ...{ allowed: 10_000_000, used: 8_100_000, running: 0, left: 1_900_000, percent: 81, warned: 80, topUpMicroUsd: 0 },
    createdAt: '2026-11-20T09:00:00.000Z',
    windowStartedAt: '2026-11-22T00:00:00.000Z',
    resetsAt: '2026-11-23T00:00:00.000Z',
    ...changes,
  };
}

describe('tightBudgets', () => {
  it('takes grants and limits that have reached a warning, the tightest first', () => {
    const ended = { status: 'ended', endedBy: 'spent' } as const;
    const grants = [
      grant(100, { id: 'plenty' }),
      grant(900_000, { id: 'tight' }),
      grant(1_000_000, { id: 'spent', ...ended }),
      grant(1_000_000, { id: 'gone', ...ended, expiresAt: '2026-11-22T09:00:00.000Z' }),
      grant(1_000_000, { id: 'revoked', status: 'ended', endedBy: 'revoked by cli' }),
      grant(1_000_000, { id: 'used up', usesLeft: 0, ...ended }),
      grant(1, { id: 'unlimited', budgetMicroUsd: null }),
    ];
    expect(tightBudgets(grants, [limit(), limit({ id: 'lim_2', warned: null })], now)).toMatchObject([
      { kind: 'grant', id: 'spent', percent: 100, warned: 95, topUpMicroUsd: 1_000_000 },
      { kind: 'grant', id: 'tight', percent: 90, warned: 80 },
      { kind: 'limit', id: 'lim_1', whose: 'everything', allows: '$10.00 a day', topUpMicroUsd: 5_000_000 },
    ]);
  });

  it('offers a small budget a small top-up', () => {
    const [tight] = tightBudgets([grant(95, { budgetMicroUsd: 100 })], [], now);
    expect(tight?.topUpMicroUsd).toBe(250_000);
  });
});

describe('newWarnings', () => {
  const tight = (changes: Partial<LimitStatus>) => tightBudgets([], [limit(changes)], now);

  it('tells each share of a window once', () => {
    expect(newWarnings([], tight({ warned: 50 }))).toHaveLength(1);
    expect(newWarnings(tight({ warned: 50 }), tight({ warned: 50, percent: 60 }))).toEqual([]);
    expect(newWarnings(tight({ warned: 50 }), tight({ warned: 80 }))).toHaveLength(1);
  });

  it('tells the same share again in the next window and after a top-up', () => {
    expect(newWarnings(tight({}), tight({ windowStartedAt: '2026-11-23T00:00:00.000Z' }))).toHaveLength(1);
    expect(newWarnings(tight({}), tight({ topUpMicroUsd: 5_000_000 }))).toHaveLength(1);
  });
});
