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

/** A grant that answers a demand. */
export interface LivingAnswer {
  readonly grant: Grant;
  /** True when a token under the grant itself is no more than what is asked; else it has to be narrowed first. */
  readonly isWhole: boolean;
}

/**
 * The living grant that already answers a demand: of the same tool, by the same program in the same folder, bound to the same, for
 * these scopes or more, and ending at the lock where that is asked. It gives nothing that a person did not allow: its limits stay, and whatever is given under it shares
 * them. Null when somebody has to decide.
 */
export function findLivingGrant(
  { demand, process, binding }: PlacedDemand,
  { grants, now }: { readonly grants: readonly Grant[]; readonly now: number },
): LivingAnswer | null {
  if (demand.ownGrant === true || demand.endsWhen?.run === true) return null;
  const answers = grants
    .filter(
      (grant) =>
        isUsable(grant, now + Math.min(leastLeftMs, demand.ttlSeconds * 1_000)) &&
        grant.tool === demand.tool &&
        (grant.untilLock || demand.endsWhen?.lock !== true) &&
        isSameProgram(grant.process, process) &&
        JSON.stringify(grant.binding) === JSON.stringify(binding) &&
        scopesCover(grant.scopes, demand.scopes),
    )
    .map((grant) => ({ grant, isWhole: isWithin(grant, demand) }));
  return answers.find(({ isWhole }) => isWhole) ?? answers[0] ?? null;
}

/** Grants that count uses answer for nobody else: each use was allowed to one asker. */
function isUsable(grant: Grant, until: number): boolean {
  const isOwn = grant.status === 'active' && grant.parentGrantId === null && grant.uses === null;
  return isOwn && grant.budgetLeftMicroUsd !== 0 && Date.parse(grant.expiresAt) >= until;
}

function isWithin(grant: Grant, demand: AccessDemand): boolean {
  if (demand.uses !== null || !scopesCover(demand.scopes, grant.scopes)) return false;
  return demand.budgetMicroUsd === null || isAtMost(grant.budgetMicroUsd, demand.budgetMicroUsd);
}

function isAtMost(limit: number | null, most: number): boolean {
  return limit !== null && limit <= most;
}
