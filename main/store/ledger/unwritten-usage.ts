import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { lazily } from '#shared/model/lazily.ts';
import { type UsageRecord, usageRecordSchema } from '#shared/model/usage.ts';

const fileSchema = lazily(() => z.array(usageRecordSchema));

/**
 * Reads the rows that an earlier run could not write; none when there is no such file. A file that can't be understood is kept
 * beside it under the ending `.damaged`, so that it neither stops the start nor is lost.
 */
export function readUnwritten(path: string): readonly UsageRecord[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  try {
    return fileSchema.parse(JSON.parse(text));
  } catch {
    renameSync(path, `${path}.damaged`);
    return [];
  }
}

/** Keeps rows for the next start in a file that only its owner reads, whole or not at all. Throws the file system's error. */
export function keepUnwritten(path: string, records: readonly UsageRecord[]): void {
  const temporary = `${path}.new`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, JSON.stringify(records));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** Forgets the file once its rows are in the ledger. */
export function forgetUnwritten(path: string): void {
  rmSync(path, { force: true });
}
