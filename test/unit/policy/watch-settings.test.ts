import { describe, expect, it } from 'vitest';
import { watchRuleIdSchema } from '#shared/model/alert.ts';
import { type WatchRule, watchRules } from '#shared/policy/watch-rules.ts';
import { actionOf, changeRule, thresholdOf, usualRule, watchSettings } from '#shared/policy/watch-settings.ts';

describe('rules of the watch', () => {
  it('have words for each rule and a usual number within its bounds', () => {
    expect(Object.keys(watchRules)).toEqual(watchRuleIdSchema.options);
    for (const rule of Object.values<WatchRule>(watchRules)) {
      expect(rule.title).not.toBe('');
      expect(rule.actions[0]).toBe('notify');
      for (const { usual, least, most } of Object.values(rule.thresholds)) {
        expect(usual).toBeGreaterThanOrEqual(least);
        expect(usual).toBeLessThanOrEqual(most);
      }
    }
  });

  it('are as usual where nothing was changed, and as changed where something was', () => {
    const settings = watchSettings([{ rule: 'new-model', action: 'ask', thresholds: { days: 7 } }]);
    expect([...settings.keys()]).toEqual(watchRuleIdSchema.options);
    expect(actionOf(settings, 'new-model')).toBe('ask');
    expect(thresholdOf(settings, 'new-model', 'days')).toBe(7);
    expect(thresholdOf(settings, 'new-model', 'calls')).toBe(20);
    expect(actionOf(settings, 'new-provider')).toBe('notify');
  });

  it('take no number from the disk that is out of bounds, and no action that a rule does not have', () => {
    const settings = watchSettings([
      { rule: 'many-refused-tokens', action: 'revoke', thresholds: { count: 0, minutes: 5, wrong: 1 } },
    ]);
    expect(settings.get('many-refused-tokens')).toEqual({
      rule: 'many-refused-tokens',
      action: 'notify',
      thresholds: { count: 30, minutes: 5 },
    });
  });

  it.each([
    ['an action', { action: 'revoke' as const }, { action: 'revoke' }],
    ['a number', { thresholds: { floor: 500 } }, { thresholds: { spread: 5, floor: 500, hours: 40, days: 5 } }],
    ['the usual again', { action: null, thresholds: null }, usualRule('calls-above-usual')],
  ])('change by %s', (_name, change, after) => {
    const before = { ...usualRule('calls-above-usual'), action: 'ask' as const };
    expect(changeRule(before, { rule: 'calls-above-usual', ...change })).toMatchObject(after);
  });

  it.each([
    ['many-refused-tokens', { action: 'revoke' as const }, 'can be set to notify, off'],
    ['new-model', { thresholds: { days: 99 } }, 'between 0 and 28 days'],
    ['new-model', { thresholds: { days: Number.NaN } }, 'between'],
    ['new-model', { thresholds: { hours: 2 } }, 'it has days, calls'],
    ['new-model', { thresholds: { toString: 2 } }, 'it has days, calls'],
    ['foreign-process', { thresholds: { days: 2 } }, 'has no number to set'],
  ] as const)('refuse for %s what makes no sense', (rule, change, why) => {
    expect(changeRule(usualRule(rule), { rule, ...change })).toContain(why);
  });
});
