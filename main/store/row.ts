import type { ZodType } from 'zod';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Row, SqlValue } from './database.ts';

/** Reads what was kept back into its model. Throws `storage_corrupt` when it does not fit, because only a damaged database holds that. */
export function decode<T>(schema: ZodType<T>, value: unknown): T {
  const decoded = schema.safeParse(value);
  if (decoded.success) return decoded.data;
  throw new TollkeeperError(
    'storage_corrupt',
    'The database holds a row that can\u2019t be read. Restore it from a backup.',
    {
      cause: decoded.error,
    },
  );
}

/** Parses a JSON column. Throws `storage_corrupt`. */
export function parseJson(value: SqlValue | undefined): unknown {
  if (value === null || value === undefined) return null;
  try {
    return JSON.parse(String(value));
  } catch (cause) {
    throw new TollkeeperError(
      'storage_corrupt',
      'The database holds a row that can\u2019t be read. Restore it from a backup.',
      { cause },
    );
  }
}

/** Turns snake_case columns into camelCase properties and parses those named in `json`. */
export function camelCased(row: Row, json: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase()),
      json.includes(column) ? parseJson(value) : value,
    ]),
  );
}

/** A pattern for `LIKE … ESCAPE '\'` that finds `text` anywhere, taken literally. */
export function likePattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/** A text column that may be null. */
export function text(value: SqlValue | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** A number column that may be null. */
export function count(value: SqlValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}
