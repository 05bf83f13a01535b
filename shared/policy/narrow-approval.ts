import type { AccessDemand, Approval, EndsWhen } from '../model/access.ts';
import { TollkeeperError } from '../model/error.ts';
import { scopesCover } from './match-scope.ts';

/** What a grant is made from: the demand as it was answered. */
export interface GrantTerms {
  readonly scopes: readonly string[];
  readonly ttlSeconds: number;
  /** Null for no limit. */
  readonly uses: number | null;
  /** Null for no limit. */
  readonly budgetMicroUsd: number | null;
  readonly untilLock: boolean;
  /** What else ends it. */
  readonly endsWhen?: EndsWhen;
}

/**
 * Applies a person's answer to a demand. Time, uses and money are the person's to set within their ceilings; the scopes can
 * only be narrowed: throws `invalid_request` for one that was not asked for.
 */
export function narrowApproval(demand: AccessDemand, approval: Approval): GrantTerms {
  const scopes = approval.scopes ?? demand.scopes;
  const added = scopes.find((scope) => !scopesCover(demand.scopes, [scope]));
  if (added !== undefined) {
    throw new TollkeeperError(
      'invalid_request',
      `An answer can only narrow what was asked, and ${added} was not. Choose among: ${demand.scopes.join(' ')}`,
    );
  }
  return {
    scopes,
    ttlSeconds: approval.ttlSeconds ?? demand.ttlSeconds,
    uses: approval.uses === undefined ? demand.uses : approval.uses,
    budgetMicroUsd: approval.budgetMicroUsd === undefined ? demand.budgetMicroUsd : approval.budgetMicroUsd,
    untilLock: approval.untilLock ?? demand.endsWhen?.lock ?? false,
    ...(demand.endsWhen === undefined ? {} : { endsWhen: demand.endsWhen }),
  };
}
