import type { AuditFact } from '#main/store/audit/audit-log.ts';
import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { OperationArguments } from '#shared/contract/operations.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { Credential, CredentialHealth, Verification } from '#shared/model/credential.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Provider } from '#shared/model/provider.ts';
import type { CredentialRotation } from '#shared/model/rotation.ts';
import type { Vault } from '#shared/model/vault.ts';
import type { IdentityDesk } from '../identity/identity-desk.ts';
import { addCredential } from './add-credential.ts';
import { addKeyless, tryKeyless } from './add-keyless.ts';
import { type CredentialSecret, createCredentialReader } from './credential-reader.ts';
import { createRemovals } from './credential-removals.ts';
import type { SecretShelf } from './secret-shelf.ts';
import { verifyKey } from './verify-key.ts';

export type { CredentialSecret } from './credential-reader.ts';

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
  /** How it does at its provider, by credential id. */
  readonly healthOf: (id: string) => CredentialHealth;
  /** Its age and when it is changed next. */
  readonly rotationOf: (record: CredentialRecord) => CredentialRotation;
  /** Tokens for credentials without a stored key. */
  readonly identities: IdentityDesk;
  /** Where the secrets are. */
  readonly shelf: SecretShelf;
  /** Called after every change of what the gateway may use, or of what a view shows of it. */
  readonly onChange: () => void;
}

/** Provider keys: the row in the registry, the secret in the vault, and nothing half-done between the two. */
export interface CredentialService {
  /** Oldest first. */
  list(): Promise<readonly Credential[]>;
  /** Tries the key unless told not to, then stores it. Rejects with `key_rejected`, `upstream_unreachable`, `key_malformed`, `base_url_refused`, … and stores nothing then. */
  add(input: OperationArguments<'credential.add'>, actor: Actor): Promise<Credential>;
  /** The same for one without a stored key: its provider gives a token for our assertion, or nothing is stored. */
  addKeyless(input: OperationArguments<'credential.addKeyless'>, actor: Actor): Promise<Credential>;
  verify(id: string, actor: Actor): Promise<Verification>;
  update(input: OperationArguments<'credential.update'>, actor: Actor): Promise<Credential>;
  /** Its share in its provider's pool; null for what it had before anybody set one. */
  setWeight(id: string, weight: number | null, actor: Actor): Promise<Credential>;
  /** Takes it out of use at once; its secret is destroyed ten seconds later, until when `restore` brings it back. */
  remove(id: string, actor: Actor): Promise<void>;
  restore(id: string, actor: Actor): Promise<Credential>;
  /** Secrets of all usable credentials, each read from the vault once per version. Rejects with `vault_locked` or `vault_unavailable`. */
  secrets(): Promise<readonly CredentialSecret[]>;
  /** Whether secrets may stay in memory once they were read; turning that off forgets them. */
  remember(isWanted: boolean): void;
  /** Forgets secrets kept in memory and destroys what was removed. */
  close(): Promise<void>;
}

/** Makes the service, and destroys what a crash left behind. */
export function createCredentialService(options: CredentialServiceOptions): CredentialService {
  const { registry, vault, shelf, clock, fetch, onChange } = options;
  const removals = createRemovals({ registry, shelf, clock });
  const reader = createCredentialReader({
    ...{ registry, vault, shelf },
    tokenOf: (record) => options.identities.tokenOf(record),
    lastUsed: options.lastUsed,
    healthOf: options.healthOf,
    rotationOf: options.rotationOf,
  });
  void shelf.sweep();

  async function verifyStored(credential: CredentialRecord): Promise<Verification> {
    const secret = await reader.secretOf(credential);
    const provider = definitionOf(credential, options.providers);
    return verifyKey({ provider, baseUrl: credential.baseUrl, secret, fetch, clock });
  }

  const record = (fact: AuditFact): void => void registry.audit.append(fact, clock.now());

  return {
    list: () => reader.list(),
    async add(input, actor) {
      const id = await addCredential(input, actor, options);
      onChange();
      return reader.describe(id);
    },
    async addKeyless(input, actor) {
      const id = await addKeyless(input, actor, options);
      onChange();
      return reader.describe(id);
    },
    async verify(id, actor) {
      const credential = reader.existing(id);
      const verification = credential.identity ? await tryKeyless(credential, options) : await verifyStored(credential);
      registry.transaction(() => {
        registry.credentials.update(id, { verification });
        record({ event: 'credential-verified', actor, subject: id, detail: { outcome: verification.outcome } });
      });
      onChange();
      return verification;
    },
    async update({ id, label, isDefault }, actor) {
      registry.transaction(() => {
        reader.existing(id);
        if (label !== undefined) registry.credentials.update(id, { label });
        if (isDefault) registry.credentials.makeDefault(id);
        const detail = { ...(label === undefined ? {} : { label }), ...(isDefault ? { isDefault } : {}) };
        record({ event: 'credential-updated', actor, subject: id, detail });
      });
      onChange();
      return reader.describe(id);
    },
    async setWeight(id, weight, actor) {
      registry.transaction(() => {
        reader.existing(id);
        registry.credentials.update(id, { weight });
        record({ event: 'credential-updated', actor, subject: id, detail: { weight } });
      });
      onChange();
      return reader.describe(id);
    },
    async remove(id, actor) {
      removals.remove(reader.existing(id), actor);
      onChange();
    },
    async restore(id, actor) {
      removals.restore(id, actor);
      onChange();
      return reader.describe(id);
    },
    secrets: () => reader.secrets(),
    remember(isWanted) {
      shelf.remember(isWanted);
      if (!isWanted) options.identities.rest();
    },
    async close() {
      options.identities.rest();
      await removals.close();
      await shelf.close();
    },
  };
}

function definitionOf({ definition }: CredentialRecord, providers: Readonly<Record<string, Provider>>): Provider {
  const provider = Object.hasOwn(providers, definition) ? providers[definition] : undefined;
  if (provider !== undefined) return provider;
  throw new TollkeeperError('unknown_provider', `This version knows no provider ${definition}.`);
}
