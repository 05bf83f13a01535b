import { outcomeSchema, type UsageRecord, usageRecordSchema } from '../model/usage.ts';
import {
  type FieldKind,
  type OpenedRequest,
  openedFields,
  type ProgressFact,
  progressFields,
  settledFields,
  type UsageRow,
} from './facts.ts';

/** One line of facts, checked. */
export interface FactsFrame {
  readonly sequence: number;
  readonly opened: readonly OpenedRequest[];
  readonly progress: readonly ProgressFact[];
  readonly settled: readonly UsageRecord[];
  /** The same as `settled`, as they came, for the ledger. */
  readonly rows: readonly UsageRow[];
}

const outcomes: ReadonlySet<unknown> = new Set(outcomeSchema.options);
const restSchema = usageRecordSchema
  .omit(
    Object.fromEntries(settledFields.map(([name]) => [name, true])) as Record<(typeof settledFields)[number][0], true>,
  )
  .strict();
const latestTime = 8.64e15;

/**
 * Reads one line of facts. Null when any of it is not what the contract says: it is checked by hand, since it comes thousands of
 * times a second and a schema would take longer than everything else that is done with it.
 */
export function readFacts(line: string): FactsFrame | null {
  const frame = parse(line);
  if (!Array.isArray(frame) || frame.length !== 4) return null;
  const [sequence, opened, progress, settled] = frame as readonly unknown[];
  if (!isCount(sequence) || !areRows(opened) || !areRows(progress) || !areRows(settled)) return null;
  if (!opened.every(isOpenedRow) || !progress.every(isProgressRow) || !settled.every(isUsageRow)) return null;
  return {
    sequence,
    opened: opened.map(openedRequest),
    progress: progress.map(progressFact),
    settled: settled.map(usageRecord),
    rows: settled,
  };
}

/** True for a row that {@link usageRecord} may be given. */
export function isUsageRow(row: UsageRow): boolean {
  if (row.length !== settledFields.length + 1 || !fits(settledFields, row)) return false;
  const rest = row[settledFields.length];
  return rest === null || restSchema.safeParse(rest).success;
}

type Values<F extends readonly (readonly [string, FieldKind])[], T> = {
  readonly [I in keyof F]: F[I] extends readonly [infer N extends keyof T, FieldKind] ? T[N] : never;
};

/** A checked row as a record. Spelled out in the order of `settledFields`, since a loop over the names takes ten times as long. */
export function usageRecord(row: UsageRow): UsageRecord {
  const values = row as unknown as Values<typeof settledFields, UsageRecord>;
  const record: UsageRecord = {
    requestId: values[0],
    startedAt: values[1],
    tool: values[2],
    grantId: values[3],
    tokenId: values[4],
    credentialId: values[5],
    provider: values[6],
    model: values[7],
    endpoint: values[8],
    stream: values[9],
    status: values[10],
    outcome: values[11],
    errorCode: values[12],
    inputTokens: values[13],
    cachedInputTokens: values[14],
    cacheWriteTokens: values[15],
    outputTokens: values[16],
    reasoningTokens: values[17],
    costMicroUsd: values[18],
    priceVersion: values[19],
    latencyMs: values[20],
    firstByteMs: values[21],
  };
  const rest = row[settledFields.length];
  return rest === null ? record : { ...record, ...(rest as Partial<UsageRecord>) };
}

function openedRequest(row: readonly unknown[]): OpenedRequest {
  const values = row as unknown as Values<typeof openedFields, Required<OpenedRequest>>;
  return {
    requestId: values[0],
    startedAt: values[1],
    tool: values[2],
    grantId: values[3],
    tokenId: values[4],
    credentialId: values[5],
    provider: values[6],
    model: values[7],
    endpoint: values[8],
    stream: values[9],
    reservedMicroUsd: values[10],
    outputTokens: 0,
    costMicroUsd: null,
  };
}

function progressFact(row: readonly unknown[]): ProgressFact {
  const values = row as unknown as Values<typeof progressFields, ProgressFact>;
  return { requestId: values[0], inputTokens: values[1], outputTokens: values[2], costMicroUsd: values[3] };
}

function isOpenedRow(row: readonly unknown[]): boolean {
  return row.length === openedFields.length && fits(openedFields, row);
}

function isProgressRow(row: readonly unknown[]): boolean {
  return row.length === progressFields.length && fits(progressFields, row);
}

function fits(fields: readonly (readonly [string, FieldKind])[], row: readonly unknown[]): boolean {
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
      return typeof value === 'string' && Math.abs(Date.parse(value)) <= latestTime;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function areRows(value: unknown): value is readonly UsageRow[] {
  return Array.isArray(value) && value.every(Array.isArray);
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
