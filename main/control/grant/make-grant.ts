import type { Actor, Grant } from '#shared/model/access.ts';
import type { GrantBinding } from '#shared/model/binding.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import { grantEnd } from '#shared/policy/grant-end.ts';
import type { GrantTerms } from '#shared/policy/narrow-approval.ts';
import type { NarrowedTerms } from '#shared/policy/narrow-grant.ts';

/** What a new grant is made from. */
export interface GrantDraft {
  readonly requestId: string;
  readonly tool: string;
  readonly purpose: string | null;
  readonly process: PeerProcess | null;
  /** Null binds it to nothing. */
  readonly binding: GrantBinding | null;
  readonly terms: GrantTerms;
  readonly approvedBy: Actor;
}

/** A grant that somebody gave, living from `now`, milliseconds since the epoch. */
export function grantFrom(draft: GrantDraft, now: number, id: string): Grant {
  const { terms } = draft;
  return {
    id,
    requestId: draft.requestId,
    parentGrantId: null,
    tool: draft.tool,
    delegate: null,
    scopes: [...terms.scopes],
    status: 'active',
    createdAt: new Date(now).toISOString(),
    expiresAt: new Date(grantEnd(terms, now)).toISOString(),
    endedAt: null,
    endedBy: null,
    uses: terms.uses,
    usesLeft: terms.uses,
    budgetMicroUsd: terms.budgetMicroUsd,
    budgetLeftMicroUsd: terms.budgetMicroUsd,
    spentMicroUsd: 0,
    untilLock: terms.untilLock,
    ...(terms.endsWhen ? { endsWhen: terms.endsWhen } : {}),
    purpose: draft.purpose,
    process: draft.process,
    binding: draft.binding,
    approvedBy: draft.approvedBy,
  };
}

/** A grant that a sub-agent gets from `parent`: everything the parent is bound to binds it as well. */
export function childOf(
  parent: Grant,
  child: { readonly id: string; readonly delegate: string; readonly terms: NarrowedTerms; readonly now: number },
): Grant {
  const { terms } = child;
  return {
    ...parent,
    id: child.id,
    parentGrantId: parent.id,
    delegate: child.delegate,
    scopes: [...terms.scopes],
    createdAt: new Date(child.now).toISOString(),
    expiresAt: new Date(terms.expiresAt).toISOString(),
    uses: terms.uses,
    usesLeft: terms.uses,
    budgetMicroUsd: terms.budgetMicroUsd,
    budgetLeftMicroUsd: terms.budgetMicroUsd,
    spentMicroUsd: 0,
    purpose: terms.purpose,
  };
}
