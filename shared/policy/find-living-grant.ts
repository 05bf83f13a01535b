import type { AccessDemand, Grant } from '../model/access.ts';
import type { GrantBinding } from '../model/binding.ts';
import type { PeerProcess } from '../model/process.ts';
import { scopesCover } from './match-scope.ts';
import { isSameProgram } from './same-program.ts';

/** A token that would end sooner than this is not worth having, in milliseconds. */
const leastLeftMs = 60_000;

/** A demand as it came in. */
export interface PlacedDemand {
  readonly demand: AccessDemand;
  readonly process: PeerProcess | null;
  readonly binding: GrantBinding | null;
}

/**
 * The living grant that already answers a demand: of the same tool, by the same program in the same folder, for the same
 * scopes. A token under it gives nothing that a person did not allow: its limits are the grant's and are shared with it. A
 * demand that is narrower than the grant is none of these, nor is one that counts uses. Null when somebody has to decide.
 */
export function findLivingGrant(
  { demand, process, binding }: PlacedDemand,
  { grants, now }: { readonly grants: readonly Grant[]; readonly now: number },
): Grant | null {
  if (demand.ownGrant === true || demand.uses !== null) return null;
  const answering = grants.find(
    (grant) =>
      grant.status === 'active' &&
      grant.parentGrantId === null &&
      grant.tool === demand.tool &&
      isSameProgram(grant.process, process) &&
      JSON.stringify(grant.binding) === JSON.stringify(binding) &&
      isSameAsk(grant, demand) &&
      Date.parse(grant.expiresAt) - now >= Math.min(leastLeftMs, demand.ttlSeconds * 1_000),
  );
  return answering ?? null;
}

function isSameAsk(grant: Grant, demand: AccessDemand): boolean {
  const isSameScope = scopesCover(grant.scopes, demand.scopes) && scopesCover(demand.scopes, grant.scopes);
  if (!isSameScope || grant.uses !== null || grant.budgetLeftMicroUsd === 0) return false;
  return demand.budgetMicroUsd === null || isAtMost(grant.budgetMicroUsd, demand.budgetMicroUsd);
}

function isAtMost(limit: number | null, most: number): boolean {
  return limit !== null && limit <= most;
}
