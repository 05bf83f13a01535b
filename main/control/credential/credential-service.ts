import type { Registry } from '#main/store/registry/registry.ts';
import type { OperationArguments } from '#shared/contract/operations.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { Credential, Verification } from '#shared/model/credential.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Provider } from '#shared/model/provider.ts';
import type { Vault } from '#shared/model/vault.ts';

/** A provider key that the gateway can use, with its secret; goes into the snapshot and nowhere else. */
export interface CredentialSecret {
  readonly credentialId: string;
  readonly version: number;
  readonly secret: string;
}

/** Everything the credential service is made from. */
export interface CredentialServiceOptions {
  readonly registry: Pick<Registry, 'credentials' | 'vaultItems' | 'audit' | 'transaction'>;
  readonly vault: Vault;
  readonly clock: Clock;
  /** Calls the provider to try a key. */
  readonly fetch: typeof globalThis.fetch;
  /** Data file of a provider id; the generic one for an id that is not built in. */
  readonly findProvider: (id: string) => Provider | null;
  /** Latest use per credential id, ISO 8601 (the ledger's `lastUsed`). */
  readonly lastUsed: () => Promise<ReadonlyMap<string, string>>;
  /** Called after every change of what the gateway may use. */
  readonly onChange: () => void;
}

/** Provider keys: the row in the registry, the secret in the vault, and nothing half-done between the two. */
export interface CredentialService {
  list(): Promise<readonly Credential[]>;
  /** Tries the key unless told not to, then stores it. Rejects with `key_rejected`, `upstream_unreachable`, `key_malformed`, `base_url_refused`, … and stores nothing then. */
  add(input: OperationArguments<'credential.add'>, actor: Actor): Promise<Credential>;
  verify(id: string, actor: Actor): Promise<Verification>;
  update(input: OperationArguments<'credential.update'>, actor: Actor): Promise<Credential>;
  /** Takes it out of use at once; its secret is destroyed ten seconds later, until when `restore` brings it back. */
  remove(id: string, actor: Actor): Promise<void>;
  restore(id: string, actor: Actor): Promise<Credential>;
  /** Secrets of all usable credentials, each read from the vault once per version. */
  secrets(): Promise<readonly CredentialSecret[]>;
  /** Forgets secrets kept in memory and destroys what was removed. */
  close(): Promise<void>;
}

/** Makes the service. */
export function createCredentialService(options: CredentialServiceOptions): CredentialService {
  throw new TollkeeperError('unsupported_platform', `Not written yet: ${options.vault.kind}`);
}
