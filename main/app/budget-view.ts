import type { Grant } from '#shared/model/access.ts';
import { type LimitStatus, usualWarnings } from '#shared/model/limit.ts';
import { describeRule, describeSubject, dollars, localMinute } from '#shared/policy/describe-limit.ts';

/** One budget that is nearly or wholly spent: a grant's, or a standing one. */
export interface TightBudget {
  readonly kind: 'grant' | 'limit';
  readonly id: string;
  /** Whose it is, such as `“codex”`. */
  readonly whose: string;
  /** What it allows, such as `$5.00 a day`. */
  readonly allows: string;
  /** Whole percents used, which may pass 100. */
  readonly percent: number;
  /** The highest warning it has reached. */
  readonly warned: number;
  /** The window the warning belongs to; a new one may warn again. */
  readonly window: string;
  /** What a top-up adds, in micro-dollars. */
  readonly topUpMicroUsd: number;
  /** When it begins anew, on this machine's clock; null for never. */
  readonly anew: string | null;
}

/** Amounts a top-up adds, in micro-dollars: $5, $1 or 25 cents. */
const topUps = [5_000_000, 1_000_000, 250_000] as const;

/** Budgets that have reached one of their warnings, the tightest first. `grants` holds the living ones and those just spent. */
export function tightBudgets(
  grants: readonly Grant[],
  limits: readonly LimitStatus[],
  now: number,
): readonly TightBudget[] {
  return [...grants.flatMap((grant) => tightGrant(grant, now)), ...limits.flatMap(tightLimit)].sort(
    (first, second) => second.percent - first.percent,
  );
}

/** Those of `after` that have reached a warning since `before`. */
export function newWarnings(before: readonly TightBudget[], after: readonly TightBudget[]): readonly TightBudget[] {
  const known = new Map(before.map((budget) => [keyOf(budget), budget.warned]));
  return after.filter((budget) => budget.warned > (known.get(keyOf(budget)) ?? 0));
}

function keyOf({ id, window }: TightBudget): string {
  return `${id} ${window}`;
}

function tightGrant(grant: Grant, now: number): readonly TightBudget[] {
  const { id, tool, budgetMicroUsd, spentMicroUsd, usesLeft } = grant;
  const canGoOn = grant.status === 'active' || (grant.endedBy === 'spent' && Date.parse(grant.expiresAt) > now);
  if (budgetMicroUsd === null || budgetMicroUsd <= 0 || !canGoOn || usesLeft === 0) return [];
  const percent = Math.floor((spentMicroUsd * 100) / budgetMicroUsd);
  const warned = Math.max(0, ...usualWarnings.filter((share) => percent >= share));
  if (warned === 0) return [];
  return [
    {
      ...{ kind: 'grant', id, percent, warned },
      whose: `\u201C${tool}\u201D`,
      allows: dollars(budgetMicroUsd),
      window: String(budgetMicroUsd),
      topUpMicroUsd: topUpFor(budgetMicroUsd),
      anew: null,
    },
  ];
}

function tightLimit(limit: LimitStatus): readonly TightBudget[] {
  const { id, rule, subject, percent, warned, resetsAt, topUpMicroUsd, windowStartedAt } = limit;
  if (rule.kind !== 'budget' || rule.period === 'request' || warned === null) return [];
  return [
    {
      ...{ kind: 'limit', id, percent, warned },
      whose: describeSubject(subject),
      allows: describeRule(rule),
      window: `${windowStartedAt} ${topUpMicroUsd}`,
      topUpMicroUsd: topUpFor(rule.amountMicroUsd),
      anew: resetsAt === null ? null : localMinute(Date.parse(resetsAt)),
    },
  ];
}

/** The largest that is not out of all proportion to the budget. */
function topUpFor(budgetMicroUsd: number): number {
  return topUps.find((amount) => amount <= 2 * budgetMicroUsd) ?? topUps[2];
}
