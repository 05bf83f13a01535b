import { z } from 'zod';
import { credentialSchema } from '#shared/model/credential.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { Database, Row } from '../database.ts';
import { camelCased, decode } from '../row.ts';
import type { CredentialRecord, CredentialStore, VaultItemStore } from './registry.ts';

const recordSchema = lazily(() =>
  credentialSchema
    .omit({ lastUsedAt: true, vaultState: true, health: true, rotation: true })
    .extend({ definition: z.string(), vaultItem: z.string(), isDefault: z.literal([0, 1]).transform(Boolean) }),
);

function toRecord(row: Row): CredentialRecord {
  const { identity, ...record } = decode(recordSchema, camelCased(row, ['verification', 'identity']));
  return identity ? { ...record, identity } : record;
}

const writeSql = `
  INSERT INTO credentials (id, provider, definition, label, fingerprint, base_url, is_default, weight, version, vault_item, created_at, rotated_at, verification, identity)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET provider = excluded.provider, definition = excluded.definition, label = excluded.label,
    fingerprint = excluded.fingerprint, base_url = excluded.base_url, is_default = excluded.is_default, weight = excluded.weight, version = excluded.version,
    vault_item = excluded.vault_item, created_at = excluded.created_at, rotated_at = excluded.rotated_at, verification = excluded.verification,
    identity = excluded.identity`;

/** Credentials on a registry database. */
export function createCredentialStore(database: Database, vaultItems: VaultItemStore): CredentialStore {
  function write(record: CredentialRecord): void {
    database.run(
      writeSql,
      record.id,
      record.provider,
      record.definition,
      record.label,
      record.fingerprint,
      record.baseUrl,
      record.isDefault ? 1 : 0,
      record.weight,
      record.version,
      record.vaultItem,
      record.createdAt,
      record.rotatedAt,
      record.verification === null ? null : JSON.stringify(record.verification),
      record.identity ? JSON.stringify(record.identity) : null,
    );
    if (record.vaultItem !== '') vaultItems.expect(record.vaultItem, Date.parse(record.rotatedAt));
  }

  function find(id: string): CredentialRecord | null {
    const row = database.get('SELECT * FROM credentials WHERE id = ?', id);
    return row ? toRecord(row) : null;
  }

  function existing(id: string): CredentialRecord {
    const record = find(id);
    if (record) return record;
    throw new TollkeeperError('not_found', `There is no key ${id}.`);
  }

  function clearDefault(provider: string): void {
    database.run('UPDATE credentials SET is_default = 0 WHERE provider = ?', provider);
  }

  return {
    list: () => database.all('SELECT * FROM credentials ORDER BY created_at, id').map(toRecord),
    find,
    insert: (record) =>
      database.transaction(() => {
        if (find(record.id)) throw new TollkeeperError('conflict', `There is already a key ${record.id}.`);
        if (record.isDefault) clearDefault(record.provider);
        write(record);
      }),
    update: (id, changes) =>
      database.transaction(() => {
        const changed = { ...existing(id), ...changes };
        write(changed);
        return changed;
      }),
    makeDefault: (id) =>
      database.transaction(() => {
        clearDefault(existing(id).provider);
        database.run('UPDATE credentials SET is_default = 1 WHERE id = ?', id);
      }),
    remove: (id) =>
      database.transaction(() => {
        const record = find(id);
        if (!record) return false;
        vaultItems.forget(record.vaultItem);
        return database.run('DELETE FROM credentials WHERE id = ?', id) > 0;
      }),
  };
}
