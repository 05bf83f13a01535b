import type { Actor, Grant } from '#shared/model/access.ts';
import type { Deadline } from '../deadlines.ts';

/** Ends that a grant comes to by itself, as its `endedBy` names them. */
export const ownEndings = { spent: 'spent', expired: 'expired', parentEnded: 'parent-ended' } as const;

/** A grant in the book: how it stands, and what of that is not on the disk yet. */
export interface GrantEntry {
  grant: Grant;
  /** Null once it is over for good. */
  deadline: Deadline | null;
  /** Requests in flight, those of its sub-agents included. */
  running: number;
  unsaved: { uses: number; costMicroUsd: number };
  unrecorded: { readonly endedAt: string; readonly endedBy: string; readonly actor: Actor } | null;
}

/** An entry with nothing counted and no deadline. */
export function entryOf(grant: Grant): GrantEntry {
  return { grant, deadline: null, running: 0, unsaved: { uses: 0, costMicroUsd: 0 }, unrecorded: null };
}

/** True when something of it is not written down yet. */
export function hasUnsaved({ unsaved, unrecorded }: GrantEntry): boolean {
  return unrecorded !== null || unsaved.uses > 0 || unsaved.costMicroUsd > 0;
}

/** True while the book has to remember it. */
export function isNeeded(entry: GrantEntry): boolean {
  return entry.grant.status === 'active' || entry.running > 0 || entry.deadline !== null || hasUnsaved(entry);
}

/**
 * Ended, but the gateway still has to know it: a spent one until it would have expired, so that the gateway can say that it is
 * spent, and an expired one while its last requests run.
 */
export function isLingering({ grant, deadline, running }: GrantEntry): boolean {
  if (grant.status === 'active') return false;
  if (grant.endedBy === ownEndings.spent) return deadline !== null;
  return grant.endedBy === ownEndings.expired && running > 0;
}
