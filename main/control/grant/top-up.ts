import type { Grant } from '#shared/model/access.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { type GrantEntry, ownEndings } from './grant-entry.ts';

/** Throws `not_found` for a grant that is over, and `conflict` for one without a budget or without uses. */
export function assertCanTopUp(id: string, entry: GrantEntry | undefined): asserts entry is GrantEntry {
  const isLive = entry !== undefined && (entry.grant.status === 'active' || entry.grant.endedBy === ownEndings.spent);
  if (!isLive || entry.deadline === null)
    throw new TollkeeperError('not_found', `There is no living grant ${id}. \`toll grants --active\` shows them.`);
  if (entry.grant.budgetMicroUsd === null)
    throw new TollkeeperError('conflict', `Grant ${id} has no budget that could be added to.`);
  if (entry.grant.usesLeft === 0) throw new TollkeeperError('conflict', `Grant ${id} has no uses left.`);
}

/** The grant with more to spend, alive again when it had ended because that was spent. */
export function toppedUp(grant: Grant, amountMicroUsd: number): Grant {
  const budgetMicroUsd = (grant.budgetMicroUsd ?? 0) + amountMicroUsd;
  return {
    ...grant,
    ...{ status: 'active', endedAt: null, endedBy: null, budgetMicroUsd },
    budgetLeftMicroUsd: Math.max(0, budgetMicroUsd - grant.spentMicroUsd),
  };
}
