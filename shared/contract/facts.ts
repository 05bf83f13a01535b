import type { RunningRequest, UsageRecord } from '../model/usage.ts';
import { groupUsage, type UsageGroup } from '../model/usage-group.ts';

/** Begins the `tokenId` of a refused call whose reference token is not a live one; the token's SHA-256 (base64url) follows. */
export const refusedReferencePrefix = 'sha256:';

/** A call that is about to go upstream. */
export interface OpenedRequest extends RunningRequest {
  /** Micro-dollars set aside for it, which is the most it can cost; 0 or left out where nothing limits what it costs. */
  readonly reservedMicroUsd?: number;
}

/** What a long answer has come to so far; told a few times a second at most. */
export interface ProgressFact {
  readonly requestId: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicroUsd: number | null;
}

/** What the gateway has to tell, in order. */
export interface Facts {
  readonly opened: readonly OpenedRequest[];
  readonly progress: readonly ProgressFact[];
  readonly settled: readonly UsageRecord[];
}

/** What a place of a row may hold. Counts are whole and not negative; a time is ISO 8601. */
export type FieldKind = 'text' | 'text?' | 'time' | 'flag' | 'count' | 'count?' | 'outcome';

type Fields<T> = readonly (readonly [name: keyof T & string, kind: FieldKind])[];

/**
 * The places of what neighbouring opened requests share. They travel in groups: `[the values of these, own]`, and `own` is flat and
 * holds those of {@link openedOwnFields} for each. What a request has put out and cost is told by `progress` and `settled`.
 */
export const openedSharedFields = [
  ['tokenId', 'text?'],
  ['endpoint', 'text'],
  ['model', 'text?'],
  ['credentialId', 'text?'],
  ['tool', 'text?'],
  ['grantId', 'text?'],
  ['provider', 'text?'],
  ['stream', 'flag'],
] as const satisfies Fields<OpenedRequest>;

/** The places of what each opened request has by itself. */
export const openedOwnFields = [
  ['requestId', 'text'],
  ['startedAt', 'time'],
  ['reservedMicroUsd', 'count'],
] as const satisfies Fields<OpenedRequest>;

/** The places of a progress row. */
export const progressFields = [
  ['requestId', 'text'],
  ['inputTokens', 'count'],
  ['outputTokens', 'count'],
  ['costMicroUsd', 'count?'],
] as const satisfies Fields<ProgressFact>;

/** The places of what the records of a group share. */
export const sharedFields = [
  ['tokenId', 'text?'],
  ['endpoint', 'text'],
  ['model', 'text?'],
  ['status', 'count'],
  ['outcome', 'outcome'],
  ['credentialId', 'text?'],
  ['tool', 'text?'],
  ['grantId', 'text?'],
  ['provider', 'text?'],
  ['stream', 'flag'],
  ['errorCode', 'text?'],
  ['priceVersion', 'text?'],
] as const satisfies Fields<UsageRecord>;

/**
 * Usage records as they travel and wait: an array of groups, each `[start, the values of {@link sharedFields}, own]` as
 * `UsageGroup` has them. What the gateway wrote goes to the ledger as it is, once it has been checked.
 */
export interface UsageText {
  readonly json: string;
  /** How many records are in it. */
  readonly records: number;
}

/** Groups as text. */
export function usageText(groups: readonly UsageGroup[]): UsageText {
  let records = 0;
  for (const group of groups) records += group.size;
  return { json: JSON.stringify(groups.map(groupRow)), records };
}

/** Separates the parts of a line: JSON never holds it but escaped. */
export const partEnd = '\t';

/**
 * Facts as one line without its end: a number that rises by one from line to line, starting with 1, and the arrays of what was
 * opened, told and settled as JSON; an empty one is left out.
 */
export function writeFacts(sequence: number, { opened, progress, settled }: Facts): string {
  const openedText = opened.length === 0 ? '' : JSON.stringify(openedRows(opened));
  const progressText = progress.length === 0 ? '' : JSON.stringify(progress.map(progressRow));
  const settledText = settled.length === 0 ? '' : JSON.stringify(groupUsage(settled).map(groupRow));
  return `${sequence}${partEnd}${openedText}${partEnd}${progressText}${partEnd}${settledText}`;
}

/** Spelled out in the order of {@link sharedFields}, since a loop over the names takes three times as long. */
function groupRow({ start, shared, own }: UsageGroup): readonly unknown[] {
  return [
    start,
    [
      shared.tokenId,
      shared.endpoint,
      shared.model,
      shared.status,
      shared.outcome,
      shared.credentialId,
      shared.tool,
      shared.grantId,
      shared.provider,
      shared.stream,
      shared.errorCode,
      shared.priceVersion,
    ],
    own,
  ];
}

function openedRows(requests: readonly OpenedRequest[]): readonly unknown[] {
  const rows: unknown[] = [];
  let first: OpenedRequest | null = null;
  let own: unknown[] = [];
  for (const request of requests) {
    if (first === null || !isLike(first, request)) {
      first = request;
      own = [];
      rows.push([openedShared(request), own]);
    }
    own.push(request.requestId, request.startedAt, request.reservedMicroUsd ?? 0);
  }
  return rows;
}

function openedShared(request: OpenedRequest): readonly unknown[] {
  return [
    request.tokenId,
    request.endpoint,
    request.model,
    request.credentialId,
    request.tool,
    request.grantId,
    request.provider,
    request.stream,
  ];
}

function isLike(one: OpenedRequest, other: OpenedRequest): boolean {
  return (
    one.tokenId === other.tokenId &&
    one.endpoint === other.endpoint &&
    one.model === other.model &&
    one.credentialId === other.credentialId &&
    one.tool === other.tool &&
    one.grantId === other.grantId &&
    one.provider === other.provider &&
    one.stream === other.stream
  );
}

function progressRow({ requestId, inputTokens, outputTokens, costMicroUsd }: ProgressFact): readonly unknown[] {
  return [requestId, inputTokens, outputTokens, costMicroUsd];
}
