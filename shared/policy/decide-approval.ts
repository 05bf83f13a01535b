import type { AccessDemand, Policy } from '../model/access.ts';
import type { PeerProcess } from '../model/process.ts';
import { evaluatePolicies } from './evaluate-policy.ts';
import type { GrantTerms } from './narrow-approval.ts';

/** What is to happen with a token request. */
export type ApprovalDecision =
  /** A standing policy allows it, on these terms. */
  | { readonly outcome: 'granted'; readonly terms: GrantTerms; readonly policyIds: readonly string[] }
  | { readonly outcome: 'denied'; readonly policyId: string }
  /** A person has to answer. */
  | { readonly outcome: 'ask' };

/**
 * Decides a token request by the standing policies alone; without one that covers all of it, a person is asked. A policy never
 * gives more than was asked, nor more than itself: the terms are the least of the demand's and of each policy's.
 */
export function decideApproval(
  demand: AccessDemand,
  process: PeerProcess | null,
  policies: readonly Policy[],
): ApprovalDecision {
  const verdict = evaluatePolicies(demand, process, policies);
  if (verdict.effect === 'none') return { outcome: 'ask' };
  if (verdict.effect === 'deny') return { outcome: 'denied', policyId: verdict.policy.id };
  return {
    outcome: 'granted',
    terms: {
      scopes: demand.scopes,
      ttlSeconds: Math.min(demand.ttlSeconds, ...verdict.policies.map((policy) => policy.ttlSeconds)),
      uses: leastOf([demand.uses, ...verdict.policies.map((policy) => policy.uses)]),
      budgetMicroUsd: leastOf([demand.budgetMicroUsd, ...verdict.policies.map((policy) => policy.budgetMicroUsd)]),
      untilLock: demand.endsWhen?.lock ?? false,
      ...(demand.endsWhen === undefined ? {} : { endsWhen: demand.endsWhen }),
    },
    policyIds: verdict.policies.map((policy) => policy.id),
  };
}

/** The lowest limit; null stands for no limit. */
function leastOf(limits: readonly (number | null)[]): number | null {
  const numbers = limits.filter((limit) => limit !== null);
  return numbers.length === 0 ? null : Math.min(...numbers);
}
