import type { LimitStatus } from '#shared/model/limit.ts';

/** The day's budget of everything, in micro-dollars. */
export interface DailyBudget {
  readonly allowedMicroUsd: number;
  /** What calls that have ended and calls that run have used of it. */
  readonly usedMicroUsd: number;
  /** True when calls beyond it are refused; else it is only shown. */
  readonly isEnforced: boolean;
}

/** The limit on everything a day, since it is what refuses calls; without one the amount that is only shown, or null. */
export function dailyBudget(
  limits: readonly LimitStatus[] | undefined,
  shownMicroUsd: number | null | undefined,
  spentMicroUsd: number,
): DailyBudget | null {
  const limit = limits?.find(
    ({ subject, rule }) => subject.kind === 'everything' && rule.kind === 'budget' && rule.period === 'day',
  );
  if (limit !== undefined)
    return { allowedMicroUsd: limit.allowed, usedMicroUsd: limit.used + limit.running, isEnforced: true };
  if (shownMicroUsd === null || shownMicroUsd === undefined) return null;
  return { allowedMicroUsd: shownMicroUsd, usedMicroUsd: spentMicroUsd, isEnforced: false };
}
