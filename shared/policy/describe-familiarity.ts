import type { AccessDemand, AccessRequest, Grant } from '../model/access.ts';
import type { PeerProcess } from '../model/process.ts';
import { parseScope, scopesCover } from './match-scope.ts';

/** What is different from last time, for the prompt. */
export type Familiarity = Pick<AccessRequest, 'familiarity' | 'firstTime' | 'lastTime'>;

/**
 * Compares a demand with the tool's earlier grants, newest first. A scope counts as seen only when it was granted to the same
 * name from the same executable and folder: a known name from elsewhere is new.
 */
export function describeFamiliarity(
  demand: Pick<AccessDemand, 'tool' | 'scopes'>,
  process: PeerProcess | null,
  earlier: readonly Grant[],
): Familiarity {
  const fromHere = earlier.filter(
    (grant) =>
      grant.tool === demand.tool &&
      (grant.process?.executable ?? null) === (process?.executable ?? null) &&
      (grant.process?.folder ?? null) === (process?.folder ?? null),
  );
  const [last] = fromHere;
  return {
    familiarity: demand.scopes.map((scope) => judgeScope(scope, fromHere)),
    firstTime: last === undefined,
    lastTime: last === undefined ? null : termsOf(last),
  };
}

function judgeScope(scope: string, fromHere: readonly Grant[]): Familiarity['familiarity'][number] {
  if (fromHere.some((grant) => scopesCover(grant.scopes, [scope]))) return { scope, seen: 'as-last-time' };
  const narrower = fromHere.flatMap((grant) => grant.scopes).find((held) => isNarrower(held, scope));
  return { scope, seen: 'new', ...(narrower === undefined ? {} : { was: narrower }) };
}

/** True for the same provider and capability with fewer models, or for one provider or capability of all that are asked for now. */
function isNarrower(held: string, wanted: string): boolean {
  const [narrow, wide] = [parseScope(held), parseScope(wanted)];
  if (narrow === null || wide === null) return false;
  const isSameKind = narrow.provider === wide.provider && narrow.capability === wide.capability;
  return isSameKind || scopesCover([wanted], [held]);
}

function termsOf(grant: Grant): NonNullable<Familiarity['lastTime']> {
  return {
    at: grant.createdAt,
    ttlSeconds: Math.round((Date.parse(grant.expiresAt) - Date.parse(grant.createdAt)) / 1_000),
    uses: grant.uses,
    budgetMicroUsd: grant.budgetMicroUsd,
  };
}
