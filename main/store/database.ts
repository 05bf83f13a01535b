import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { TollkeeperError } from '#shared/model/error.ts';
import { toDatabaseError } from './database-error.ts';
import { type Driver, openDriver, type Row, type SqlValue, type Statement } from './driver.ts';
import { putBackInterrupted } from './key-change-files.ts';

export type { Row, SqlValue } from './driver.ts';

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
  /** Moves the write-ahead log into the file, and keeps every later change out of it until `releaseFile` or the end. Throws `storage_unavailable` while another connection is in the way. */
  holdFile(): void;
  releaseFile(): void;
  /**
   * Closes the file, has `work` done to it, and opens it with the key that `work` returns. What throws on the way is undone: the
   * file is open with its former key then. Not within a transaction.
   */
  exchangeFile(work: () => string, undo: () => void): void;
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
  /**
   * `delete` for a file that another is put in the place of: a connection with a write-ahead log, which `wal` is, can live on after
   * `close` until memory is collected, and then removes the log of whatever file has that name.
   */
  readonly journal?: 'wal' | 'delete';
}

const defaultBusyTimeoutMs = 5_000;
/** Pages kept decrypted in memory, in KiB: reading one again costs a decryption. */
const cacheKibibytes = 32 * 1024;
/** Pages in the write-ahead log after which it is moved into the file; SQLite's own default. */
const checkpointPages = 1_000;
const folderMode = 0o700;
const fileMode = 0o600;

/** Opens or makes an encrypted database. Throws `storage_corrupt` when the key does not fit, `storage_unavailable` when the disk does not let it. */
export function openDatabase(options: DatabaseOptions): Database {
  return wrap(options, connect(options));
}

function connect(options: DatabaseOptions): Driver {
  const busyTimeoutMs = options.busyTimeoutMs ?? defaultBusyTimeoutMs;
  let driver: Driver | null = null;
  try {
    putBackInterrupted(options.path);
    makePrivateFile(options.path);
    driver = openDriver({ ...options, busyTimeoutMs });
    driver.prepare('SELECT count(*) FROM sqlite_master').all([]);
    for (const pragma of [
      `journal_mode = ${options.journal ?? 'wal'}`,
      'synchronous = NORMAL',
      'foreign_keys = ON',
      `busy_timeout = ${busyTimeoutMs}`,
      `cache_size = -${cacheKibibytes}`,
    ]) {
      driver.prepare(`PRAGMA ${pragma}`).all([]);
    }
    return driver;
  } catch (error) {
    driver?.close();
    throw toDatabaseError(error);
  }
}

function makePrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: folderMode });
  closeSync(openSync(path, 'a', fileMode));
}

function wrap(options: DatabaseOptions, first: Driver): Database {
  let driver = first;
  let { key } = options;
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

  /** Folds the write-ahead log into the file for good, which only works while nobody else has it open. */
  function endLog(): void {
    try {
      driver.exec('PRAGMA busy_timeout = 0');
      if (driver.prepare('PRAGMA journal_mode = DELETE').all([])[0]?.journal_mode !== 'delete') throw fileInUse();
    } finally {
      driver.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs ?? defaultBusyTimeoutMs}`);
    }
  }

  function disconnect(): void {
    statements.clear();
    try {
      driver.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all([]);
    } catch {
      // A checkpoint that fails leaves the rows in the write-ahead log, which the next open reads.
    }
    driver.close();
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
    holdFile() {
      guarded(() => {
        driver.exec('PRAGMA wal_autocheckpoint = 0');
        if (driver.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all([])[0]?.busy !== 0) throw fileInUse();
      });
    },
    releaseFile() {
      guarded(() => driver.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`));
    },
    exchangeFile(work, undo) {
      if (inTransaction) throw new TollkeeperError('conflict', 'A transaction is under way.');
      guarded(endLog);
      disconnect();
      try {
        const next = work();
        driver = connect({ ...options, key: next });
        key = next;
      } catch (error) {
        undo();
        driver = connect({ ...options, key });
        throw toDatabaseError(error);
      }
    },
    close() {
      if (!open) return;
      open = false;
      disconnect();
    },
  };
}

function fileInUse(): TollkeeperError {
  return new TollkeeperError('storage_unavailable', 'Another program has the database open.');
}

function rollBack(driver: Driver): void {
  try {
    driver.exec('ROLLBACK');
  } catch {
    // SQLite has already rolled back by itself after a full disk or an I/O error.
  }
}
