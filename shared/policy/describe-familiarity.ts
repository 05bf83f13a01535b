import type { AccessDemand, AccessRequest, Grant } from '../model/access.ts';
import type { PeerProcess } from '../model/process.ts';
import { scopesCover } from './match-scope.ts';

/** What is different from last time, for the prompt. */
export type Familiarity = Pick<AccessRequest, 'familiarity' | 'firstTime'>;

/**
 * Compares a demand with the tool's earlier grants. A scope counts as seen only when it was granted to the same name from the
 * same executable and folder: a known name from elsewhere is new.
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
  return {
    familiarity: demand.scopes.map((scope) => ({
      scope,
      seen: fromHere.some((grant) => scopesCover(grant.scopes, [scope])) ? 'as-last-time' : 'new',
    })),
    firstTime: fromHere.length === 0,
  };
}
