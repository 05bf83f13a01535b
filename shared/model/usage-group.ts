import type { UsageRecord } from './usage.ts';

/** What neighbouring records mostly have in common; the most telling ones first. */
export const sharedUsageNames = [
  'tokenId',
  'endpoint',
  'model',
  'status',
  'outcome',
  'credentialId',
  'tool',
  'grantId',
  'provider',
  'stream',
  'errorCode',
  'priceVersion',
] as const satisfies readonly (keyof UsageRecord)[];

/** See {@link sharedUsageNames}. */
export type SharedUsage = Pick<UsageRecord, (typeof sharedUsageNames)[number]>;

/** What each record has by itself, in the order in which it stands in {@link UsageGroup.own}; after these follows the rest. */
export const ownUsageNames = [
  'requestId',
  'startedAt',
  'inputTokens',
  'cachedInputTokens',
  'cacheWriteTokens',
  'outputTokens',
  'reasoningTokens',
  'costMicroUsd',
  'latencyMs',
  'firstByteMs',
] as const satisfies readonly (keyof UsageRecord)[];

/** Places that one record takes in {@link UsageGroup.own}. */
export const ownUsageWidth = ownUsageNames.length + 1;

/** Where in its places a record has what. `rest` is an object of what few records have, or null. */
export const ownUsagePlace = {
  ...{ requestId: 0, startedAt: 1, inputTokens: 2, cachedInputTokens: 3, cacheWriteTokens: 4, outputTokens: 5 },
  ...{ reasoningTokens: 6, costMicroUsd: 7, latencyMs: 8, firstByteMs: 9, rest: 10 },
} as const;

const place = ownUsagePlace;
const placedNames: ReadonlySet<string> = new Set([...sharedUsageNames, ...ownUsageNames]);
/** Groups that a record is held against: those of one moment are few, and one too many costs little. */
const comparedGroups = 4;

/**
 * Records that share all of {@link SharedUsage}, in order. What they share is there once, and what is each one's own lies flat in
 * one array, so that thousands a second make no objects: told, checked, charged and written by the group.
 */
export class UsageGroup {
  /** Milliseconds since the epoch that each record's `startedAt` in `own` counts from; it may lie before. */
  readonly start: number;
  readonly shared: SharedUsage;
  /** {@link ownUsageWidth} values for each record. */
  readonly own: unknown[];

  /** The values must be what a {@link UsageRecord} may hold. */
  constructor(start: number, shared: SharedUsage, own: unknown[]) {
    this.start = start;
    this.shared = shared;
    this.own = own;
  }

  /** How many records it holds. */
  get size(): number {
    return this.own.length / ownUsageWidth;
  }

  requestId(index: number): string {
    return this.own[index * ownUsageWidth] as string;
  }

  /** Milliseconds since the epoch. */
  startedAt(index: number): number {
    return this.start + (this.own[index * ownUsageWidth + place.startedAt] as number);
  }

  /** Integer micro-dollars; null when the price is unknown. */
  costMicroUsd(index: number): number | null {
    return this.own[index * ownUsageWidth + place.costMicroUsd] as number | null;
  }

  /** All input and output tokens. */
  tokens(index: number): number {
    const at = index * ownUsageWidth;
    return (this.own[at + place.inputTokens] as number) + (this.own[at + place.outputTokens] as number);
  }

  /** One record by itself. */
  record(index: number): UsageRecord {
    const { shared, own } = this;
    const at = index * ownUsageWidth;
    const rest = own[at + place.rest] as Partial<UsageRecord> | null;
    return {
      requestId: this.requestId(index),
      startedAt: new Date(this.startedAt(index)).toISOString(),
      tool: shared.tool,
      grantId: shared.grantId,
      tokenId: shared.tokenId,
      credentialId: shared.credentialId,
      provider: shared.provider,
      model: shared.model,
      endpoint: shared.endpoint,
      stream: shared.stream,
      status: shared.status,
      outcome: shared.outcome,
      errorCode: shared.errorCode,
      inputTokens: own[at + place.inputTokens] as number,
      cachedInputTokens: own[at + place.cachedInputTokens] as number,
      cacheWriteTokens: own[at + place.cacheWriteTokens] as number,
      outputTokens: own[at + place.outputTokens] as number,
      reasoningTokens: own[at + place.reasoningTokens] as number,
      costMicroUsd: this.costMicroUsd(index),
      priceVersion: shared.priceVersion,
      latencyMs: own[at + place.latencyMs] as number,
      firstByteMs: own[at + place.firstByteMs] as number | null,
      ...rest,
    };
  }

  /** Every record, in order. */
  records(): readonly UsageRecord[] {
    return Array.from({ length: this.size }, (_, index) => this.record(index));
  }

  /** The first so many of its records. */
  first(count: number): UsageGroup {
    return new UsageGroup(this.start, this.shared, this.own.slice(0, count * ownUsageWidth));
  }
}

/** Puts records that share what can be shared together. The order within a group is theirs; groups stand in the order of their first. */
export function groupUsage(records: readonly UsageRecord[]): readonly UsageGroup[] {
  const groups: UsageGroup[] = [];
  for (const record of records) {
    const startedAt = timeOf(record.startedAt);
    let group = findAlike(groups, record);
    if (group === null) {
      group = new UsageGroup(startedAt, record, []);
      groups.push(group);
    }
    group.own.push(
      record.requestId,
      startedAt - group.start,
      record.inputTokens,
      record.cachedInputTokens,
      record.cacheWriteTokens,
      record.outputTokens,
      record.reasoningTokens,
      record.costMicroUsd,
      record.latencyMs,
      record.firstByteMs,
      restOf(record),
    );
  }
  return groups;
}

/** Milliseconds since the epoch of an ISO 8601 moment, NaN for what is none. One as `toISOString` writes it takes a fifth of the time of `Date.parse`. */
export function timeOf(text: string): number {
  if (!isWrittenInFull(text)) return Date.parse(text);
  return Date.UTC(
    number(text, 0, 4),
    number(text, 5, 2) - 1,
    number(text, 8, 2),
    number(text, 11, 2),
    number(text, 14, 2),
    number(text, 17, 2),
    number(text, 20, 3),
  );
}

function isWrittenInFull(text: string): boolean {
  return (
    text.length === 24 && text.charCodeAt(10) === 0x54 && text.charCodeAt(19) === 0x2e && text.charCodeAt(23) === 0x5a
  );
}

function number(text: string, from: number, digits: number): number {
  let value = 0;
  for (let index = from; index < from + digits; index += 1) value = value * 10 + text.charCodeAt(index) - 0x30;
  return value;
}

function findAlike(groups: readonly UsageGroup[], record: UsageRecord): UsageGroup | null {
  const last = groups.length - 1;
  for (let index = last; index >= 0 && index > last - comparedGroups; index -= 1) {
    const group = groups[index];
    if (group !== undefined && isAlike(group.shared, record)) return group;
  }
  return null;
}

/** Spelled out, since a loop over the names takes several times as long. */
function isAlike(one: SharedUsage, other: SharedUsage): boolean {
  return (
    one.tokenId === other.tokenId &&
    one.endpoint === other.endpoint &&
    one.model === other.model &&
    one.status === other.status &&
    one.outcome === other.outcome &&
    one.credentialId === other.credentialId &&
    one.tool === other.tool &&
    one.grantId === other.grantId &&
    one.provider === other.provider &&
    one.stream === other.stream &&
    one.errorCode === other.errorCode &&
    one.priceVersion === other.priceVersion
  );
}

/** Most records have just the fields that have a place, which a count of the names tells. */
function restOf(record: UsageRecord): Readonly<Record<string, unknown>> | null {
  if (Object.keys(record).length === placedNames.size) return null;
  return Object.fromEntries(Object.entries(record).filter(([name]) => !placedNames.has(name)));
}
