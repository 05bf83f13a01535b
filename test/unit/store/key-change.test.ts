import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { copyWithKey } from '#main/store/copy-with-key.ts';
import { openDatabase } from '#main/store/database.ts';
import { databaseKeyItem, nextDatabaseKeyItem } from '#main/store/database-key.ts';
import { openDriver } from '#main/store/driver.ts';
import { newKeyFile, oldKeyFile, putCopyInPlace } from '#main/store/key-change-files.ts';
import { openLedger } from '#main/store/ledger/open-ledger.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import { settleKeyChange } from '#main/store/settle-key-change.ts';
import { createFakeVault } from '#test/fakes/fake-vault.ts';
import { codeOf, thrownBy } from '#test/fixtures/expect-error.ts';
import { ledgerWorker } from '#test/fixtures/ledger-worker.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

vi.setConfig({ testTimeout: 60_000 });

const from = 'ab'.repeat(32);
const to = 'cd'.repeat(32);
const clock = { now: () => Date.parse('2026-11-22T12:00:00.000Z'), monotonic: () => 0 };

function databaseWith(rows: number) {
  const folder = temporaryFolder();
  const path = join(folder, 'a.db');
  const database = openDatabase({ path, key: from });
  database.script('CREATE TABLE things (name TEXT) STRICT; PRAGMA user_version = 7');
  for (let row = 0; row < rows; row += 1) database.run('INSERT INTO things VALUES (?)', `thing ${row}`);
  return { folder, path, database };
}

/** Another program that reads the database. It prepares nothing, so that its connection really ends. */
function readerOf(path: string, table: string) {
  const reader = openDriver({ path, key: from, busyTimeoutMs: 0 });
  reader.exec(`BEGIN; SELECT count(*) FROM ${table}`);
  return {
    leave() {
      reader.exec('ROLLBACK');
      reader.close();
    },
  };
}

function namesIn(path: string, key: string): readonly unknown[] {
  const database = openDatabase({ path, key, journal: 'delete' });
  const names = database.all('SELECT name FROM things').map(({ name }) => name);
  database.close();
  return names;
}

/** Without SQLite's own logs, which go away with the connection. */
function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => !/-(wal|shm)$/.test(name))
    .toSorted();
}

describe('a copy with another key', () => {
  test('holds every row, opens with its own key alone, and shows nothing', () => {
    const { path, database } = databaseWith(300);
    database.close();
    copyWithKey({ path, from, to });
    const copy = newKeyFile(path);
    expect(namesIn(copy, to)).toHaveLength(300);
    expect(thrownBy(() => openDatabase({ path: copy, key: from })).code).toBe('storage_corrupt');
    expect(readFileSync(copy).includes('thing 7')).toBe(false);
    const opened = openDatabase({ path: copy, key: to });
    expect(opened.get('PRAGMA user_version')).toEqual({ user_version: 7 });
    opened.close();
  });

  test('is not kept when the key does not fit', () => {
    const { path, folder, database } = databaseWith(1);
    database.close();
    expect(thrownBy(() => copyWithKey({ path, from: 'ef'.repeat(32), to })).code).toBe('storage_corrupt');
    expect(filesIn(folder)).toEqual(['a.db']);
  });

  test('is never put beside a write-ahead log of the old file', () => {
    const { path, database } = databaseWith(1);
    database.holdFile();
    database.run("INSERT INTO things VALUES ('later')");
    copyWithKey({ path, from, to });
    expect(thrownBy(() => putCopyInPlace(path)).code).toBe('storage_unavailable');
    expect(existsSync(oldKeyFile(path))).toBe(false);
    expect(database.all('SELECT name FROM things')).toEqual([{ name: 'thing 0' }, { name: 'later' }]);
    database.close();
  });
});

describe('the registry', () => {
  test('goes on with another key, its log whole, and has its old file until that is removed', () => {
    const path = join(temporaryFolder(), 'registry.db');
    const registry = openRegistry({ path, key: from });
    for (let at = 1; at <= 50; at += 1) registry.audit.append({ event: 'panic', actor: 'cli', subject: '' }, at);
    registry.changeKey(to);
    registry.audit.append({ event: 'panic', actor: 'cli', subject: 'after' }, 51);
    expect(registry.audit.verify()).toEqual({ entries: 51, intact: true, brokenAt: null });
    registry.changeKey(from);
    expect(registry.audit.verify()).toMatchObject({ entries: 51, intact: true });
    registry.close();
    expect(thrownBy(() => openRegistry({ path, key: to })).code).toBe('storage_corrupt');
    expect(existsSync(oldKeyFile(path))).toBe(true);
  });

  test('keeps its key, and all it held, when the copy can’t be put in place', () => {
    const path = join(temporaryFolder(), 'registry.db');
    const registry = openRegistry({ path, key: from });
    registry.state.write('kept', 1);
    const other = readerOf(path, 'state');
    registry.state.write('kept', 2);
    expect(thrownBy(() => registry.changeKey(to)).code).toBe('storage_unavailable');
    expect(registry.state.read('kept')).toBe(2);
    other.leave();
    registry.changeKey(to);
    expect(registry.state.read('kept')).toBe(2);
    registry.close();
  });
});

describe('the ledger', () => {
  async function ledgerIn(folder: string, key = from) {
    const path = join(folder, 'ledger.db');
    const unwrittenPath = join(folder, 'unwritten.json');
    return { path, ledger: await openLedger({ path, key, worker: await ledgerWorker(), unwrittenPath, clock }) };
  }

  test('loses no row that comes while it is encrypted anew', async () => {
    const folder = temporaryFolder();
    const { ledger, path } = await ledgerIn(folder);
    ledger.append(Array.from({ length: 3_000 }, (_, at) => usageRecord({ requestId: `req_before_${at}` })));
    await ledger.flush();
    let isDone = false;
    let during = 0;
    const changing = ledger.changeKey(to).finally(() => {
      isDone = true;
    });
    while (!isDone) {
      ledger.append([usageRecord({ requestId: `req_during_${during}` })]);
      during += 1;
      await ledger.flush();
    }
    await changing;
    expect(during).toBeGreaterThan(1);
    ledger.append([usageRecord({ requestId: 'req_after' })]);
    await ledger.close();
    expect(thrownBy(() => openDatabase({ path, key: from })).code).toBe('storage_corrupt');
    const again = await ledgerIn(folder, to);
    expect((await again.ledger.list({ filter: {}, offset: 0, limit: 1 })).total).toBe(3_001 + during);
    await again.ledger.close();
  });

  test('keeps its key while another program is in the way, and can try again', async () => {
    const folder = temporaryFolder();
    const { ledger, path } = await ledgerIn(folder);
    ledger.append([usageRecord()]);
    await ledger.flush();
    const other = readerOf(path, 'usage');
    ledger.append([usageRecord({ requestId: 'req_2' })]);
    await ledger.flush();
    expect(await codeOf(ledger.changeKey(to))).toBe('ledger_unavailable');
    other.leave();
    await ledger.changeKey(to);
    expect((await ledger.list({ filter: {}, offset: 0, limit: 1 })).total).toBe(2);
    await ledger.close();
  });
});

describe('settleKeyChange', () => {
  function cutOff() {
    const folder = temporaryFolder();
    const files = [join(folder, 'registry.db'), join(folder, 'ledger.db')] as const;
    for (const path of files) {
      const database = openDatabase({ path, key: from, journal: 'delete' });
      database.script("CREATE TABLE things (name TEXT) STRICT; INSERT INTO things VALUES ('one')");
      database.close();
    }
    const vault = createFakeVault();
    vault.items.set(databaseKeyItem, from).set(nextDatabaseKeyItem, to);
    return { folder, files, vault, settle: () => settleKeyChange({ vault, files, key: from }) };
  }

  function place(path: string): void {
    copyWithKey({ path, from, to });
    putCopyInPlace(path);
  }

  test('asks the vault nothing when nothing was cut off', async () => {
    const { vault, settle } = cutOff();
    vault.lock(true);
    expect(await settle()).toBe(from);
  });

  test('undoes a change that got no further than a copy', async () => {
    const { files, folder, vault, settle } = cutOff();
    copyWithKey({ path: files[1], from, to });
    expect(await settle()).toBe(from);
    expect([...vault.items]).toEqual([[databaseKeyItem, from]]);
    expect(filesIn(folder)).toEqual(['ledger.db', 'registry.db']);
  });

  test('puts a file back that was taken away and not yet replaced', async () => {
    const { files, settle } = cutOff();
    copyWithKey({ path: files[1], from, to });
    renameSync(files[1], oldKeyFile(files[1]));
    expect(await settle()).toBe(from);
    expect(namesIn(files[1], from)).toEqual(['one']);
  });

  test.each([[[1]], [[0]], [[0, 1]]])('completes a change once a database has the new key: %j', async (done) => {
    const { files, folder, vault, settle } = cutOff();
    for (const index of done) place(files[index] ?? '');
    expect(await settle()).toBe(to);
    for (const path of files) expect(namesIn(path, to)).toEqual(['one']);
    expect([...vault.items]).toEqual([[databaseKeyItem, to]]);
    expect(filesIn(folder)).toEqual(['ledger.db', 'registry.db']);
  });

  test('touches nothing while the vault is locked, or when neither key fits', async () => {
    const { files, folder, vault, settle } = cutOff();
    place(files[1]);
    const before = filesIn(folder);
    vault.lock(true);
    expect(await codeOf(settle())).toBe('vault_locked');
    vault.lock(false);
    vault.items.set(nextDatabaseKeyItem, 'ef'.repeat(32));
    expect(await codeOf(settle())).toBe('storage_corrupt');
    vault.items.delete(nextDatabaseKeyItem);
    expect(await codeOf(settle())).toBe('storage_corrupt');
    expect(filesIn(folder)).toEqual(before);
    expect(namesIn(files[1], to)).toEqual(['one']);
    expect(vault.items.get(databaseKeyItem)).toBe(from);
  });
});
