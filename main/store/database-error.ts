import { type ErrorCode, TollkeeperError } from '#shared/model/error.ts';

/** SQLite's result codes by what they mean here; extended codes such as SQLITE_IOERR_WRITE go by their beginning. */
const codesByPrefix: readonly (readonly [prefix: string, code: ErrorCode])[] = [
  ['SQLITE_NOTADB', 'storage_corrupt'],
  ['SQLITE_CORRUPT', 'storage_corrupt'],
  ['SQLITE_FULL', 'storage_unavailable'],
  ['SQLITE_IOERR', 'storage_unavailable'],
  ['SQLITE_BUSY', 'storage_unavailable'],
  ['SQLITE_LOCKED', 'storage_unavailable'],
  ['SQLITE_READONLY', 'storage_unavailable'],
  ['SQLITE_CANTOPEN', 'storage_unavailable'],
  ['SQLITE_PERM', 'storage_unavailable'],
  ['SQLITE_CONSTRAINT', 'conflict'],
  ['ENOSPC', 'storage_unavailable'],
  ['EACCES', 'storage_unavailable'],
  ['EPERM', 'storage_unavailable'],
  ['EROFS', 'storage_unavailable'],
  ['EIO', 'storage_unavailable'],
  ['EDQUOT', 'storage_unavailable'],
  ['EMFILE', 'storage_unavailable'],
  ['ENFILE', 'storage_unavailable'],
];

/**
 * Turns what the driver or the file system threw into our error. The text says the result code and never a bound value,
 * because values can be anything; the original is the `cause`.
 */
export function toDatabaseError(error: unknown): TollkeeperError {
  if (error instanceof TollkeeperError) return error;
  const reason = error instanceof Error && 'code' in error ? String(error.code) : '';
  const known = codesByPrefix.find(([prefix]) => reason.startsWith(prefix));
  return new TollkeeperError(known?.[1] ?? 'internal', undefined, {
    cause: error,
    details: reason === '' ? {} : { reason },
  });
}
