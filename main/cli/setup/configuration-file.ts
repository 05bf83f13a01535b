import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, realpath, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TollkeeperError } from '#shared/model/error.ts';

/** A configuration file as it is on disk. */
export interface ConfigurationFile {
  /** The file itself: links to it are followed, so that they stay links. */
  readonly path: string;
  /** Null when there is none. */
  readonly bytes: Buffer | null;
}

const byteOrderMark = '\uFEFF';

/** Reads the first of the candidates that exists; the first candidate when none does. */
export async function readFirst(
  candidates: readonly [string, ...string[]] | readonly string[],
): Promise<ConfigurationFile> {
  for (const candidate of candidates) {
    const path = await resolveLinks(candidate);
    const bytes = await readIfPresent(path);
    if (bytes) return { path, bytes };
  }
  return { path: await resolveLinks(candidates[0] ?? ''), bytes: null };
}

/** The bytes of a file, or null when it does not exist. */
export async function readIfPresent(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw new TollkeeperError('invalid_request', `${path} can't be read.`, { cause: error });
  }
}

/** The text of a file without its byte order mark, and what turns an edited text back into bytes. */
export function decodeText(bytes: Buffer | null): { readonly text: string; encode(edited: string): Buffer } {
  if (bytes === null) return { text: '', encode: (edited) => Buffer.from(edited) };
  let decoded: string;
  try {
    decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new TollkeeperError('invalid_request', 'The file is not UTF-8 text. Nothing was changed.', { cause: error });
  }
  const mark = decoded.startsWith(byteOrderMark) ? byteOrderMark : '';
  return { text: decoded.slice(mark.length), encode: (edited) => Buffer.from(mark + edited) };
}

/** Replaces a file's content in one step and keeps its mode; a new one is for its owner alone. Tells which folders had to be made, innermost first. */
export async function replaceFile(path: string, bytes: Uint8Array): Promise<readonly string[]> {
  const createdFolders = await makeFolders(dirname(path));
  const mode = await modeOf(path);
  const temporary = `${path}.${randomBytes(4).toString('hex')}.new`;
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw new TollkeeperError('invalid_request', `${path} can't be written.`, { cause: error });
  }
  return createdFolders;
}

/** Removes a file and those of the given folders that are empty then. */
export async function removeFile(path: string, folders: readonly string[]): Promise<void> {
  await rm(path, { force: true });
  for (const folder of folders) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}

async function resolveLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (isMissing(error)) return path;
    throw new TollkeeperError('invalid_request', `${path} can't be reached.`, { cause: error });
  }
}

async function makeFolders(folder: string): Promise<readonly string[]> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return [];
  const created: string[] = [];
  for (let current = folder; current.length >= first.length; current = dirname(current)) created.push(current);
  return created;
}

async function modeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).mode & 0o7777;
  } catch {
    return 0o600;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
