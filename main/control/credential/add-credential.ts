import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { OperationArguments } from '#shared/contract/operations.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { Verification } from '#shared/model/credential.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Provider } from '#shared/model/provider.ts';
import { createIdentifier } from '../identifier.ts';
import { planCredential } from './credential-plan.ts';
import type { SecretShelf } from './secret-shelf.ts';
import { verifyKey } from './verify-key.ts';

/** What adding needs. */
export interface AddCredentialOptions {
  readonly registry: Pick<Registry, 'credentials' | 'audit' | 'transaction'>;
  readonly shelf: SecretShelf;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly fetch: typeof globalThis.fetch;
  readonly providers: Readonly<Record<string, Provider>>;
}

/**
 * Adds a credential: the key is looked at and tried, then its vault item is written, then its row. When a step fails, what the
 * steps before it left is taken back, at the latest by the next sweep of the shelf. Returns the id.
 */
export async function addCredential(
  input: OperationArguments<'credential.add'>,
  actor: Actor,
  options: AddCredentialOptions,
): Promise<string> {
  const { registry, shelf, clock, fetch } = options;
  const plan = planCredential(input, registry.credentials.list(), options.providers);
  const { provider, label, fingerprint, baseUrl, definition, secret } = plan;
  const trial = { provider: definition, baseUrl, secret, fetch, clock };
  const verification = input.verify ? acceptedOrThrow(await verifyKey(trial)) : null;
  const id = createIdentifier('cred', options.random);
  const at = new Date(clock.now()).toISOString();
  const vaultItem = secret === '' ? '' : `credential/${id}/1`;
  const named = { id, provider, label, fingerprint, baseUrl, definition: definition.id, vaultItem, verification };
  if (vaultItem !== '') await shelf.put(vaultItem, secret);
  try {
    insertRow({ ...named, isDefault: false, weight: null, version: 1, createdAt: at, rotatedAt: at }, actor, options);
  } catch (error) {
    if (vaultItem !== '') await shelf.destroy(vaultItem);
    throw error;
  }
  return id;
}

/** Keeps a new credential; the first of a provider is its default. */
export function insertRow(
  record: CredentialRecord,
  actor: Actor,
  { registry, shelf, clock }: Pick<AddCredentialOptions, 'registry' | 'shelf' | 'clock'>,
): void {
  registry.transaction(() => {
    const isFirst = registry.credentials.list().every((other) => other.provider !== record.provider);
    registry.credentials.insert({ ...record, isDefault: isFirst });
    if (record.vaultItem !== '') shelf.keep(record.vaultItem);
    const { provider, label, fingerprint, baseUrl } = record;
    const detail = { provider, label, fingerprint, baseUrl, verified: record.verification?.outcome ?? 'skipped' };
    registry.audit.append({ event: 'credential-added', actor, subject: record.id, detail }, clock.now());
  });
}

/** Throws `key_rejected` or `upstream_unreachable` for what did not go well. */
export function acceptedOrThrow(verification: Verification): Verification {
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
