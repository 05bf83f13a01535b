import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { OperationArguments } from '#shared/contract/operations.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { Credential, Verification } from '#shared/model/credential.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Provider } from '#shared/model/provider.ts';
import type { Vault } from '#shared/model/vault.ts';
import { createIdentifier } from '../identifier.ts';
import { planCredential } from './credential-plan.ts';
import { createRemovals } from './credential-removals.ts';
import { createSecretShelf } from './secret-shelf.ts';
import { verifyKey } from './verify-key.ts';

/** A provider key that the gateway can use, with its secret; goes into the snapshot and nowhere else. */
export interface CredentialSecret {
  readonly credentialId: string;
  readonly version: number;
  /** Empty for a local server without a key. */
  readonly secret: string;
}

/** Everything the credential service is made from. */
export interface CredentialServiceOptions {
  readonly registry: Pick<Registry, 'credentials' | 'state' | 'audit' | 'transaction'>;
  readonly vault: Vault;
  readonly clock: Clock;
  /** Returns that many random bytes. */
  readonly random: (bytes: number) => Uint8Array;
  /** Calls the provider to try a key. */
  readonly fetch: typeof globalThis.fetch;
  /** The provider table, the template of the user's own included. */
  readonly providers: Readonly<Record<string, Provider>>;
  /** Latest use per credential id, ISO 8601 (the ledger's `lastUsed`). */
  readonly lastUsed: () => Promise<ReadonlyMap<string, string>>;
  /** Called after every change of what the gateway may use, or of what a view shows of it. */
  readonly onChange: () => void;
}

/** Provider keys: the row in the registry, the secret in the vault, and nothing half-done between the two. */
export interface CredentialService {
  /** Oldest first. */
  list(): Promise<readonly Credential[]>;
  /** Tries the key unless told not to, then stores it. Rejects with `key_rejected`, `upstream_unreachable`, `key_malformed`, `base_url_refused`, … and stores nothing then. */
  add(input: OperationArguments<'credential.add'>, actor: Actor): Promise<Credential>;
  verify(id: string, actor: Actor): Promise<Verification>;
  update(input: OperationArguments<'credential.update'>, actor: Actor): Promise<Credential>;
  /** Takes it out of use at once; its secret is destroyed ten seconds later, until when `restore` brings it back. */
  remove(id: string, actor: Actor): Promise<void>;
  restore(id: string, actor: Actor): Promise<Credential>;
  /** Secrets of all usable credentials, each read from the vault once per version. Rejects with `vault_locked` or `vault_unavailable`. */
  secrets(): Promise<readonly CredentialSecret[]>;
  /** Forgets secrets kept in memory and destroys what was removed. */
  close(): Promise<void>;
}

/** Makes the service, and destroys what a crash left behind. */
export function createCredentialService(options: CredentialServiceOptions): CredentialService {
  const { registry, vault, clock } = options;
  const shelf = createSecretShelf(vault, registry);
  const removals = createRemovals({ registry, shelf, clock });
  void shelf.sweep();

  function existing(id: string): CredentialRecord {
    const record = registry.credentials.find(id);
    if (record !== null) return record;
    throw new TollkeeperError('not_found', `There is no key ${id}.`);
  }

  function definitionOf(record: CredentialRecord): Provider {
    const provider = options.providers[record.definition];
    if (provider !== undefined) return provider;
    throw new TollkeeperError('unknown_provider', `There is no provider ${record.definition} any more.`);
  }

  async function secretOf(record: CredentialRecord): Promise<string> {
    if (record.vaultItem === '') return '';
    const read = await shelf.read(record.vaultItem);
    if (read.state === 'present') return read.secret;
    if (read.state === 'unavailable') throw new TollkeeperError(read.code, read.message);
    throw new TollkeeperError('vault_item_missing');
  }

  async function vaultStateOf(record: CredentialRecord, isReady: boolean): Promise<Credential['vaultState']> {
    if (record.vaultItem === '') return 'present';
    if (!isReady) return 'unavailable';
    return (await shelf.read(record.vaultItem)).state;
  }

  async function describe(records: readonly CredentialRecord[]): Promise<readonly Credential[]> {
    const [lastUsed, status] = await Promise.all([options.lastUsed().catch(unknownUse), vault.status()]);
    return Promise.all(
      records.map(async ({ definition: _definition, vaultItem: _vaultItem, ...record }, index) => ({
        ...record,
        lastUsedAt: lastUsed.get(record.id) ?? null,
        vaultState: await vaultStateOf(records[index] ?? existing(record.id), status.state === 'ready'),
      })),
    );
  }

  async function describeOne(id: string): Promise<Credential> {
    const [credential] = await describe([existing(id)]);
    if (credential === undefined) throw new TollkeeperError('not_found');
    return credential;
  }

  function insert(record: CredentialRecord, actor: Actor): void {
    registry.transaction(() => {
      const isFirst = registry.credentials.list().every((other) => other.provider !== record.provider);
      registry.credentials.insert({ ...record, isDefault: isFirst });
      if (record.vaultItem !== '') shelf.keep(record.vaultItem);
      const { provider, label, fingerprint, baseUrl } = record;
      const detail = { provider, label, fingerprint, baseUrl, verified: record.verification?.outcome ?? 'skipped' };
      registry.audit.append({ event: 'credential-added', actor, subject: record.id, detail }, clock.now());
    });
  }

  return {
    list: () => describe(registry.credentials.list()),
    async add(input, actor) {
      const plan = planCredential(input, registry.credentials.list(), options.providers);
      const trial = {
        provider: plan.definition,
        baseUrl: plan.baseUrl,
        secret: plan.secret,
        fetch: options.fetch,
        clock,
      };
      const verification = input.verify ? acceptedOrThrow(await verifyKey(trial)) : null;
      const id = createIdentifier('cred', options.random);
      const at = new Date(clock.now()).toISOString();
      const vaultItem = plan.secret === '' ? '' : `credential/${id}/1`;
      if (vaultItem !== '') await shelf.put(vaultItem, plan.secret);
      const { provider, label, fingerprint, baseUrl, definition } = plan;
      const described = { id, provider, label, fingerprint, baseUrl, definition: definition.id, vaultItem };
      try {
        insert({ ...described, isDefault: false, version: 1, createdAt: at, rotatedAt: at, verification }, actor);
      } catch (error) {
        if (vaultItem !== '') await shelf.destroy(vaultItem);
        throw error;
      }
      options.onChange();
      return describeOne(id);
    },
    async verify(id, actor) {
      const record = existing(id);
      const secret = await secretOf(record);
      const { baseUrl } = record;
      const verification = await verifyKey({
        provider: definitionOf(record),
        baseUrl,
        secret,
        fetch: options.fetch,
        clock,
      });
      registry.transaction(() => {
        registry.credentials.update(id, { verification });
        const detail = { outcome: verification.outcome };
        registry.audit.append({ event: 'credential-verified', actor, subject: id, detail }, clock.now());
      });
      options.onChange();
      return verification;
    },
    async update({ id, label, isDefault }, actor) {
      existing(id);
      registry.transaction(() => {
        if (label !== undefined) registry.credentials.update(id, { label });
        if (isDefault) registry.credentials.makeDefault(id);
        const detail = { ...(label === undefined ? {} : { label }), ...(isDefault ? { isDefault } : {}) };
        registry.audit.append({ event: 'credential-updated', actor, subject: id, detail }, clock.now());
      });
      options.onChange();
      return describeOne(id);
    },
    async remove(id, actor) {
      removals.remove(existing(id), actor);
      options.onChange();
    },
    async restore(id, actor) {
      removals.restore(id, actor);
      options.onChange();
      return describeOne(id);
    },
    async secrets() {
      const records = registry.credentials.list();
      const read = await Promise.all(records.map((record) => usableSecret(record, secretOf)));
      return read.filter((secret) => secret !== null);
    },
    async close() {
      await removals.close();
      shelf.forget();
    },
  };
}

/** A ledger that can't be read takes the last use from the list, and nothing else. */
function unknownUse(): ReadonlyMap<string, string> {
  return new Map();
}

/** A lost secret takes one credential out of use; a vault that can't be asked is an error of its own. */
async function usableSecret(
  record: CredentialRecord,
  secretOf: (record: CredentialRecord) => Promise<string>,
): Promise<CredentialSecret | null> {
  try {
    return { credentialId: record.id, version: record.version, secret: await secretOf(record) };
  } catch (error) {
    if (error instanceof TollkeeperError && error.code === 'vault_item_missing') return null;
    throw error;
  }
}

function acceptedOrThrow(verification: Verification): Verification {
  if (verification.outcome === 'rejected')
    throw new TollkeeperError(
      'key_rejected',
      `${verification.message} Check that it was copied whole and is active. Nothing was stored.`,
    );
  if (verification.outcome === 'unreachable')
    throw new TollkeeperError(
      'upstream_unreachable',
      `${verification.message} Nothing was stored; --no-verify stores the key without trying it.`,
    );
  return verification;
}
