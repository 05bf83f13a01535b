import type { WatchAction, WatchRuleStatus } from '#shared/model/alert.ts';
import { type Threshold, type WatchRule, watchRules } from '#shared/policy/watch-rules.ts';

/** What a rule does, in two words. */
export const actionNames: Readonly<Record<WatchAction, string>> = {
  notify: 'Tell me',
  ask: 'Ask anew',
  revoke: 'End access',
  off: 'Nothing',
};

/** One number of a rule with its present value. */
export interface RuleNumber extends Threshold {
  readonly name: string;
  readonly value: number;
}

/** A rule's numbers, in order. */
export function numbersOf({ rule, thresholds }: WatchRuleStatus): readonly RuleNumber[] {
  const known: WatchRule['thresholds'] = watchRules[rule].thresholds;
  return Object.entries(known).map(([name, threshold]) => ({
    ...threshold,
    name,
    value: thresholds[name] ?? threshold.usual,
  }));
}

/** True when somebody changed the rule. */
export function isChanged(status: WatchRuleStatus): boolean {
  const { actions }: WatchRule = watchRules[status.rule];
  return status.action !== actions[0] || numbersOf(status).some(({ value, usual }) => value !== usual);
}

/** Reads what was typed for a number; a sentence says what is wrong with it. */
export function readNumber(text: string, { least, most, unit }: Threshold): number | string {
  const value = /^\d{1,9}(?:\.\d{1,6})?$/.test(text.trim()) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : `Between ${least} and ${most} ${unit}`;
}
