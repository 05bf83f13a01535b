import type { AccessRequest, Grant } from '#shared/model/access.ts';
import type { UsageRecord } from '#shared/model/usage.ts';

/** How far a tool has come. */
export type Arrival =
  /** It waits for an answer. */
  | { readonly state: 'asking'; readonly request: AccessRequest }
  /** Its newest call. */
  | { readonly state: 'arrived' | 'refused' | 'failed'; readonly record: UsageRecord }
  /** It may call, but has not. */
  | { readonly state: 'allowed'; readonly grant: Grant }
  | { readonly state: 'nothing' };

/** What is known of a tool. */
export interface ArrivalFacts {
  readonly requests: readonly AccessRequest[];
  readonly grants: readonly Grant[];
  /** Newest calls, in any order. */
  readonly records: readonly UsageRecord[];
}

const recordStates = {
  ok: 'arrived',
  client_aborted: 'arrived',
  upstream_error: 'failed',
  denied: 'refused',
} as const satisfies Record<UsageRecord['outcome'], string>;

/** Decides what to say about a tool that gives itself one of `names`; without names any tool is meant. */
export function judgeArrival(names: readonly string[], facts: ArrivalFacts): Arrival {
  const known = new Set(names.map((name) => name.toLowerCase()));
  const isMeant = (tool: string | null): boolean =>
    known.size === 0 || (tool !== null && known.has(tool.toLowerCase().replaceAll(' ', '-')));
  const request = facts.requests.find(({ tool }) => isMeant(tool));
  if (request !== undefined) return { state: 'asking', request };
  const record = facts.records
    .filter(({ tool }) => isMeant(tool))
    .reduce<UsageRecord | undefined>(
      (newest, each) => (newest === undefined || each.startedAt > newest.startedAt ? each : newest),
      undefined,
    );
  const grant = facts.grants.find(({ tool }) => isMeant(tool));
  if (record !== undefined && (grant === undefined || record.startedAt >= grant.createdAt))
    return { state: recordStates[record.outcome], record };
  if (grant !== undefined) return { state: 'allowed', grant };
  return { state: 'nothing' };
}
