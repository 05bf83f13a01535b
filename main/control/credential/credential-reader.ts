import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { Credential, CredentialHealth } from '#shared/model/credential.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { CredentialRotation } from '#shared/model/rotation.ts';
import type { Vault } from '#shared/model/vault.ts';
import type { SecretShelf } from './secret-shelf.ts';

/** A provider key that the gateway can use, with its secret; goes into the snapshot and nowhere else. */
export interface CredentialSecret {
  readonly credentialId: string;
  readonly version: number;
  /** Empty for a local server without a key. */
  readonly secret: string;
}

/** What the reader is made from. */
export interface CredentialReaderOptions {
  readonly registry: Pick<Registry, 'credentials'>;
  readonly vault: Vault;
  readonly shelf: SecretShelf;
  /** Latest use per credential id, ISO 8601. */
  readonly lastUsed: () => Promise<ReadonlyMap<string, string>>;
  /** The token to call with of a credential without a stored key; null while there is none. */
  readonly tokenOf: (record: CredentialRecord) => string | null;
  /** How it does at its provider, by credential id. */
  readonly healthOf: (id: string) => CredentialHealth;
  /** Its age and when it is changed next. */
  readonly rotationOf: (record: CredentialRecord) => CredentialRotation;
}

/** Reads credentials as others see them, and their secrets. */
export interface CredentialReader {
  /** Throws `not_found`. */
  existing(id: string): CredentialRecord;
  /** Oldest first, without secrets. */
  list(): Promise<readonly Credential[]>;
  describe(id: string): Promise<Credential>;
  /** Empty for a local server without a key. Rejects with `vault_locked`, `vault_unavailable` or `vault_item_missing`. */
  secretOf(record: CredentialRecord): Promise<string>;
  /** Secrets of all usable credentials. A lost one takes its credential out of use; a vault that can't be asked rejects. */
  secrets(): Promise<readonly CredentialSecret[]>;
}

/** Makes the reader. */
export function createCredentialReader({
  registry,
  vault,
  shelf,
  tokenOf,
  lastUsed,
  healthOf,
  rotationOf,
}: CredentialReaderOptions): CredentialReader {
  function existing(id: string): CredentialRecord {
    const record = registry.credentials.find(id);
    if (record !== null) return record;
    throw new TollkeeperError('not_found', `There is no key ${id}.`);
  }

  async function secretOf({ vaultItem }: CredentialRecord): Promise<string> {
    if (vaultItem === '') return '';
    const read = await shelf.read(vaultItem);
    if (read.state === 'present') return read.secret;
    if (read.state === 'unavailable') throw new TollkeeperError(read.code, read.message);
    throw new TollkeeperError('vault_item_missing');
  }

  async function vaultStateOf({ vaultItem }: CredentialRecord, isReady: boolean): Promise<Credential['vaultState']> {
    if (vaultItem === '') return 'present';
    return isReady ? (await shelf.read(vaultItem)).state : 'unavailable';
  }

  async function describeAll(records: readonly CredentialRecord[]): Promise<Credential[]> {
    const [uses, status] = await Promise.all([lastUsed().catch(unknownUse), vault.status()]);
    const describeRecord = async (record: CredentialRecord): Promise<Credential> => {
      const { definition: _definition, vaultItem: _vaultItem, ...shown } = record;
      const vaultState = await vaultStateOf(record, status.state === 'ready');
      const added = { lastUsedAt: uses.get(record.id) ?? null, vaultState, rotation: rotationOf(record) };
      return { ...shown, ...added, health: healthOf(record.id) };
    };
    return Promise.all(records.map(describeRecord));
  }

  async function usableSecret(record: CredentialRecord): Promise<CredentialSecret[]> {
    const { id: credentialId, version } = record;
    if (record.identity) {
      const token = tokenOf(record);
      return token === null ? [] : [{ credentialId, version, secret: token }];
    }
    try {
      return [{ credentialId, version, secret: await secretOf(record) }];
    } catch (error) {
      if (error instanceof TollkeeperError && error.code === 'vault_item_missing') return [];
      throw error;
    }
  }

  return {
    existing,
    list: () => describeAll(registry.credentials.list()),
    async describe(id) {
      const [credential] = await describeAll([existing(id)]);
      return credential ?? Promise.reject(new TollkeeperError('not_found'));
    },
    secretOf,
    secrets: async () => (await Promise.all(registry.credentials.list().map(usableSecret))).flat(),
  };
}

/** A ledger that can't be read takes the last use from the list, and nothing else. */
function unknownUse(): ReadonlyMap<string, string> {
  return new Map();
}
