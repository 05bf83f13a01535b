import type { Registry } from '#main/store/registry/registry.ts';
import type { Grant } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { ownEndings } from './grant-entry.ts';

const historyOnLoad = 500;
const clockToleranceMs = 60_000;

/** A grant that the last run left, and how long it may go on, in milliseconds. */
export interface LoadedGrant {
  readonly grant: Grant;
  readonly lifetimeMs: number;
}

/**
 * Reads back what still counts: what is spent, then what lives, each oldest first. A grant lives for what is left of its time, and never longer than its whole lifetime
 * from now, whatever the wall clock says: one that claims to be made in the future was made before the clock was set back, and has
 * expired.
 */
export function loadGrants({ grants }: Pick<Registry, 'grants'>, clock: Clock): readonly LoadedGrant[] {
  const now = clock.now();
  const lingering = grants
    .list({ includeEnded: true, limit: historyOnLoad })
    .filter((grant) => grant.endedBy === ownEndings.spent && Date.parse(grant.expiresAt) > now);
  return [...grants.list(), ...lingering].reverse().map((grant) => {
    const isFromTheFuture = Date.parse(grant.createdAt) > now + clockToleranceMs;
    return { grant, lifetimeMs: isFromTheFuture ? 0 : Date.parse(grant.expiresAt) - now };
  });
}
