import type { Grant } from '../model/access.ts';
import { TollkeeperError } from '../model/error.ts';
import { scopesCover } from './match-scope.ts';

/** What the holder of a token wants its sub-agent to have; what is not named is the parent's. */
export interface NarrowingWish {
  readonly scopes?: readonly string[] | undefined;
  readonly ttlSeconds?: number | undefined;
  /** End of the token in hand, milliseconds since the epoch; it may be nearer than its grant’s. */
  readonly until?: number | undefined;
  readonly uses?: number | undefined;
  readonly budgetMicroUsd?: number | undefined;
  readonly purpose?: string | undefined;
}

/** What a sub-agent gets. */
export interface NarrowedTerms {
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** Null for no limit. */
  readonly uses: number | null;
  readonly budgetMicroUsd: number | null;
  readonly purpose: string | null;
}

/**
 * Narrows what is left of a living grant. Time, uses and money are cut to what the parent has left; a scope that the parent does
 * not cover is not cut but refused with `insufficient_scope`, since the sub-agent would find out only when it fails. A parent
 * with nothing left hands on nothing: `token_already_used` or `budget_exceeded`.
 */
export function narrowGrant(parent: Grant, wish: NarrowingWish, now: number): NarrowedTerms {
  if (parent.usesLeft === 0) throw new TollkeeperError('token_already_used');
  if (parent.budgetLeftMicroUsd === 0) throw new TollkeeperError('budget_exceeded');
  const scopes = wish.scopes ?? parent.scopes;
  const added = scopes.find((scope) => !scopesCover(parent.scopes, [scope]));
  if (added !== undefined) {
    throw new TollkeeperError(
      'insufficient_scope',
      `A token can only be narrowed, and ${added} is not in it. Choose within: ${parent.scopes.join(' ')}`,
      { details: { scope: added } },
    );
  }
  const end = Math.min(Date.parse(parent.expiresAt), wish.until ?? Number.POSITIVE_INFINITY);
  return {
    scopes,
    expiresAt: wish.ttlSeconds === undefined ? end : Math.min(end, now + wish.ttlSeconds * 1_000),
    uses: least(wish.uses, parent.usesLeft),
    budgetMicroUsd: least(wish.budgetMicroUsd, parent.budgetLeftMicroUsd),
    purpose: wish.purpose ?? parent.purpose,
  };
}

function least(wished: number | undefined, left: number | null): number | null {
  if (wished === undefined) return left;
  return left === null ? wished : Math.min(wished, left);
}
