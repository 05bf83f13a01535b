import { isDeepStrictEqual } from 'node:util';
import { applyPatch, createPatch } from 'diff';
import type { HomePaths, HomeSurroundings } from '#shared/contract/home.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import {
  type ConfigurationFile,
  decodeText,
  readFirst,
  readIfPresent,
  removeFile,
  replaceFile,
} from './configuration-file.ts';
import { hashBytes, readRecord, recordFile, removeRecord, type SetupRecord, writeRecord } from './setup-record.ts';
import { plainValue } from './text.ts';
import type { SetupTarget, ToolSetup } from './tool-setup.ts';

/** A change to a tool's configuration, worked out but not made yet. */
export interface SetupPlan {
  readonly file: string;
  /** Unified diff for a person; empty when there is nothing to do. */
  readonly difference: string;
  /** Makes the change. */
  apply(): Promise<void>;
}

/** Where a tool's configuration stands. */
export type SetupState = 'not-set-up' | 'set-up' | 'changed-since';

/** Plans the edit that points a tool at the gateway. A tool that was set up before starts from its original again, so that undo still leads back to it. */
export async function planSetup(
  tool: ToolSetup,
  target: SetupTarget,
  surroundings: HomeSurroundings & { readonly paths: HomePaths },
): Promise<SetupPlan> {
  const { paths } = surroundings;
  const record = await readRecord(paths, tool.id);
  const current = record ? await readRecorded(record) : await readFirst(tool.files(surroundings));
  const base = record ? revert(record, current.bytes, paths, tool) : current.bytes;
  const { text, encode } = decodeText(base);
  const edited = encode(tool.edit(text, target));
  return {
    file: current.path,
    difference: difference(current.path, current.bytes, edited),
    async apply() {
      const reversal = createPatch('configuration', edited.toString('utf8'), base?.toString('utf8') ?? '', '', '', {
        context: 0,
      });
      const next = {
        version: 1 as const,
        file: current.path,
        original: base?.toString('base64') ?? null,
        editedHash: hashBytes(edited),
        reversal,
        target,
        createdFolders: record ? [...record.createdFolders] : [],
      };
      if (!record) await writeRecord(paths, tool.id, next);
      const createdFolders = await replaceFile(current.path, edited);
      await writeRecord(paths, tool.id, {
        ...next,
        createdFolders: record ? next.createdFolders : [...createdFolders],
      });
    },
  };
}

/** Plans the way back to the bytes from before the edit; what was changed elsewhere in the file since is kept. */
export async function planUndo(tool: ToolSetup, paths: HomePaths): Promise<SetupPlan> {
  const record = await readRecord(paths, tool.id);
  if (!record)
    throw new TollkeeperError('not_found', `${tool.name} was not set up by Tollkeeper; there is nothing to undo.`);
  const current = await readRecorded(record);
  const restored = revert(record, current.bytes, paths, tool);
  return {
    file: record.file,
    difference: difference(record.file, current.bytes, restored),
    async apply() {
      if (restored === null) await removeFile(record.file, record.createdFolders);
      else await replaceFile(record.file, restored);
      await removeRecord(paths, tool.id);
    },
  };
}

/** Tells whether a tool is set up, without changing anything. */
export async function readSetupState(tool: ToolSetup, paths: HomePaths): Promise<SetupState> {
  const record = await readRecord(paths, tool.id);
  if (!record) return 'not-set-up';
  const bytes = await readIfPresent(record.file);
  return bytes && hashBytes(bytes) === record.editedHash ? 'set-up' : 'changed-since';
}

async function readRecorded(record: SetupRecord): Promise<ConfigurationFile> {
  return { path: record.file, bytes: await readIfPresent(record.file) };
}

/** The bytes from before the edit: the stored ones when the file is as we left it, else the present text with our edit taken out. */
function revert(record: SetupRecord, current: Buffer | null, paths: HomePaths, tool: ToolSetup): Buffer | null {
  const original = record.original === null ? null : Buffer.from(record.original, 'base64');
  if (current === null) return original === null ? null : original;
  const hash = hashBytes(current);
  if (hash === record.editedHash) return original;
  if (original !== null && hash === hashBytes(original)) return original;
  const reverted = applyPatch(current.toString('utf8'), record.reversal, { autoConvertLineEndings: false });
  if (reverted === false || !isOnlyOurs(tool, record, current, reverted)) {
    throw new TollkeeperError(
      'conflict',
      `${record.file} was changed where Tollkeeper had edited it, so the edit can\u2019t be taken back cleanly. Correct it by hand (the original is in ${recordFile(paths, tool.id)}, base64), then delete that file.`,
    );
  }
  return reverted === '' && original === null ? null : Buffer.from(reverted);
}

/** Proves a reversal: made again, the edit must lead back to what the file means now. */
function isOnlyOurs(tool: ToolSetup, record: SetupRecord, current: Buffer, reverted: string): boolean {
  try {
    const again = tool.edit(decodeText(Buffer.from(reverted)).text, record.target);
    return isDeepStrictEqual(plainValue(tool.read(again)), plainValue(tool.read(decodeText(current).text)));
  } catch (error) {
    if (error instanceof TollkeeperError) return false;
    throw error;
  }
}

function difference(path: string, before: Buffer | null, after: Buffer | null): string {
  const [from, to] = [before?.toString('utf8') ?? '', after?.toString('utf8') ?? ''];
  if (from === to && (before === null) === (after === null)) return '';
  const patch = createPatch(path, from, to, before === null ? '(absent)' : '', after === null ? '(absent)' : '');
  return patch.split('\n').slice(2).join('\n');
}
