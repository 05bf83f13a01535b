import type { Registry } from '#main/store/registry/registry.ts';
import type { AccessRequest, InboxReason } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { describeFamiliarity } from '#shared/policy/describe-familiarity.ts';
import { findUnusual } from '#shared/policy/find-unusual.ts';
import { createIdentifier } from '../identifier.ts';
import { type Ask, averageSpend } from './access-case.ts';
import { windowOf } from './case-book.ts';
import { createConfirmation, createUserCode } from './user-code.ts';

/** What a request is made from besides the ask. */
export interface ComposingOptions {
  readonly registry: { readonly grants: Pick<Registry['grants'], 'listByTool'> };
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
}

/** So many of the tool's newest grants tell what is usual. */
const earlierGrants = 50;

/** Makes the request that a person sees: the ask, what is different from last time, and what is unusual. */
export function composeRequest(ask: Ask, inbox: InboxReason | null, options: ComposingOptions): AccessRequest {
  const { demand, process, channel } = ask;
  const now = options.clock.now();
  const createdAt = new Date(now).toISOString();
  const earlier = options.registry.grants.listByTool(demand.tool, earlierGrants);
  const unusual = findUnusual(demand, process, earlier);
  return {
    ...demand,
    id: createIdentifier('req', options.random),
    channel,
    process,
    binding: ask.binding ?? null,
    userCode: ask.userCode ?? createUserCode(options.random),
    createdAt,
    expiresAt: new Date(now + windowOf({ channel, createdAt, inbox }, now)).toISOString(),
    ...describeFamiliarity(demand, process, earlier),
    inbox,
    unusual,
    confirmation: unusual.length === 0 ? null : createConfirmation(options.random),
    averageSpendMicroUsd: averageSpend(earlier),
  };
}
