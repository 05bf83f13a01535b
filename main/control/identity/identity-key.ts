import { createHash } from 'node:crypto';
import type { Registry } from '#main/store/registry/registry.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Vault } from '#shared/model/vault.ts';
import {
  importStoredKey,
  makeStoredKey,
  publicJwkOf,
  type StoredKey,
  storedKeySchema,
} from '../token/signing-key-item.ts';

/** Name of the vault item that holds the key pair that assertions are signed with. */
export const identityKeyItem = 'workload-identity';

/** The key pair that vouches for this installation at providers. Its public half is registered there by a person. */
export interface IdentityKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly publicJwk: Readonly<Record<string, string>>;
  /** It can't be exported. */
  readonly privateKey: CryptoKey;
}

/** Where the key pair is. */
export interface IdentityKeyPlace {
  readonly vault: Vault;
  readonly registry: Pick<Registry, 'vaultItems'>;
  readonly clock: Clock;
}

/**
 * Reads the key pair, or makes it the first time. One that got lost is never replaced in silence, because providers trust the old
 * one: rejects with `vault_item_missing` then, and with `vault_locked` or `vault_unavailable` while the vault can't be asked.
 */
export async function loadIdentityKey({ vault, registry, clock }: IdentityKeyPlace): Promise<IdentityKey> {
  const found = await vault.read(identityKeyItem);
  if (found.state === 'unavailable') throw new TollkeeperError(found.code, found.message);
  if (found.state === 'present') return asIdentityKey(storedKeySchema.parse(JSON.parse(found.secret)));
  if (registry.vaultItems.has(identityKeyItem)) throw new TollkeeperError('vault_item_missing');
  const made = await makeStoredKey('ES256');
  await vault.write(identityKeyItem, JSON.stringify(made));
  registry.vaultItems.expect(identityKeyItem, clock.now());
  return asIdentityKey(made);
}

async function asIdentityKey(stored: StoredKey): Promise<IdentityKey> {
  const publicJwk = { ...publicJwkOf(stored), kid: stored.kid, alg: 'ES256', use: 'sig' };
  return { kid: stored.kid, publicJwk, privateKey: await importStoredKey(stored) };
}

/** Who we say we are: an issuer of a name that nobody else can own, RFC 2606 section 2. The provider never looks it up. */
export function namesOf({ kid }: Pick<IdentityKey, 'kid'>): { readonly issuer: string; readonly subject: string } {
  const label = createHash('sha256').update(kid).digest('hex').slice(0, 32);
  return { issuer: `https://${label}.tollkeeper.invalid`, subject: `tollkeeper:${label}` };
}
