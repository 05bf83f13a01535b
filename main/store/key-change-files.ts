import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { TollkeeperError } from '#shared/model/error.ts';

/** What SQLite puts beside a database. */
const companions = ['-wal', '-shm', '-journal'] as const;

/** The copy with the new key, while a database gets another one. */
export function newKeyFile(path: string): string {
  return `${path}.new-key`;
}

/** The file with the old key, from the moment the copy took its place until the new key is kept for good. */
export function oldKeyFile(path: string): string {
  return `${path}.old-key`;
}

/** True while a change of the key has left something beside a database. */
export function hasKeyChangeFiles(path: string): boolean {
  return existsSync(newKeyFile(path)) || existsSync(oldKeyFile(path));
}

/** True once the copy is in the place of a database whose old file is still kept. */
export function hasNewKey(path: string): boolean {
  return existsSync(oldKeyFile(path));
}

/**
 * Puts the copy in the place of a database that nobody has open. Throws `storage_unavailable` when there still is a write-ahead
 * log, which would be read into the wrong file. A crash between the two renames is mended by {@link putBackInterrupted}.
 */
export function putCopyInPlace(path: string): void {
  const logs = [`${path}-wal`, `${newKeyFile(path)}-wal`];
  if (logs.some((log) => (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 0))
    throw new TollkeeperError('storage_unavailable', 'Another program has the database open.');
  for (const companion of companions) rmSync(`${path}${companion}`, { force: true });
  renameSync(path, oldKeyFile(path));
  renameSync(newKeyFile(path), path);
  syncFolder(dirname(path));
}

/** Gives a database its old file back; nothing when it has it. */
export function takeCopyOut(path: string): void {
  if (!existsSync(oldKeyFile(path))) return;
  for (const companion of companions) rmSync(`${path}${companion}`, { force: true });
  renameSync(oldKeyFile(path), path);
  syncFolder(dirname(path));
}

/** Puts the old file back when a crash came between taking it away and putting the copy in its place. */
export function putBackInterrupted(path: string): void {
  if (!existsSync(path)) takeCopyOut(path);
}

/** Removes the copy that was never put in place. */
export function discardCopy(path: string): void {
  for (const suffix of ['', ...companions]) rmSync(`${newKeyFile(path)}${suffix}`, { force: true });
}

/** Removes the file with the old key, and a copy that was not needed. */
export function discardOldFile(path: string): void {
  discardCopy(path);
  rmSync(oldKeyFile(path), { force: true });
}

/** Makes renames in a folder last. Windows has no such call, and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
