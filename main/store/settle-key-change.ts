import { TollkeeperError } from '#shared/model/error.ts';
import type { Vault } from '#shared/model/vault.ts';
import { copyWithKey } from './copy-with-key.ts';
import { toDatabaseError } from './database-error.ts';
import { checkedKey, databaseKeyItem, hasContent, nextDatabaseKeyItem } from './database-key.ts';
import { openDriver } from './driver.ts';
import { discardOldFile, hasKeyChangeFiles, putBackInterrupted, putCopyInPlace } from './key-change-files.ts';

const busyTimeoutMs = 1_000;

/** What a change of the database key may have left. */
export interface InterruptedKeyChange {
  readonly vault: Vault;
  /** Every database file that is encrypted with the key; none of them is open. */
  readonly files: readonly string[];
  /** The key that the vault holds as the present one. */
  readonly key: string;
}

/**
 * Ends a change of the database key that a crash cut off, and returns the key that fits every file from then on. As long as no file
 * has the new key the change is undone, else it is completed, so there is always one key and one file of each database. Looks at
 * nothing but two names per file when there is nothing to end. Rejects with `vault_locked`, `vault_unavailable`, or
 * `storage_corrupt` when neither key fits; then all files are as they were.
 */
export async function settleKeyChange(change: InterruptedKeyChange): Promise<string> {
  const { vault, files } = change;
  for (const file of files) putBackInterrupted(file);
  if (!files.some(hasKeyChangeFiles)) return change.key;
  const key = await keyOfAll(change);
  await vault.remove(nextDatabaseKeyItem);
  for (const file of files) discardOldFile(file);
  return key;
}

async function keyOfAll({ vault, files, key }: InterruptedKeyChange): Promise<string> {
  const existing = files.filter(hasContent);
  const behind = existing.filter((file) => fits(file, key));
  if (behind.length === existing.length) return key;
  const next = await readNext(vault);
  if (existing.some((file) => !behind.includes(file) && !fits(file, next))) throw noKeyFits();
  for (const file of behind) {
    endLog(file, key);
    copyWithKey({ path: file, from: key, to: next });
    putCopyInPlace(file);
  }
  await vault.write(databaseKeyItem, next);
  return next;
}

async function readNext(vault: Vault): Promise<string> {
  const found = await vault.read(nextDatabaseKeyItem);
  if (found.state === 'unavailable') throw new TollkeeperError(found.code, found.message);
  if (found.state === 'absent') throw noKeyFits();
  return checkedKey(found.secret);
}

function fits(path: string, key: string): boolean {
  try {
    visit(path, key, 'SELECT count(*) FROM sqlite_master');
    return true;
  } catch (error) {
    const known = toDatabaseError(error);
    if (known.code === 'storage_corrupt') return false;
    throw known;
  }
}

/** Moves the write-ahead log into the file for good, so that it can be copied and another be put in its place. */
function endLog(path: string, key: string): void {
  try {
    visit(path, key, 'PRAGMA journal_mode = DELETE');
  } catch (error) {
    throw toDatabaseError(error);
  }
}

/** Prepares no statement, so that the connection really ends here. */
function visit(path: string, key: string, sql: string): void {
  const driver = openDriver({ path, key, busyTimeoutMs });
  try {
    driver.exec(sql);
  } finally {
    driver.close();
  }
}

function noKeyFits(): TollkeeperError {
  return new TollkeeperError(
    'storage_corrupt',
    `A change of the database key was cut off, and neither ${databaseKeyItem} nor ${nextDatabaseKeyItem} in the vault fits every database. Restore both items from a backup.`,
  );
}
