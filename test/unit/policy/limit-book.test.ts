import { describe, expect, it } from 'vitest';
import type { LimitLease, LimitRule, LimitSubject } from '#shared/model/limit.ts';
import { isRefusal, LimitBook } from '#shared/policy/limit-book.ts';
import type { LimitDemand, LimitRefusal } from '#shared/policy/limit-call.ts';
import { shortCalendar } from './limit-model.ts';

const now = { at: 1_000, monotonic: 0 };
const call = { tool: 'codex', credentialId: 'cred_1', startedAt: now.at };
const demand: LimitDemand = { ceilingMicroUsd: 100, tokens: 10, stream: false, again: false };

function lease(rule: LimitRule, subject: LimitSubject = { kind: 'everything' }, used = 0): LimitLease {
  const span = rule.kind === 'budget' ? shortCalendar(rule.period, now.at) : { start: 0, end: null };
  return { id: JSON.stringify([subject, rule]), subject, rule, window: { ...span, used, topUpMicroUsd: 0 } };
}

function bookOf(...leases: readonly LimitLease[]): LimitBook {
  const book = new LimitBook(shortCalendar);
  book.apply(leases, now);
  return book;
}

function refusalOf(book: LimitBook, asked: Partial<LimitDemand> = {}): LimitRefusal {
  const answer = book.reserve(call, { ...demand, ...asked }, now);
  if (!isRefusal(answer)) throw new Error('It was not refused');
  return answer;
}

const daily = (amountMicroUsd: number): LimitRule => ({ kind: 'budget', amountMicroUsd, period: 'day' });

describe('a refusal', () => {
  it('says whose budget it is, what is left of it, when it begins anew and what to do', () => {
    const { message, code, retryAfterMs } = refusalOf(bookOf(lease(daily(5_000_000), undefined, 4_950_000)), {
      ceilingMicroUsd: 160_000,
    });
    expect([code, retryAfterMs]).toEqual(['budget_exceeded', null]);
    for (const told of ['$5.00 a day', 'everything', 'up to $0.16', '$4.95 of it is spent', 'anew at 1970-01-01'])
      expect(message).toContain(told);
    expect(message).toMatch(/Lower its output limit, or raise the budget with `toll limit set` or `toll top-up \S/);
  });

  it('tells of the limit that no other key and no waiting helps', () => {
    const key = { kind: 'credential', credentialId: 'cred_1' } as const;
    const minute: LimitRule = { kind: 'requests-per-minute', amount: 1 };
    const book = bookOf(lease(daily(50), key), lease(minute, undefined, 1), lease(daily(60)));
    expect(refusalOf(book)).toMatchObject({ subject: 'everything', code: 'budget_exceeded' });
    book.apply([lease(daily(50), key), lease(minute, undefined, 1)], now);
    expect(refusalOf(book)).toMatchObject({ subject: 'everything', code: 'rate_limited', retryAfterMs: 61_000 });
    expect(refusalOf(bookOf(lease(daily(50), key)))).toMatchObject({ subject: 'credential' });
  });

  it('of an unknown price names the budget', () => {
    const refusal = refusalOf(bookOf(lease(daily(50), { kind: 'tool', tool: 'codex' })), { ceilingMicroUsd: null });
    expect(refusal.code).toBe('price_unknown');
    expect(refusal.message).toContain('$0.0001 a day for the tool \u201Ccodex\u201D');
  });
});

describe('the book', () => {
  it('asks for a cost only where a budget applies', () => {
    const book = bookOf(
      lease(daily(50), { kind: 'tool', tool: 'codex' }),
      lease({ kind: 'tokens-per-minute', amount: 5 }),
    );
    expect([book.hasBudget('codex', null), book.hasBudget('claude', 'cred_1')]).toEqual([true, false]);
    expect([new LimitBook(shortCalendar).isEmpty, book.isEmpty]).toEqual([true, false]);
  });

  it('takes from a later lease what it could not know, and never less than it knows', () => {
    const book = bookOf(lease(daily(1_000)));
    book.settle(book.unheld(call), { costMicroUsd: 300, tokens: 0 }, now);
    book.apply([lease(daily(1_000), undefined, 200)], now);
    expect(book.read(now)).toMatchObject([{ used: 300 }]);
    book.apply([lease(daily(1_000), undefined, 450)], now);
    expect(book.read(now)).toMatchObject([{ used: 450 }]);
  });
});
