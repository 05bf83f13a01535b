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
    opened: opened.map(toOpened),
    progress: progress.map((row) => named(progressFields, row) as unknown as ProgressFact),
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

/** A checked row as a record. */
export function usageRecord(row: UsageRow): UsageRecord {
  const record = named(settledFields, row) as unknown as UsageRecord;
  const rest = row[settledFields.length];
  return rest === null ? record : { ...record, ...(rest as Partial<UsageRecord>) };
}

function toOpened(row: readonly unknown[]): OpenedRequest {
  const request = named(openedFields, row) as unknown as OpenedRequest;
  return { ...request, outputTokens: 0, costMicroUsd: null };
}

function isOpenedRow(row: readonly unknown[]): boolean {
  return row.length === openedFields.length && fits(openedFields, row);
}

function isProgressRow(row: readonly unknown[]): boolean {
  return row.length === progressFields.length && fits(progressFields, row);
}

function named(fields: readonly (readonly [string, FieldKind])[], row: readonly unknown[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index];
    if (field !== undefined) result[field[0]] = row[index];
  }
  return result;
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
