import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { OperationArguments } from '#shared/contract/operations.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { Verification } from '#shared/model/credential.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Provider } from '#shared/model/provider.ts';
import { createIdentifier } from '../identifier.ts';
import { type IdentityDesk, identitySupportOf, type KeylessCredential } from '../identity/identity-desk.ts';
import { acceptedOrThrow, insertRow } from './add-credential.ts';
import { normalizeBaseUrl } from './base-url.ts';
import { freeLabel } from './credential-plan.ts';
import type { SecretShelf } from './secret-shelf.ts';
import { verifyKey } from './verify-key.ts';

/** What adding and trying need. */
export interface KeylessOptions {
  readonly registry: Pick<Registry, 'credentials' | 'audit' | 'transaction'>;
  readonly identities: Pick<IdentityDesk, 'obtain'>;
  readonly shelf: SecretShelf;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  readonly fetch: typeof globalThis.fetch;
  readonly providers: Readonly<Record<string, Provider>>;
}

/** What stands in the place of a key's last letters. */
const noStoredKey = 'no stored key';

/** Adds a credential without a stored key, once its provider gave a token that it takes itself. Returns the id. */
export async function addKeyless(
  input: OperationArguments<'credential.addKeyless'>,
  actor: Actor,
  options: KeylessOptions,
): Promise<string> {
  const { registry, clock, providers } = options;
  const { provider } = identitySupportOf(input.provider, providers);
  const address = input.baseUrl ?? provider.baseUrl;
  if (address === null) throw new TollkeeperError('base_url_required');
  const id = createIdentifier('cred', options.random);
  const credential = {
    ...{ id, definition: provider.id, baseUrl: normalizeBaseUrl(address), identity: input.identity },
  };
  const verification = input.verify ? acceptedOrThrow(await tryKeyless(credential, options)) : null;
  const at = new Date(clock.now()).toISOString();
  const label = input.label || freeLabel(provider.name, registry.credentials.list());
  const named = { ...credential, provider: provider.id, label, fingerprint: noStoredKey, vaultItem: '', verification };
  insertRow({ ...named, isDefault: false, weight: null, version: 1, createdAt: at, rotatedAt: at }, actor, options);
  return id;
}

/** Asks for a token and tries it. */
export async function tryKeyless(
  credential: KeylessCredential & Pick<CredentialRecord, 'baseUrl'>,
  { identities, providers, fetch, clock }: KeylessOptions,
): Promise<Verification> {
  const { provider, support } = identitySupportOf(credential.definition, providers);
  const given = await identities.obtain(credential);
  if (given.outcome !== 'given')
    return { ...given, checkedAt: new Date(clock.now()).toISOString(), account: null, models: [] };
  const requiredHeaders = { ...provider.requiredHeaders, ...support.callHeaders };
  const withToken = { ...provider, key: support.key, requiredHeaders };
  const { baseUrl } = credential;
  return verifyKey({ provider: withToken, baseUrl, secret: given.token, fetch, clock });
}
