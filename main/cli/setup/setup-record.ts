import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { HomePaths } from '#shared/contract/home.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { ToolId } from '#shared/provider/tool/tool-providers.ts';
import { setupTargetSchema } from './tool-setup.ts';

const setupRecordSchema = lazily(() =>
  z.object({
    version: z.literal(1),
    /** Absolute path of the edited file, links resolved. */
    file: z.string(),
    /** The bytes before the edit, base64; null when there was no file. */
    original: z.string().nullable(),
    /** SHA-256 of the file after the edit, hex. */
    editedHash: z.string(),
    /** Unified diff that takes the edited text back to the original one; undoes the edit in a file that was changed elsewhere since. */
    reversal: z.string(),
    /** What the tool was pointed at. */
    target: setupTargetSchema,
    /** Folders made for the file, innermost first. */
    createdFolders: z.array(z.string()),
  }),
);

/** What `--undo` needs; kept in `<home>/setup/<tool>.json`, mode 0600, since a tool's configuration may hold secrets of its own. */
export type SetupRecord = Readonly<z.infer<typeof setupRecordSchema>>;

/** Fingerprint of a file's bytes, hex. */
export function hashBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The record of a tool, or null when it was not set up. */
export async function readRecord(paths: HomePaths, tool: ToolId): Promise<SetupRecord | null> {
  const file = recordFile(paths, tool);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
  const record = setupRecordSchema.safeParse(parseJson(text));
  if (!record.success)
    throw new TollkeeperError(
      'storage_corrupt',
      `${file} can't be read. Undo the edit by hand, then delete that file.`,
    );
  return record.data;
}

/** Stores the record; it is whole or not there at all. */
export async function writeRecord(paths: HomePaths, tool: ToolId, record: SetupRecord): Promise<void> {
  await mkdir(paths.setup, { recursive: true, mode: 0o700 });
  const file = recordFile(paths, tool);
  await writeFile(`${file}.new`, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

/** Forgets a tool. */
export async function removeRecord(paths: HomePaths, tool: ToolId): Promise<void> {
  await rm(recordFile(paths, tool), { force: true });
}

/** Where the record of a tool is. */
export function recordFile(paths: HomePaths, tool: ToolId): string {
  return join(paths.setup, `${tool}.json`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
