import { createHash } from 'node:crypto';
import { chmodSync, closeSync, copyFileSync, fsyncSync, openSync } from 'node:fs';
import { TollkeeperError } from '#shared/model/error.ts';
import { toDatabaseError } from './database-error.ts';
import { type Driver, openDriver } from './driver.ts';
import { discardCopy, newKeyFile } from './key-change-files.ts';

/** A copy to be made. */
export interface KeyedCopy {
  /** Absolute path of a database that does not change meanwhile: nobody writes, or `holdFile` keeps it still. */
  readonly path: string;
  readonly from: string;
  /** Database keys, 64 hex digits. */
  readonly to: string;
}

const busyTimeoutMs = 1_000;
const fileMode = 0o600;

/**
 * Writes the database once more beside itself, encrypted with another key, reads every row of the copy back and compares it with
 * what was there under the old key. Returns once the copy is on the disk. Throws and leaves no copy when anything is amiss.
 */
export function copyWithKey({ path, from, to }: KeyedCopy): void {
  discardCopy(path);
  const copy = newKeyFile(path);
  try {
    copyFileSync(path, copy);
    chmodSync(copy, fileMode);
    const before = using(copy, from, (driver) => {
      const digest = digestOf(driver);
      // The copy is worth nothing until it is whole, so nothing is written that could undo a part of it.
      for (const pragma of ['journal_mode = DELETE', 'journal_mode = OFF', 'synchronous = OFF', `rekey = '${to}'`])
        driver.prepare(`PRAGMA ${pragma}`).all([]);
      return digest;
    });
    const after = using(copy, to, (driver) => {
      const [check] = driver.prepare('PRAGMA integrity_check').all([]);
      return check?.integrity_check === 'ok' ? digestOf(driver) : null;
    });
    if (before !== after)
      throw new TollkeeperError(
        'storage_corrupt',
        'The copy of the database with the new key is not what it should be.',
      );
    sync(copy);
  } catch (error) {
    discardCopy(path);
    throw toDatabaseError(error);
  }
}

function tablesOf(driver: Driver): readonly string[] {
  const rows = driver.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all([]);
  return rows.map(({ name }) => String(name));
}

/** SHA-256 over the shape and every row of every table. */
function digestOf(driver: Driver): string {
  const hash = createHash('sha256');
  const shape = driver.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY type, name').all([]);
  hash.update(JSON.stringify([shape, driver.prepare('PRAGMA user_version').all([])]));
  for (const table of tablesOf(driver)) {
    hash.update(table);
    for (const row of driver.prepare(`SELECT * FROM "${table}"`).iterate([])) hash.update(JSON.stringify(row));
  }
  return hash.digest('hex');
}

function using<T>(path: string, key: string, work: (driver: Driver) => T): T {
  const driver = openDriver({ path, key, busyTimeoutMs });
  try {
    return work(driver);
  } finally {
    driver.close();
  }
}

function sync(path: string): void {
  const handle = openSync(path, 'r+');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
