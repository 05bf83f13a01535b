import type { Registry } from '#main/store/registry/registry.ts';
import type { AdminKeyRecord } from '#main/store/registry/rotation-records.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { AdminKey, AdminKeyKind } from '#shared/model/rotation.ts';
import type { SecretShelf } from '../credential/secret-shelf.ts';
import { readAdminKey } from './admin-key-form.ts';

/** Keys that make and revoke other keys. They are read for one call at a time, kept in no memory, and never sent to the gateway. */
export interface AdminKeys {
  /** Oldest first, without secrets. */
  list(): readonly AdminKey[];
  /** Stores one. Rejects with `key_malformed` or as the vault does. */
  add(
    draft: { readonly provider: string; readonly secret: string; readonly label: string },
    actor: Actor,
  ): Promise<AdminKey>;
  /** Throws `not_found`, and `conflict` while a rotation that needs it is under way. */
  remove(id: string, actor: Actor): void;
  /** Rejects with `not_found`, `vault_item_missing` or as the vault does. */
  secretOf(id: string): Promise<string>;
}

/** What admin keys are made from. */
export interface AdminKeysOptions {
  readonly registry: Pick<Registry, 'rotations' | 'audit' | 'transaction'>;
  readonly shelf: SecretShelf;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly onChange: () => void;
  /** What the provider's admin keys look like; null or undefined where nothing is known of it. */
  readonly kindOf: (provider: string) => AdminKeyKind | null | undefined;
}

/** Makes them. */
export function createAdminKeys({ registry, shelf, clock, newId, onChange, kindOf }: AdminKeysOptions): AdminKeys {
  const { rotations } = registry;

  function existing(id: string): AdminKeyRecord {
    const record = rotations.adminKey(id);
    if (record !== null) return record;
    throw new TollkeeperError('not_found', `There is no admin key ${id}.`);
  }

  function isNeeded(id: string): boolean {
    return rotations.listOpen().some(({ credentialId, state }) => {
      return state === 'running' && rotations.setup(credentialId)?.adminKeyId === id;
    });
  }

  return {
    list: () => rotations.adminKeys().map(shown),
    async add({ provider, secret, label }, actor) {
      const key = readAdminKey(secret, kindOf(provider));
      const id = newId();
      const vaultItem = `admin/${id}/1`;
      const createdAt = new Date(clock.now()).toISOString();
      const record = { id, provider, label, fingerprint: key.fingerprint, vaultItem, createdAt };
      await shelf.put(vaultItem, key.secret);
      registry.transaction(() => {
        rotations.insertAdminKey(record);
        shelf.keep(vaultItem);
        const detail = { provider, label, fingerprint: record.fingerprint };
        registry.audit.append({ event: 'admin-key-added', actor, subject: id, detail }, clock.now());
      });
      shelf.release(vaultItem);
      onChange();
      return shown(record);
    },
    remove(id, actor) {
      const record = existing(id);
      if (isNeeded(id))
        throw new TollkeeperError('conflict', 'A rotation that needs this admin key is under way. Let it end first.');
      registry.transaction(() => {
        rotations.removeAdminKey(id);
        shelf.condemn(record.vaultItem);
        const detail = { provider: record.provider, label: record.label };
        registry.audit.append({ event: 'admin-key-removed', actor, subject: id, detail }, clock.now());
      });
      void shelf.destroy(record.vaultItem);
      onChange();
    },
    async secretOf(id) {
      const { vaultItem } = existing(id);
      const read = await shelf.read(vaultItem);
      shelf.release(vaultItem);
      if (read.state === 'present') return read.secret;
      if (read.state === 'unavailable') throw new TollkeeperError(read.code, read.message);
      throw new TollkeeperError('vault_item_missing');
    },
  };
}

function shown({ vaultItem: _vaultItem, ...key }: AdminKeyRecord): AdminKey {
  return key;
}
