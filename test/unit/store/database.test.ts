import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '#main/store/database.ts';
import { migrate } from '#main/store/migrate.ts';
import { thrownBy } from '#test/fixtures/expect-error.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

const key = 'ab'.repeat(32);
const canary = 'canary-of-the-database';

describe('openDatabase', () => {
  test('keeps every byte encrypted and every file private', () => {
    const folder = temporaryFolder();
    const database = openDatabase({ path: join(folder, 'data', 'a.db'), key });
    database.script('CREATE TABLE notes (text TEXT) STRICT');
    database.run('INSERT INTO notes VALUES (?)', canary);
    const files = readdirSync(join(folder, 'data')).map((name) => join(folder, 'data', name));
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const file of files) {
      expect(statSync(file).mode & 0o777, file).toBe(0o600);
      expect(readFileSync(file).includes(canary), file).toBe(false);
    }
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    database.close();
    expect(readFileSync(join(folder, 'data', 'a.db')).includes(canary)).toBe(false);
  });

  test('refuses a wrong key and leaves the database readable with the right one', () => {
    const path = join(temporaryFolder(), 'a.db');
    const first = openDatabase({ path, key });
    first.script('CREATE TABLE notes (text TEXT) STRICT');
    first.run('INSERT INTO notes VALUES (?)', canary);
    first.close();
    expect(thrownBy(() => openDatabase({ path, key: 'cd'.repeat(32) })).code).toBe('storage_corrupt');
    const again = openDatabase({ path, key });
    expect(again.get('SELECT text FROM notes')).toEqual({ text: canary });
    again.close();
  });

  test('says that another connection holds the file, without naming a value', () => {
    const path = join(temporaryFolder(), 'a.db');
    const holder = openDatabase({ path, key });
    const other = openDatabase({ path, key, busyTimeoutMs: 1 });
    holder.script('CREATE TABLE notes (text TEXT) STRICT');
    holder.transaction(() => {
      holder.run('INSERT INTO notes VALUES (?)', 'held');
      const error = thrownBy(() => other.run('INSERT INTO notes VALUES (?)', canary));
      expect(error.code).toBe('storage_unavailable');
      expect(JSON.stringify([error.message, error.details])).not.toContain(canary);
    });
    holder.close();
    other.close();
  });

  test('refuses to work after it was closed', () => {
    const database = openDatabase({ path: join(temporaryFolder(), 'a.db'), key });
    database.close();
    database.close();
    expect(thrownBy(() => database.get('SELECT 1')).code).toBe('storage_unavailable');
  });
});

describe('transaction', () => {
  function opened() {
    const database = openDatabase({ path: join(temporaryFolder(), 'a.db'), key });
    database.script('CREATE TABLE notes (text TEXT UNIQUE) STRICT');
    return database;
  }

  test('writes everything or nothing, also around an inner one', () => {
    const database = opened();
    const fired: string[] = [];
    const error = thrownBy(() =>
      database.transaction(() => {
        database.transaction(() => database.run('INSERT INTO notes VALUES (?)', 'one'));
        database.afterCommit(() => fired.push('rolled back'));
        database.run('INSERT INTO notes VALUES (?)', 'one');
      }),
    );
    expect(error.code).toBe('conflict');
    expect(database.all('SELECT * FROM notes')).toEqual([]);
    database.transaction(() => {
      database.afterCommit(() => fired.push(`committed ${database.all('SELECT * FROM notes').length}`));
      database.run('INSERT INTO notes VALUES (?)', 'two');
      expect(fired).toEqual([]);
    });
    expect(fired).toEqual(['committed 1']);
    database.close();
  });

  test('takes hostile text as text', () => {
    const database = opened();
    const hostile = "'); DROP TABLE notes; --\ud800";
    database.run('INSERT INTO notes VALUES (?)', hostile);
    expect(database.get('SELECT count(*) AS rows FROM notes')).toEqual({ rows: 1 });
    database.close();
  });
});

describe('migrate', () => {
  const first = { number: 1, name: 'first', sql: 'CREATE TABLE one (a TEXT) STRICT' };
  const second = { number: 2, name: 'second', sql: 'CREATE TABLE two (a TEXT) STRICT; INSERT INTO two VALUES (1)' };
  const broken = { number: 2, name: 'broken', sql: 'CREATE TABLE two (a TEXT) STRICT; INSERT INTO nowhere VALUES (1)' };

  test('runs each step once and in order', () => {
    const database = openDatabase({ path: join(temporaryFolder(), 'a.db'), key });
    expect(migrate(database, [first])).toBe(1);
    expect(migrate(database, [first, second])).toBe(2);
    expect(migrate(database, [first, second])).toBe(2);
    expect(database.all('SELECT * FROM two')).toHaveLength(1);
    database.close();
  });

  test('undoes a step that fails half-way', () => {
    const database = openDatabase({ path: join(temporaryFolder(), 'a.db'), key });
    thrownBy(() => migrate(database, [first, broken]));
    expect(database.get('PRAGMA user_version')).toMatchObject({ user_version: 1 });
    expect(database.all("SELECT name FROM sqlite_master WHERE name = 'two'")).toEqual([]);
    database.close();
  });

  test('refuses a database made by a newer program', () => {
    const database = openDatabase({ path: join(temporaryFolder(), 'a.db'), key });
    migrate(database, [first, second]);
    const error = thrownBy(() => migrate(database, [first]));
    expect(error.code).toBe('storage_corrupt');
    expect(error.details).toEqual({ present: 2, newest: 1 });
    database.close();
  });
});
