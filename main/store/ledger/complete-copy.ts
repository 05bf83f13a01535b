import { TollkeeperError } from '#shared/model/error.ts';
import { type Database, openDatabase } from '../database.ts';
import { newKeyFile } from '../key-change-files.ts';

/** A copy of the ledger, and what it lacks. */
export interface IncompleteCopy {
  /** Of the ledger itself. */
  readonly path: string;
  /** The copy's key. */
  readonly to: string;
  readonly original: Database;
  /** What was written to the original since the copy was made, in order. */
  readonly missed: readonly ((copy: Database) => void)[];
}

/** Brings a copy up to its original. Throws `storage_corrupt` when they then do not hold as many rows in each table. */
export function completeCopy({ path, to, original, missed }: IncompleteCopy): void {
  const copy = openDatabase({ path: newKeyFile(path), key: to, journal: 'delete' });
  try {
    copy.transaction(() => {
      for (const write of missed) write(copy);
    });
    for (const { name } of original.all("SELECT name FROM sqlite_master WHERE type = 'table'")) {
      const count = `SELECT count(*) AS n FROM "${String(name)}"`;
      if (copy.get(count)?.n !== original.get(count)?.n)
        throw new TollkeeperError('storage_corrupt', 'The copy of the ledger with the new key lacks rows.');
    }
  } finally {
    copy.close();
  }
}
