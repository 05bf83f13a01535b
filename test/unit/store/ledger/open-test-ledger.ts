import { join } from 'node:path';
import { type Database, openDatabase } from '#main/store/database.ts';
import { ledgerMigrations } from '#main/store/ledger/migrations.ts';
import { writeGroups } from '#main/store/ledger/write-records.ts';
import { migrate } from '#main/store/migrate.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { groupUsage } from '#shared/model/usage-group.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

/** A fresh ledger database without its thread. */
export function ledgerDatabase(): Database {
  const database = openDatabase({ path: join(temporaryFolder(), 'ledger.db'), key: 'ab'.repeat(32) });
  migrate(database, ledgerMigrations);
  return database;
}

/** Writes records as the ledger's thread does. */
export function writeRecords(database: Database, records: readonly UsageRecord[]): void {
  writeGroups(database, groupUsage(records));
}
