import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { OperationArguments, OperationOutput } from '#shared/contract/operations.ts';
import { type UsageFilter, type UsageRecord, usageRecordSchema } from '#shared/model/usage.ts';

const pageSize = 5_000;
const columns = Object.keys(usageRecordSchema.shape) as (keyof UsageRecord)[];

/** What one export needs. */
export interface UsageExport {
  readonly path: string;
  readonly format: 'csv' | 'json';
  readonly filter: UsageFilter;
  list(input: OperationArguments<'usage.list'>): Promise<OperationOutput<'usage.list'>>;
}

/**
 * One CSV cell by RFC 4180, empty for what a record does not tell. A text that a spreadsheet would run as a formula gets a leading apostrophe.
 */
export function csvCell(value: UsageRecord[keyof UsageRecord]): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function csvRow(record: UsageRecord): string {
  return columns.map((column) => csvCell(record[column])).join(',');
}

/**
 * Writes every record that matches, newest first, a page at a time. The file appears whole or not at all.
 * Resolves to the number of records. Rows that arrive meanwhile are not in it.
 */
export async function exportUsage({ path, format, filter, list }: UsageExport): Promise<number> {
  const temporary = `${path}.${randomUUID()}.part`;
  const until = filter.until ?? new Date().toISOString();
  const file = await open(temporary, 'wx', 0o600);
  let rows = 0;
  try {
    await file.write(format === 'csv' ? `${columns.join(',')}\r\n` : '[');
    for (;;) {
      const page = await list({ filter: { ...filter, until }, offset: rows, limit: pageSize });
      if (page.records.length === 0) break;
      const text =
        format === 'csv'
          ? page.records.map((record) => `${csvRow(record)}\r\n`).join('')
          : page.records.map((record, index) => `${rows + index > 0 ? ',' : ''}\n${JSON.stringify(record)}`).join('');
      await file.write(text);
      rows += page.records.length;
    }
    if (format === 'json') await file.write('\n]\n');
    await file.sync();
    await file.close();
    await rename(temporary, path);
    return rows;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}
