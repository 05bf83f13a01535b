import { describe, expect, it } from 'vitest';
import { emptyLimitFields, fieldsOf, parsePercents, readLimitFields } from '#renderer/features/limits/limit-draft.ts';
import { describeDraft, describeUse, draftOf, groupLimits, nameRule } from '#renderer/features/limits/limit-words.ts';
import { limitsSearchSchema } from '#renderer/features/limits/limits-search.ts';
import { dailyBudget } from '#renderer/features/usage/daily-budget.ts';
import type { LimitDraft } from '#shared/model/limit.ts';
import { fakeLimits, freshLimit } from '#test/fakes/window-rules.ts';

const now = Date.parse('2026-11-22T12:00:00.000Z');
const nameKey = (id: string): string => (id === 'cred_openai' ? 'OpenAI Work \u20267f3a' : id);
const limits = fakeLimits(now);
const limit = (id: string) => {
  const found = limits.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no limit ${id}`);
  return found;
};

describe('the form of a limit', () => {
  it('makes a budget with its warnings', () => {
    const { draft } = readLimitFields({ ...emptyLimitFields('tool', 'codex'), amount: '$2.50', warnAt: '95%, 50 95' });
    expect(draft).toEqual({
      subject: { kind: 'tool', tool: 'codex' },
      rule: { kind: 'budget', amountMicroUsd: 2_500_000, period: 'day' },
      warnAt: [50, 95],
    });
  });

  it('makes a rate without warnings', () => {
    const fields = {
      ...emptyLimitFields('credential', 'cred_openai'),
      what: 'tokens-per-minute',
      amount: '200,000',
    } as const;
    expect(readLimitFields(fields).draft).toEqual({
      subject: { kind: 'credential', credentialId: 'cred_openai' },
      rule: { kind: 'tokens-per-minute', amount: 200_000 },
    });
  });

  it.each([
    ['no tool', { ...emptyLimitFields('tool', undefined), amount: '1' }, 'tool'],
    ['no key', { ...emptyLimitFields('credential', undefined), amount: '1' }, 'credentialId'],
    ['no amount', emptyLimitFields('everything', undefined), 'amount'],
    ['nothing', { ...emptyLimitFields('everything', undefined), amount: '0' }, 'amount'],
    [
      'half a request',
      { ...emptyLimitFields('everything', undefined), what: 'requests-per-minute', amount: '1.5' },
      'amount',
    ],
    ['too much', { ...emptyLimitFields('everything', undefined), amount: '999999999' }, 'amount'],
    ['120 percent', { ...emptyLimitFields('everything', undefined), amount: '1', warnAt: '120' }, 'warnAt'],
  ] as const)('says what is wrong with %s', (_name, fields, problem) => {
    const reading = readLimitFields(fields);
    expect(reading.draft).toBeNull();
    expect(Object.keys(reading.problems)).toEqual([problem]);
  });

  it.each(limits)('gives $id back as it was', (known) => {
    expect(readLimitFields(fieldsOf(known)).draft?.rule).toEqual(known.rule);
    expect(draftOf(known).subject).toEqual(known.subject);
  });

  it('reads no percents as none, and words as wrong', () => {
    expect(parsePercents(' ')).toEqual([]);
    expect(parsePercents('soon')).toBeNull();
    expect(parsePercents('0')).toBeNull();
  });
});

describe('limits in words', () => {
  it.each([
    ['lim_day', '$3.41 of $10.00'],
    ['lim_streams', '2 of 8 now'],
    ['lim_rate', '13 of 60 in the last minute'],
    ['lim_tokens', '41.3 K of 200.0 K in the last minute'],
    ['lim_codex', '$7.00 of $7.00'],
    ['lim_request', 'Holds for each request by itself'],
  ])('%s: %s', (id, words) => {
    expect(describeUse(limit(id))).toBe(words);
  });

  it('says what a draft will do', () => {
    const subject = { kind: 'tool', tool: 'Codex' } as const;
    const budget: LimitDraft = { subject, rule: { kind: 'budget', amountMicroUsd: 5_000_000, period: 'day' } };
    expect(describeDraft(budget, nameKey)).toBe(
      'Codex may spend $5.00 a day. Then calls are refused until midnight; you are told at 80% and 95%.',
    );
    expect(describeDraft({ ...budget, warnAt: [] }, nameKey)).not.toContain('told');
    const rate = { subject: limit('lim_tokens').subject, rule: { kind: 'requests-per-minute', amount: 1 } } as const;
    expect(describeDraft(rate, nameKey)).toMatch(/^Calls with OpenAI Work …7f3a may take 1 request a minute\./);
  });

  it('stand in the order everything, tools, keys, budgets first', () => {
    const shuffled = limits.toReversed();
    const groups = groupLimits(shuffled, nameKey);
    expect(groups.map(({ name }) => name)).toEqual(['Everything', 'Claude Code', 'Codex', 'OpenAI Work \u20267f3a']);
    expect(groups[0]?.limits.map(({ rule }) => nameRule(rule))).toEqual([
      '$10.00 a day',
      '$100.00 a month',
      '8 streams at once',
    ]);
  });
});

describe('the address of Limits', () => {
  it('drops what it does not know', () => {
    expect(limitsSearchSchema.parse({ add: 'grant', of: 7, edit: 'lim_1', more: 1 })).toEqual({ edit: 'lim_1' });
  });
});

describe('the day\u2019s budget on the overview', () => {
  it('is the limit that refuses, with what runs', () => {
    expect(dailyBudget(limits, 20_000_000, 1)).toEqual({
      allowedMicroUsd: 10_000_000,
      usedMicroUsd: 3_410_000,
      isEnforced: true,
    });
  });

  it('is only shown without one, or absent', () => {
    const month = freshLimit(
      'lim_1',
      { subject: { kind: 'everything' }, rule: { kind: 'budget', amountMicroUsd: 1, period: 'month' } },
      now,
    );
    expect(dailyBudget([month], 20_000_000, 5)).toEqual({
      allowedMicroUsd: 20_000_000,
      usedMicroUsd: 5,
      isEnforced: false,
    });
    expect(dailyBudget([], null, 5)).toBeNull();
    expect(dailyBudget(undefined, undefined, 5)).toBeNull();
  });
});
