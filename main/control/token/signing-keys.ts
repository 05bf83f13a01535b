import type { Registry, SigningKeyRecord } from '#main/store/registry/registry.ts';
import { type Actor, tokenLifetime } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { publishedBeforeMs, type TokenAlgorithm } from '#shared/model/signing-key.ts';
import type { Vault } from '#shared/model/vault.ts';
import {
  algorithmOf,
  importStoredKey,
  makeStoredKey,
  publicJwkOf,
  readStoredKeys,
  type StoredKey,
  signingKeysItem,
  writeStoredKeys,
} from './signing-key-item.ts';

/** A key as it signs. */
export interface SigningKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly algorithm: TokenAlgorithm;
  /** It can't be exported. */
  readonly privateKey: CryptoKey;
}

/** The keys tokens are signed and verified with. They take turns; the vault is written before the registry, always. */
export interface SigningKeys {
  /** The one that signs now. */
  readonly current: SigningKey;
  /** Public keys as of now, RFC 7517: the next one, the one that signs, and those whose tokens may still live. */
  jwks(): { readonly keys: readonly Readonly<Record<string, unknown>>[] };
  /** Makes the next key and publishes it; it signs once whoever verifies can know it. Rejects with `conflict` while one waits already. */
  rotate(actor: Actor): Promise<SigningKeyRecord>;
  /** After a suspicion: a new key signs at once, and no JWT signed before is taken any more. */
  replace(actor: Actor): Promise<SigningKeyRecord>;
  /** Does what is due: to be called now and then. What the vault refuses is done another time. */
  look(): Promise<void>;
}

/** What the keys are made from. */
export interface SigningKeysOptions {
  readonly vault: Vault;
  readonly registry: Pick<Registry, 'signingKeys' | 'vaultItems' | 'audit' | 'settings' | 'transaction'>;
  readonly clock: Clock;
  /** The public keys are others now. */
  readonly onChange: () => void;
}

const dayMs = 24 * 60 * 60 * 1_000;

/** Until the last token that a key signed has expired, in milliseconds. */
const keptMs = tokenLifetime.ceilingSeconds * 1_000;

/**
 * Reads the signing keys, or makes the first one when the vault says that there is none. A lost item is replaced too: its only
 * loss is that tokens signed before are refused. Rejects with `vault_locked` or `vault_unavailable` and changes nothing then.
 */
export async function loadSigningKeys(options: SigningKeysOptions): Promise<SigningKeys> {
  const { vault, registry } = options;
  const records = registry.signingKeys.list();
  const retired = new Set(records.filter((record) => record.state === 'retired').map((record) => record.kid));
  let stored = ((await readStoredKeys(vault)) ?? []).filter((key) => !retired.has(key.kid));
  if (stored.length === 0) {
    stored = [await makeStoredKey(registry.settings.read().tokenSignature)];
    await writeStoredKeys(vault, stored);
  }
  const signing = signingOf(stored, records);
  const keys = new Keys(options, stored, { ...describe(signing), privateKey: await importStoredKey(signing) });
  keys.agree(signing);
  return keys;
}

/** The one that the registry says signs; the newest where the registry knows none of them, as when it is new. */
function signingOf(stored: readonly StoredKey[], records: readonly SigningKeyRecord[]): StoredKey {
  const active = records.find((record) => record.state === 'active')?.kid;
  const signing = stored.find((key) => key.kid === active) ?? stored.at(-1);
  if (signing !== undefined) return signing;
  throw new TollkeeperError('storage_corrupt', 'The vault item signing-keys holds no key.');
}

function describe({ kid, privateJwk }: StoredKey): Omit<SigningKey, 'privateKey'> {
  return { kid, algorithm: algorithmOf(privateJwk) };
}

/** Published, but signs only when its time has come. */
function isNext(record: SigningKeyRecord): boolean {
  return record.state === 'published' && record.activatedAt === null;
}

class Keys implements SigningKeys {
  readonly #options: SigningKeysOptions;
  #stored: readonly StoredKey[];
  #current: SigningKey;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: SigningKeysOptions, stored: readonly StoredKey[], current: SigningKey) {
    this.#options = options;
    this.#stored = stored;
    this.#current = current;
  }

  get current(): SigningKey {
    return this.#current;
  }

  jwks(): { readonly keys: readonly Readonly<Record<string, unknown>>[] } {
    const known = this.#options.registry.signingKeys.list().filter((key) => key.state !== 'retired');
    return {
      keys: known.map(({ publicJwk, kid }) => ({ ...publicJwk, kid, alg: algorithmOf(publicJwk), use: 'sig' })),
    };
  }

  /** Makes the registry agree with the vault: the key that signs is active and no other is, and a next one that is lost is not waited for. */
  agree(signing: StoredKey): void {
    const { registry, clock } = this.#options;
    const now = clock.now();
    const kept = new Set(this.#stored.map((key) => key.kid));
    const records = registry.signingKeys.list();
    registry.transaction(() => {
      for (const record of records) {
        if (record.kid === signing.kid) continue;
        if (record.state === 'active')
          registry.signingKeys.update(record.kid, { state: 'published', deactivatedAt: now });
        if (isNext(record) && !kept.has(record.kid)) registry.signingKeys.update(record.kid, { state: 'retired' });
      }
      const known = records.find((record) => record.kid === signing.kid);
      if (known === undefined) this.#insert(signing, { actor: 'system', activatedAt: now });
      else if (known.state !== 'active')
        registry.signingKeys.update(signing.kid, { state: 'active', activatedAt: now, deactivatedAt: null });
    });
  }

  rotate(actor: Actor): Promise<SigningKeyRecord> {
    return this.#inTurn(() => this.#publishNext(actor));
  }

  replace(actor: Actor): Promise<SigningKeyRecord> {
    return this.#inTurn(async () => {
      const { registry, clock, onChange } = this.#options;
      const { key, privateKey } = await this.#make();
      registry.transaction(() => {
        for (const { kid, state } of registry.signingKeys.list()) {
          if (state === 'retired') continue;
          registry.signingKeys.update(kid, { state: 'retired', deactivatedAt: clock.now() });
          this.#audit('signing-key-retired', kid, actor);
        }
        this.#insert(key, { actor, activatedAt: clock.now() });
        this.#audit('signing-key-activated', key.kid, actor);
      });
      this.#current = { ...describe(key), privateKey };
      onChange();
      await this.#sweep();
      return this.#recordOf(key.kid);
    });
  }

  look(): Promise<void> {
    return this.#inTurn(async () => {
      const { registry, clock } = this.#options;
      const now = clock.now();
      for (const record of registry.signingKeys.list()) {
        if (isNext(record) && now >= record.createdAt + publishedBeforeMs) await this.#activate(record.kid);
        else if (record.state === 'published' && now >= (record.deactivatedAt ?? now) + keptMs)
          this.#retire(record.kid);
      }
      await this.#sweep();
      if (this.#isDue(now)) await this.#publishNext('system');
    });
  }

  #isDue(now: number): boolean {
    const { signingKeyDays, tokenSignature } = this.#options.registry.settings.read();
    const records = this.#options.registry.signingKeys.list();
    const signsSince = records.find((record) => record.state === 'active')?.activatedAt ?? now;
    const isOther = this.#current.algorithm !== tokenSignature;
    return !records.some(isNext) && (isOther || now >= signsSince + signingKeyDays * dayMs);
  }

  async #publishNext(actor: Actor): Promise<SigningKeyRecord> {
    const { registry, onChange } = this.#options;
    if (registry.signingKeys.list().some(isNext))
      throw new TollkeeperError('conflict', 'A new signing key is published already, and will sign in some minutes.');
    const { key } = await this.#make();
    registry.transaction(() => this.#insert(key, { actor, activatedAt: null }));
    onChange();
    return this.#recordOf(key.kid);
  }

  /** The vault holds it from here on; while the registry does not know it, it is nothing, and is swept. */
  async #make(): Promise<{ readonly key: StoredKey; readonly privateKey: CryptoKey }> {
    const { vault, registry } = this.#options;
    const key = await makeStoredKey(registry.settings.read().tokenSignature);
    const stored = [...this.#stored, key];
    await writeStoredKeys(vault, stored);
    this.#stored = stored;
    return { key, privateKey: await importStoredKey(key) };
  }

  async #activate(kid: string): Promise<void> {
    const { registry, clock, onChange } = this.#options;
    const key = this.#stored.find((one) => one.kid === kid);
    if (key === undefined) return;
    const privateKey = await importStoredKey(key);
    const now = clock.now();
    registry.transaction(() => {
      registry.signingKeys.update(this.#current.kid, { state: 'published', deactivatedAt: now });
      registry.signingKeys.update(kid, { state: 'active', activatedAt: now });
      this.#audit('signing-key-activated', kid, 'system');
    });
    this.#current = { ...describe(key), privateKey };
    onChange();
  }

  #retire(kid: string): void {
    const { registry, onChange } = this.#options;
    registry.transaction(() => {
      registry.signingKeys.update(kid, { state: 'retired' });
      this.#audit('signing-key-retired', kid, 'system');
    });
    onChange();
  }

  /** Takes private keys out of the vault that will never sign again, or of which the registry never heard. */
  async #sweep(): Promise<void> {
    const needed = new Set(
      this.#options.registry.signingKeys
        .list()
        .filter((record) => record.state === 'active' || isNext(record))
        .map((record) => record.kid),
    );
    const kept = this.#stored.filter((key) => needed.has(key.kid));
    if (kept.length === this.#stored.length) return;
    await writeStoredKeys(this.#options.vault, kept);
    this.#stored = kept;
  }

  #insert(
    key: StoredKey,
    { actor, activatedAt }: { readonly actor: Actor; readonly activatedAt: number | null },
  ): void {
    const { registry, clock } = this.#options;
    const createdAt = clock.now();
    const state = activatedAt === null ? 'published' : 'active';
    const times = { createdAt, activatedAt, deactivatedAt: null };
    registry.signingKeys.insert({ kid: key.kid, publicJwk: publicJwkOf(key), state, ...times });
    registry.vaultItems.expect(signingKeysItem, createdAt);
    const detail = { algorithm: algorithmOf(key.privateJwk) };
    registry.audit.append({ event: 'signing-key-created', actor, subject: key.kid, detail }, createdAt);
  }

  #audit(event: 'signing-key-activated' | 'signing-key-retired', kid: string, actor: Actor): void {
    const { registry, clock } = this.#options;
    registry.audit.append({ event, actor, subject: kid }, clock.now());
  }

  #recordOf(kid: string): SigningKeyRecord {
    const record = this.#options.registry.signingKeys.list().find((one) => one.kid === kid);
    if (record === undefined) throw new TollkeeperError('internal');
    return record;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work);
    this.#turn = next.catch(() => undefined);
    return next;
  }
}
