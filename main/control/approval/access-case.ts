import type { AccessDemand, AccessRequest, Actor, Grant, RequestChannel } from '#shared/model/access.ts';
import type { GrantBinding } from '#shared/model/binding.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import type { GrantTerms } from '#shared/policy/narrow-approval.ts';
import type { Deadline } from '../deadlines.ts';

/** What somebody asks for, and how it came in. */
export interface Ask {
  readonly demand: AccessDemand;
  readonly channel: RequestChannel;
  readonly process: PeerProcess | null;
  /** Where the tokens are to work; null or left out for anywhere. */
  readonly binding?: GrantBinding | null | undefined;
  /** The code the tool already shows; null when the desk is to make one. */
  readonly userCode: string | null;
}

/** How a request ended. */
export type Settlement =
  /** `endsAt`, milliseconds since the epoch, ends the token before a grant that was asked for earlier, and for longer. */
  | { readonly outcome: 'granted'; readonly grant: Grant; readonly endsAt?: number }
  | { readonly outcome: 'denied'; readonly by: Actor }
  | { readonly outcome: 'expired' };

/** A request from asking to its answer, and somewhat longer. */
export interface Case {
  request: AccessRequest;
  readonly settled: Promise<Settlement>;
  readonly settle: (settlement: Settlement) => void;
  /** How many share it, and may each collect the decision once. */
  askers: number;
  /** How many have not given up. */
  interested: number;
  isDecided: boolean;
  deadline: Deadline | null;
}

/** A case of one asker, undecided. */
export function caseOf(request: AccessRequest): Case {
  let settle: (settlement: Settlement) => void = () => undefined;
  const settled = new Promise<Settlement>((resolve) => {
    settle = resolve;
  });
  return { request, settled, settle, askers: 1, interested: 1, isDecided: false, deadline: null };
}

/** True when both are the same question to a person. */
export function isEqualAsk(request: AccessRequest, ask: Ask): boolean {
  return questionOf(request, request) === questionOf(ask.demand, ask);
}

function questionOf(
  demand: AccessDemand,
  { channel, process, binding = null }: Pick<Ask, 'channel' | 'process' | 'binding'>,
): string {
  const { tool, scopes, ttlSeconds, budgetMicroUsd, purpose, ownGrant = false, endsWhen } = demand;
  const place = [process?.executable, process?.folder, process?.parents[0]?.pid];
  const terms = [[...scopes].sort(), ttlSeconds, budgetMicroUsd, purpose, ownGrant, endsWhen, binding];
  return JSON.stringify([channel, tool, terms, place]);
}

/** Average spend of the ended ones in micro-dollars; null when there is none. */
export function averageSpend(earlier: readonly Grant[]): number | null {
  const ended = earlier.filter((grant) => grant.status === 'ended');
  if (ended.length === 0) return null;
  return Math.round(ended.reduce((sum, grant) => sum + grant.spentMicroUsd, 0) / ended.length);
}

/** Terms as the audit log keeps them. */
export function termsDetail(terms: GrantTerms): Record<string, unknown> {
  return {
    granted: terms.scopes,
    ttlSeconds: terms.ttlSeconds,
    uses: terms.uses,
    budgetMicroUsd: terms.budgetMicroUsd,
  };
}

/** The asking process as the audit log keeps it. */
export function processDetail(process: PeerProcess | null): Record<string, unknown> {
  if (process === null) return {};
  const { executable, executableHash = null, folder, pid } = process;
  return { executable, ...(executableHash === null ? {} : { executableHash }), folder, pid };
}
