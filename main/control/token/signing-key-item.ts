import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { z } from 'zod';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { TokenAlgorithm } from '#shared/model/signing-key.ts';
import type { Vault } from '#shared/model/vault.ts';

/** Name of the vault item that holds the private keys. */
export const signingKeysItem = 'signing-keys';

/** A private key as the vault holds it. */
export const storedKeySchema = lazily(() =>
  z.object({ kid: z.string(), privateJwk: z.record(z.string(), z.string()) }),
);
/** See {@link storedKeySchema}. */
export type StoredKey = Readonly<z.infer<typeof storedKeySchema>>;

const itemSchema = lazily(() => z.object({ keys: z.array(storedKeySchema).min(1) }));

/** Members of a JWK that only a private key has. RFC 7518 sections 6.2.2 and 6.3.2. */
const privateMembers = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth']);

/** Reads the private keys, oldest first; null when there never were any. Rejects with `vault_locked`, `vault_unavailable` or `storage_corrupt`. */
export async function readStoredKeys(vault: Pick<Vault, 'read'>): Promise<readonly StoredKey[] | null> {
  const found = await vault.read(signingKeysItem);
  if (found.state === 'unavailable') throw new TollkeeperError(found.code, found.message);
  if (found.state === 'absent') return null;
  try {
    return itemSchema.parse(JSON.parse(found.secret)).keys;
  } catch (cause) {
    throw new TollkeeperError(
      'storage_corrupt',
      'The vault item signing-keys is not readable. Remove it, and a new key is made; tokens signed before are refused then.',
      { cause },
    );
  }
}

/** Replaces what the vault holds. */
export async function writeStoredKeys(vault: Pick<Vault, 'write'>, keys: readonly StoredKey[]): Promise<void> {
  await vault.write(signingKeysItem, JSON.stringify({ keys }));
}

/** Makes a key pair that is not stored yet; its id is its RFC 7638 thumbprint. */
export async function makeStoredKey(algorithm: TokenAlgorithm): Promise<StoredKey> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const privateJwk = z.record(z.string(), z.string()).parse(await exportJWK(pair.privateKey));
  return { kid: await calculateJwkThumbprint(privateJwk, 'sha256'), privateJwk };
}

/** The public half, RFC 7517. */
export function publicJwkOf({ privateJwk }: StoredKey): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(privateJwk).filter(([member]) => !privateMembers.has(member)));
}

/** The one algorithm of ours that a key of this kind signs with. */
export function algorithmOf(jwk: Readonly<Record<string, unknown>>): TokenAlgorithm {
  return jwk.kty === 'RSA' ? 'RS256' : 'ES256';
}

/** The key as it signs; it can't be exported any more. */
export async function importStoredKey({ privateJwk }: StoredKey): Promise<CryptoKey> {
  const key = await importJWK(privateJwk as JWK, algorithmOf(privateJwk), { extractable: false });
  if (key instanceof Uint8Array)
    throw new TollkeeperError('storage_corrupt', 'The vault item signing-keys holds no key pair.');
  return key;
}
