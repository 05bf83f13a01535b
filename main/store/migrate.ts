import { TollkeeperError } from '#shared/model/error.ts';
import type { Database } from './database.ts';

/** One step of a database's shape. Once released it never changes; the next change is the next number. */
export interface Migration {
  /** 1, 2, 3 … without a gap. */
  readonly number: number;
  /** What it does, in a few words. */
  readonly name: string;
  readonly sql: string;
}

/**
 * Brings a database to the newest shape, each step in a transaction of its own, and returns the number it stands at.
 * Throws `storage_corrupt` for a database made by a newer program, which is left untouched.
 */
export function migrate(database: Database, migrations: readonly Migration[]): number {
  const newest = migrations.at(-1)?.number ?? 0;
  const present = Number(database.get('PRAGMA user_version')?.user_version ?? 0);
  if (present > newest) {
    throw new TollkeeperError(
      'storage_corrupt',
      `The database has version ${present}, this program knows up to ${newest}. Start the newer Tollkeeper that made it.`,
      { details: { present, newest } },
    );
  }
  for (const migration of migrations.filter(({ number }) => number > present)) {
    database.transaction(() => {
      database.script(migration.sql);
      database.script(`PRAGMA user_version = ${migration.number}`);
    });
  }
  return newest;
}
