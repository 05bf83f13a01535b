import type { Clock } from '#shared/model/clock.ts';
import type { Verification } from '#shared/model/credential.ts';
import type { Provider } from '#shared/model/provider.ts';
import type { RotationSupport } from '#shared/model/rotation.ts';

/** A key as the provider's API tells of it. */
export interface ProviderKey {
  /** What `disable` and `revoke` need to know of it; no one but its connector reads it. */
  readonly id: string;
  readonly name: string | null;
  /** ISO 8601. */
  readonly createdAt: string | null;
  /** ISO 8601; null when it was never used or the provider does not tell. */
  readonly lastUsedAt: string | null;
  readonly state: 'active' | 'disabled';
}

/** A key that was just made; the secret is told once. */
export interface CreatedKey {
  readonly id: string;
  readonly secret: string;
}

/** A key that this program holds. */
export interface KeyHandle {
  readonly id: string;
  /** The name it was made under; null when it was not made here. */
  readonly name: string | null;
  /** Its secret from the vault, for APIs that ask for it. Rejects as the vault does. */
  readonly secret: () => Promise<string>;
}

/** What a new key is made from. */
export interface KeyOrder {
  /** The name it must bear, the same for every attempt of one rotation. */
  readonly name: string;
  /** The key that is in use; null when the provider's API does not know it. */
  readonly old: KeyHandle | null;
}

/**
 * One provider's API for keys. Every method may be called again after a crash, so each must do no harm when its effect is already
 * there: revoking a key that is gone succeeds. They reject with a TollkeeperError of one of these codes, and any other error counts
 * as `provider_outcome_unknown`:
 *
 * - `provider_busy`: the provider did nothing and may later (429, 503, no connection). `details.retryAfterMs` where it says when.
 * - `provider_refused`: it will not, whoever asks again (401, 403, 404 of what must exist, 400). The message says what it said.
 * - `provider_outcome_unknown`: it may or may not have done it (a time-out, a cut connection, 500 after a write).
 */
export interface RotationConnector {
  /** The provider's entry of a key, from its secret; null when its API does not know it or can't tell which it is. */
  identify(secret: string): Promise<ProviderKey | null>;
  create(order: KeyOrder): Promise<CreatedKey>;
  /** Every key of exactly this name, living or disabled; after a time-out there may be more than one. */
  find(name: string): Promise<readonly ProviderKey[]>;
  /** Every key of a name that begins so. */
  list(prefix: string): Promise<readonly ProviderKey[]>;
  /** False while the provider says itself that the key is not known everywhere yet. Left out where it does not say. */
  propagated?(id: string): Promise<boolean>;
  /** When the key was last used, ISO 8601. Left out where the provider does not tell. */
  lastUsed?(key: KeyHandle): Promise<string | null>;
  /** Left out where keys can't be disabled. */
  disable?(key: KeyHandle): Promise<void>;
  /** Left out where disabling is final. */
  enable?(key: KeyHandle): Promise<void>;
  revoke(key: KeyHandle): Promise<void>;
  /** How a key is tried, where the provider's ordinary check (`Provider.check`) does not do. */
  verify?(secret: string): Promise<Verification>;
}

/** What a connector works with; it keeps nothing between calls. */
export interface ConnectorContext {
  readonly provider: Provider;
  readonly support: RotationSupport;
  /** The credential's address, without a trailing slash. */
  readonly baseUrl: string;
  /** Values of `support.parameters`, all present. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The admin key, read from the vault for this call. Rejects with `rotation_unsupported` when none is chosen, or as the vault does. */
  readonly adminSecret: () => Promise<string>;
  /** Follows the user's proxy settings. */
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Resolves after so many milliseconds; rejects when the program ends before. */
  readonly pause: (milliseconds: number) => Promise<void>;
}

/** Makes a connector; calls nothing yet. */
export type CreateConnector = (context: ConnectorContext) => RotationConnector;
