import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import type { Registry } from '#main/store/registry/registry.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Vault } from '#shared/model/vault.ts';

/** Name of the vault item that holds the private keys. */
export const signingKeysItem = 'signing-keys';

/** The one algorithm tokens are signed with. */
export const signingAlgorithm = 'ES256';

/** The keys tokens are signed and verified with. */
export interface SigningKeys {
  /** RFC 7638 thumbprint of the key that signs. */
  readonly kid: string;
  /** The key that signs; it can't be exported. */
  readonly privateKey: CryptoKey;
  /** Public keys as of now, RFC 7517. */
  jwks(): { readonly keys: readonly Readonly<Record<string, unknown>>[] };
}

/** What reading the keys needs. */
export interface SigningKeysOptions {
  readonly vault: Vault;
  readonly registry: Pick<Registry, 'signingKeys' | 'vaultItems' | 'audit' | 'transaction'>;
  readonly clock: Clock;
}

const itemSchema = z.object({
  keys: z.array(z.object({ kid: z.string(), privateJwk: z.record(z.string(), z.string()) })).min(1),
});
type Item = z.infer<typeof itemSchema>;

/**
 * Reads the signing keys, or makes the first one when the vault says that there is none. A lost item is replaced too: its only
 * loss is that tokens signed before are refused. Rejects with `vault_locked` or `vault_unavailable` and changes nothing then.
 */
export async function loadSigningKeys(options: SigningKeysOptions): Promise<SigningKeys> {
  const { vault, registry } = options;
  const found = await vault.read(signingKeysItem);
  if (found.state === 'unavailable') throw new TollkeeperError(found.code, found.message);
  const item = found.state === 'present' ? decodeItem(found.secret) : await createItem(options);
  const newest = item.keys.at(-1);
  if (newest === undefined) throw new TollkeeperError('storage_corrupt', 'The vault item signing-keys holds no key.');
  const privateKey = await importJWK(newest.privateJwk as JWK, signingAlgorithm, { extractable: false });
  if (privateKey instanceof Uint8Array)
    throw new TollkeeperError('storage_corrupt', 'The vault item signing-keys holds no key pair.');
  publish(options, newest);
  return {
    kid: newest.kid,
    privateKey,
    jwks: () => ({
      keys: registry.signingKeys
        .list()
        .filter((key) => key.state !== 'retired')
        .map((key) => ({ ...key.publicJwk, kid: key.kid, alg: signingAlgorithm, use: 'sig' })),
    }),
  };
}

function decodeItem(secret: string): Item {
  try {
    return itemSchema.parse(JSON.parse(secret));
  } catch (cause) {
    throw new TollkeeperError(
      'storage_corrupt',
      'The vault item signing-keys is not readable. Remove it, and a new key is made; tokens signed before are refused then.',
      { cause },
    );
  }
}

async function createItem({ vault }: SigningKeysOptions): Promise<Item> {
  const pair = await generateKeyPair(signingAlgorithm, { extractable: true });
  const privateJwk = await exportJWK(pair.privateKey);
  const kid = await calculateJwkThumbprint(privateJwk, 'sha256');
  const item = itemSchema.parse({ keys: [{ kid, privateJwk }] });
  await vault.write(signingKeysItem, JSON.stringify(item));
  return item;
}

/** Makes the registry agree with the vault: the key that signs is listed and active, and no other is. */
function publish({ registry, clock }: SigningKeysOptions, key: Item['keys'][number]): void {
  const { d: _private, ...publicJwk } = key.privateJwk;
  const known = registry.signingKeys.list();
  if (known.some((record) => record.kid === key.kid && record.state === 'active')) return;
  registry.transaction(() => {
    for (const record of known)
      if (record.state === 'active')
        registry.signingKeys.update(record.kid, { state: 'published', deactivatedAt: clock.now() });
    if (known.some((record) => record.kid === key.kid)) {
      registry.signingKeys.update(key.kid, { state: 'active', activatedAt: clock.now(), deactivatedAt: null });
      return;
    }
    registry.signingKeys.insert({
      kid: key.kid,
      publicJwk,
      createdAt: clock.now(),
      state: 'active',
      activatedAt: clock.now(),
      deactivatedAt: null,
    });
    registry.vaultItems.expect(signingKeysItem, clock.now());
    registry.audit.append(
      { event: 'signing-key-created', actor: 'system', subject: key.kid, detail: { algorithm: signingAlgorithm } },
      clock.now(),
    );
  });
}
