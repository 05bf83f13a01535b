import { createRequire } from 'node:module';

/** What is bound and what comes back: text is bound as JavaScript strings only, because bytes that are not UTF-8 end the process. */
export type SqlValue = string | number | null;

/** One row, by column name. */
export type Row = Readonly<Record<string, SqlValue>>;

/** A prepared statement of the driver. */
export interface Statement {
  run(values: readonly SqlValue[]): { readonly changes: number };
  all(values: readonly SqlValue[]): Row[];
  iterate(values: readonly SqlValue[]): Iterable<Row>;
}

/** A connection of the driver, as far as it is used. It throws the driver's own errors. */
export interface Driver {
  prepare(sql: string): Statement;
  exec(sql: string): void;
  close(): void;
}

type DriverConstructor = new (
  path: string,
  options: { readonly encryptionKey: string; readonly encryptionCipher: string; readonly timeout: number },
) => Driver;

/** Connects to an encrypted file; whether the key fits shows with the first query. */
export function openDriver(options: {
  readonly path: string;
  readonly key: string;
  readonly busyTimeoutMs: number;
}): Driver {
  // Loaded here and not at the top, so that a program that never opens a database does not load the native code.
  const Driver = createRequire(import.meta.url)('libsql') as DriverConstructor;
  return new Driver(options.path, {
    encryptionKey: options.key,
    encryptionCipher: 'aes256cbc',
    timeout: options.busyTimeoutMs,
  });
}
