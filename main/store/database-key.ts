import { hkdfSync } from 'node:crypto';
import { statSync } from 'node:fs';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Vault } from '#shared/model/vault.ts';

/** Name of the vault item that holds the key of both databases. */
export const databaseKeyItem = 'database-key';

/** Name of the vault item that holds the key to come, while the databases are encrypted anew. */
export const nextDatabaseKeyItem = 'database-key/next';

/** What deciding about the database key needs. */
export interface DatabaseKeyOptions {
  readonly vault: Vault;
  /** Every database file that is encrypted with the key. */
  readonly files: readonly string[];
  /** Returns that many random bytes. */
  readonly random: (bytes: number) => Uint8Array;
}

const keyBytes = 32;

/**
 * The key of the databases, 64 hex digits. A new one is made only when the vault says `absent` and no database file exists;
 * otherwise throws `vault_item_missing`, `vault_locked` or `vault_unavailable` and changes nothing.
 */
export async function resolveDatabaseKey(options: DatabaseKeyOptions): Promise<string> {
  const found = await options.vault.read(databaseKeyItem);
  if (found.state === 'unavailable') throw new TollkeeperError(found.code, found.message);
  if (found.state === 'present') return checkedKey(found.secret);
  const existing = options.files.flatMap((file) => [file, `${file}-wal`]).find(hasContent);
  if (existing !== undefined) {
    throw new TollkeeperError(
      'vault_item_missing',
      `${existing} exists, but its key is not in the vault. Restore the item ${databaseKeyItem} from a backup, or move the database away to start anew.`,
      { details: { item: databaseKeyItem } },
    );
  }
  const key = makeDatabaseKey(options.random);
  await options.vault.write(databaseKeyItem, key);
  return key;
}

/** A new key, 64 hex digits, that is kept nowhere yet. */
export function makeDatabaseKey(random: DatabaseKeyOptions['random']): string {
  return Buffer.from(random(keyBytes)).toString('hex');
}

/** A key for another purpose, 64 hex digits, that tells nothing of the database's. HKDF with SHA-256, RFC 5869. */
export function deriveKey(databaseKey: string, purpose: string): string {
  return Buffer.from(hkdfSync('sha256', Buffer.from(databaseKey, 'hex'), '', purpose, keyBytes)).toString('hex');
}

/**
 * Throws `storage_corrupt` when the ledger is there but the registry, which is always made first, is not: an empty one in its place
 * would forget the policies and the audit log without a word.
 */
export function requireRegistry(files: { readonly registry: string; readonly ledger: string }): void {
  if (hasContent(files.ledger) && !hasContent(files.registry) && !hasContent(`${files.registry}-wal`)) {
    throw new TollkeeperError(
      'storage_corrupt',
      `${files.registry} is missing, but ${files.ledger} is there. Restore it from a backup, or move the ledger away to start anew.`,
    );
  }
}

/** True for a file that holds anything. */
export function hasContent(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Throws `storage_corrupt` for what is no key of a database. */
export function checkedKey(secret: string): string {
  if (/^[0-9a-f]{64}$/.test(secret)) return secret;
  throw new TollkeeperError(
    'storage_corrupt',
    `The vault item ${databaseKeyItem} does not hold a database key. Restore it from a backup.`,
  );
}
