import { lazily } from '../model/lazily.ts';
import { outcomeSchema, usageRecordSchema } from '../model/usage.ts';
import {
  ownUsageNames,
  ownUsagePlace,
  ownUsageWidth,
  type SharedUsage,
  sharedUsageNames,
  timeOf,
  UsageGroup,
} from '../model/usage-group.ts';
import {
  type FieldKind,
  type OpenedRequest,
  openedOwnFields,
  openedSharedFields,
  type ProgressFact,
  partEnd,
  progressFields,
  sharedFields,
  type UsageText,
} from './facts.ts';

/** One line of facts, checked. */
export interface FactsFrame {
  readonly sequence: number;
  readonly opened: readonly OpenedRequest[];
  readonly progress: readonly ProgressFact[];
  readonly settled: readonly UsageGroup[];
  /** The same as `settled`, as it came, for the ledger. */
  readonly text: UsageText;
}

const outcomes: ReadonlySet<unknown> = new Set(outcomeSchema.options);
const placed = [...sharedUsageNames, ...ownUsageNames];
const restSchema = lazily(() =>
  usageRecordSchema
    .omit(Object.fromEntries(placed.map((name) => [name, true])) as Record<(typeof placed)[number], true>)
    .strict(),
);
const latestTime = 8.64e15;
const lineParts = 4;

/**
 * Reads one line of facts. Null when any of it is not what the contract says: it is checked by hand, since it comes thousands of
 * times a second and a schema would take longer than everything else that is done with it. A line in any other format, such as
 * those that earlier builds left in a spill, is none.
 */
export function readFacts(line: string): FactsFrame | null {
  const parts = line.split(partEnd);
  if (parts.length !== lineParts) return null;
  const [sequenceText = '', openedText = '', progressText = '', json = ''] = parts;
  const sequence = Number(sequenceText);
  const [opened, progress, settled] = [openedText, progressText, json].map(parseRows);
  if (!isCount(sequence) || String(sequence) !== sequenceText || !opened || !progress || !settled) return null;
  if (!opened.every(isOpenedRow) || !progress.every(isProgressRow) || !settled.every(isGroupRow)) return null;
  const groups = settled.map(usageGroup);
  return {
    sequence,
    opened: opened.flatMap(openedRequests),
    progress: progress.map(progressFact),
    settled: groups,
    text: { json: json === '' ? '[]' : json, records: groups.reduce((sum, group) => sum + group.size, 0) },
  };
}

/** The groups in the `json` of a {@link UsageText}, which was made or checked by this program. */
export function readUsage(json: string): readonly UsageGroup[] {
  return (JSON.parse(json) as readonly Row[]).map(usageGroup);
}

/** The same for a JSON array of such. */
export function readUsageTexts(json: string): readonly UsageGroup[] {
  return (JSON.parse(json) as readonly (readonly Row[])[]).flatMap((rows) => rows.map(usageGroup));
}

type Row = readonly unknown[];

type Values<F extends readonly (readonly [string, FieldKind])[], T> = {
  readonly [I in keyof F]: F[I] extends readonly [infer N extends keyof T, FieldKind] ? T[N] : never;
};

/** Spelled out in the order of `sharedFields`, since a loop over the names takes ten times as long. */
function usageGroup(row: Row): UsageGroup {
  const [start, shared, own] = row as [number, Values<typeof sharedFields, SharedUsage>, unknown[]];
  return new UsageGroup(
    start,
    {
      tokenId: shared[0],
      endpoint: shared[1],
      model: shared[2],
      status: shared[3],
      outcome: shared[4],
      credentialId: shared[5],
      tool: shared[6],
      grantId: shared[7],
      provider: shared[8],
      stream: shared[9],
      errorCode: shared[10],
      priceVersion: shared[11],
    },
    own,
  );
}

function isGroupRow(row: Row): boolean {
  const [start, shared, own] = row;
  if (row.length !== 3 || !isCount(start) || !Array.isArray(shared) || !Array.isArray(own)) return false;
  return shared.length === sharedFields.length && fits(sharedFields, shared) && areOwn(own, start);
}

function areOwn(own: Row, start: number): boolean {
  if (own.length === 0 || own.length % ownUsageWidth !== 0) return false;
  for (let at = 0; at < own.length; at += ownUsageWidth) {
    if (typeof own[at] !== 'string' || !isOffset(own[at + ownUsagePlace.startedAt], start)) return false;
    for (let place = at + ownUsagePlace.inputTokens; place <= at + ownUsagePlace.reasoningTokens; place += 1)
      if (!isCount(own[place])) return false;
    const cost = own[at + ownUsagePlace.costMicroUsd];
    const firstByte = own[at + ownUsagePlace.firstByteMs];
    const rest = own[at + ownUsagePlace.rest];
    if ((cost !== null && !isCount(cost)) || (firstByte !== null && !isCount(firstByte))) return false;
    if (!isCount(own[at + ownUsagePlace.latencyMs]) || (rest !== null && !restSchema.safeParse(rest).success))
      return false;
  }
  return true;
}

/** Milliseconds from the group's start to a moment that a date can hold. */
function isOffset(value: unknown, start: number): boolean {
  return Number.isSafeInteger(value) && Math.abs(start + (value as number)) <= latestTime;
}

function openedRequests([shared, own]: Row): readonly OpenedRequest[] {
  const common = shared as Values<typeof openedSharedFields, Required<OpenedRequest>>;
  const values = own as readonly unknown[];
  const requests: OpenedRequest[] = [];
  for (let at = 0; at < values.length; at += openedOwnFields.length)
    requests.push({
      requestId: values[at] as string,
      startedAt: values[at + 1] as string,
      tool: common[4],
      grantId: common[5],
      tokenId: common[0],
      credentialId: common[3],
      provider: common[6],
      model: common[2],
      endpoint: common[1],
      stream: common[7],
      reservedMicroUsd: values[at + 2] as number,
      outputTokens: 0,
      costMicroUsd: null,
    });
  return requests;
}

function progressFact(row: Row): ProgressFact {
  const values = row as unknown as Values<typeof progressFields, ProgressFact>;
  return { requestId: values[0], inputTokens: values[1], outputTokens: values[2], costMicroUsd: values[3] };
}

function isOpenedRow(row: Row): boolean {
  const [shared, own] = row;
  if (row.length !== 2 || !Array.isArray(shared) || !Array.isArray(own)) return false;
  const width = openedOwnFields.length;
  if (own.length === 0 || own.length % width !== 0) return false;
  for (let at = 0; at < own.length; at += width) {
    const [id, startedAt, reserved] = [own[at], own[at + 1], own[at + 2]];
    if (typeof id !== 'string' || !isTime(startedAt) || !isCount(reserved)) return false;
  }
  return shared.length === openedSharedFields.length && fits(openedSharedFields, shared);
}

function isProgressRow(row: Row): boolean {
  return row.length === progressFields.length && fits(progressFields, row);
}

function fits(fields: readonly (readonly [string, FieldKind])[], row: Row): boolean {
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index];
    if (field === undefined || !isOf(field[1], row[index])) return false;
  }
  return true;
}

function isOf(kind: FieldKind, value: unknown): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string';
    case 'text?':
      return value === null || typeof value === 'string';
    case 'flag':
      return typeof value === 'boolean';
    case 'count':
      return isCount(value);
    case 'count?':
      return value === null || isCount(value);
    case 'outcome':
      return outcomes.has(value);
    case 'time':
      return isTime(value);
  }
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && Math.abs(timeOf(value)) <= latestTime;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** An array of arrays; null for anything else. */
function parseRows(text: string): readonly Row[] | null {
  if (text === '') return [];
  try {
    const rows: unknown = JSON.parse(text);
    return Array.isArray(rows) && rows.every(Array.isArray) ? rows : null;
  } catch {
    return null;
  }
}
