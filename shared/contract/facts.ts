import type { RunningRequest, UsageRecord } from '../model/usage.ts';

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

/** What both an opened and a settled row begin with. */
const callFields = [
  ['requestId', 'text'],
  ['startedAt', 'time'],
  ['tool', 'text?'],
  ['grantId', 'text?'],
  ['tokenId', 'text?'],
  ['credentialId', 'text?'],
  ['provider', 'text?'],
  ['model', 'text?'],
  ['endpoint', 'text'],
  ['stream', 'flag'],
] as const satisfies Fields<RunningRequest & UsageRecord>;

/** The places of a settled row. Fields that few rows have follow in one more place, as an object, null when there are none. */
export const settledFields = [
  ...callFields,
  ['status', 'count'],
  ['outcome', 'outcome'],
  ['errorCode', 'text?'],
  ['inputTokens', 'count'],
  ['cachedInputTokens', 'count'],
  ['cacheWriteTokens', 'count'],
  ['outputTokens', 'count'],
  ['reasoningTokens', 'count'],
  ['costMicroUsd', 'count?'],
  ['priceVersion', 'text?'],
  ['latencyMs', 'count'],
  ['firstByteMs', 'count?'],
] as const satisfies Fields<UsageRecord>;

/** The places of an opened row; what it has put out and cost is told by `progress` and `settled`. */
export const openedFields = [...callFields, ['reservedMicroUsd', 'count']] as const satisfies Fields<OpenedRequest>;

/** The places of a progress row. */
export const progressFields = [
  ['requestId', 'text'],
  ['inputTokens', 'count'],
  ['outputTokens', 'count'],
  ['costMicroUsd', 'count?'],
] as const satisfies Fields<ProgressFact>;

/** One usage record as it travels and waits: the values of {@link settledFields}, then the rest or null. */
export type UsageRow = readonly unknown[];

const settledNames: ReadonlySet<string> = new Set(settledFields.map(([name]) => name));

/** A usage record as a row. Spelled out in the order of {@link settledFields}, since a loop over the names takes three times as long. */
export function usageRow(record: UsageRecord): UsageRow {
  return [
    record.requestId,
    record.startedAt,
    record.tool,
    record.grantId,
    record.tokenId,
    record.credentialId,
    record.provider,
    record.model,
    record.endpoint,
    record.stream,
    record.status,
    record.outcome,
    record.errorCode,
    record.inputTokens,
    record.cachedInputTokens,
    record.cacheWriteTokens,
    record.outputTokens,
    record.reasoningTokens,
    record.costMicroUsd,
    record.priceVersion,
    record.latencyMs,
    record.firstByteMs,
    restOf(record),
  ];
}

function openedRow(request: OpenedRequest): readonly unknown[] {
  return [
    request.requestId,
    request.startedAt,
    request.tool,
    request.grantId,
    request.tokenId,
    request.credentialId,
    request.provider,
    request.model,
    request.endpoint,
    request.stream,
    request.reservedMicroUsd ?? 0,
  ];
}

function progressRow({ requestId, inputTokens, outputTokens, costMicroUsd }: ProgressFact): readonly unknown[] {
  return [requestId, inputTokens, outputTokens, costMicroUsd];
}

/** Facts as one line of JSON without its end, under a number that rises by one from line to line, starting with 1. */
export function writeFacts(sequence: number, facts: Facts): string {
  return JSON.stringify([
    sequence,
    facts.opened.map(openedRow),
    facts.progress.map(progressRow),
    facts.settled.map(usageRow),
  ]);
}

/** Most records have just the fields that have a place, which a count of the names tells. */
function restOf(record: UsageRecord): Readonly<Record<string, unknown>> | null {
  const names = Object.keys(record);
  if (names.length === settledNames.size) return null;
  return Object.fromEntries(Object.entries(record).filter(([name]) => !settledNames.has(name)));
}
