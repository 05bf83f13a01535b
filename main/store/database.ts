import { closeSync, mkdirSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { TollkeeperError } from '#shared/model/error.ts';
import { toDatabaseError } from './database-error.ts';

/** What is bound and what comes back: text is bound as JavaScript strings only, because bytes that are not UTF-8 end the process. */
export type SqlValue = string | number | null;

/** One row, by column name. */
export type Row = Readonly<Record<string, SqlValue>>;

/** An open database. Every method throws a TollkeeperError, never the driver's. */
export interface Database {
  /** Every row of a query. */
  all(sql: string, ...values: readonly SqlValue[]): readonly Row[];
  /** The first row of a query, or undefined. */
  get(sql: string, ...values: readonly SqlValue[]): Row | undefined;
  /** Runs one statement and returns how many rows it changed. */
  run(sql: string, ...values: readonly SqlValue[]): number;
  /** Runs several statements without values, such as a migration. */
  script(sql: string): void;
  /** Runs `work` so that all of its writes happen or none; one inside another joins it. */
  transaction<T>(work: () => T): T;
  /** Runs `work` once the transaction in progress is committed, never when it is rolled back; at once when there is none. */
  afterCommit(work: () => void): void;
  /** Moves the write-ahead log into the file and closes. Closing twice is not an error. */
  close(): void;
}

/** How a database is opened. */
export interface DatabaseOptions {
  /** Absolute path of the file; its folder is made (0700) and the file (0600) when missing. */
  readonly path: string;
  /** The database key as `resolveDatabaseKey` returns it. */
  readonly key: string;
  /** Milliseconds to wait for another connection's lock. */
  readonly busyTimeoutMs?: number;
}

interface Statement {
  run(values: readonly SqlValue[]): { readonly changes: number };
  all(values: readonly SqlValue[]): Row[];
}

interface Driver {
  prepare(sql: string): Statement;
  exec(sql: string): void;
  close(): void;
}

type DriverConstructor = new (
  path: string,
  options: { readonly encryptionKey: string; readonly encryptionCipher: string; readonly timeout: number },
) => Driver;

const defaultBusyTimeoutMs = 5_000;
/** Pages kept decrypted in memory, in KiB: reading one again costs a decryption. */
const cacheKibibytes = 32 * 1024;
const folderMode = 0o700;
const fileMode = 0o600;

/** Opens or makes an encrypted database. Throws `storage_corrupt` when the key does not fit, `storage_unavailable` when the disk does not let it. */
export function openDatabase(options: DatabaseOptions): Database {
  const busyTimeoutMs = options.busyTimeoutMs ?? defaultBusyTimeoutMs;
  let driver: Driver | null = null;
  try {
    makePrivateFile(options.path);
    // Loaded here and not at the top, so that a program that never opens a database does not load the native code.
    const Driver = createRequire(import.meta.url)('libsql') as DriverConstructor;
    driver = new Driver(options.path, {
      encryptionKey: options.key,
      encryptionCipher: 'aes256cbc',
      timeout: busyTimeoutMs,
    });
    driver.prepare('SELECT count(*) FROM sqlite_master').all([]);
    for (const pragma of [
      'journal_mode = WAL',
      'synchronous = NORMAL',
      'foreign_keys = ON',
      `busy_timeout = ${busyTimeoutMs}`,
      `cache_size = -${cacheKibibytes}`,
    ]) {
      driver.prepare(`PRAGMA ${pragma}`).all([]);
    }
  } catch (error) {
    driver?.close();
    throw toDatabaseError(error);
  }
  return wrap(driver);
}

function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: folderMode });
  closeSync(openSync(path, 'a', fileMode));
}

function wrap(driver: Driver): Database {
  const statements = new Map<string, Statement>();
  const waiting: (() => void)[] = [];
  let inTransaction = false;
  let open = true;

  function guarded<T>(work: () => T): T {
    if (!open) throw new TollkeeperError('storage_unavailable', 'The database is closed.');
    try {
      return work();
    } catch (error) {
      throw toDatabaseError(error);
    }
  }

  function prepared(sql: string): Statement {
    const known = statements.get(sql);
    if (known) return known;
    const statement = driver.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }

  return {
    all: (sql, ...values) => guarded(() => prepared(sql).all(values)),
    get: (sql, ...values) => guarded(() => prepared(sql).all(values)[0]),
    run: (sql, ...values) => guarded(() => prepared(sql).run(values).changes),
    script: (sql) => guarded(() => driver.exec(sql)),
    transaction(work) {
      if (inTransaction) return work();
      guarded(() => driver.exec('BEGIN IMMEDIATE'));
      inTransaction = true;
      let result: ReturnType<typeof work>;
      try {
        result = work();
        guarded(() => driver.exec('COMMIT'));
      } catch (error) {
        rollBack(driver);
        waiting.length = 0;
        throw error;
      } finally {
        inTransaction = false;
      }
      for (const listener of waiting.splice(0)) listener();
      return result;
    },
    afterCommit(work) {
      if (inTransaction) waiting.push(work);
      else work();
    },
    close() {
      if (!open) return;
      open = false;
      statements.clear();
      try {
        driver.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all([]);
      } catch {
        // A checkpoint that fails leaves the rows in the write-ahead log, which the next open reads.
      }
      driver.close();
    },
  };
}

function rollBack(driver: Driver): void {
  try {
    driver.exec('ROLLBACK');
  } catch {
    // SQLite has already rolled back by itself after a full disk or an I/O error.
  }
}
