import type { OpenedRequest } from '#shared/contract/facts.ts';
import type { Grant, Policy } from '#shared/model/access.ts';
import type { Alias } from '#shared/model/alias.ts';
import type { AskedRequest } from '#shared/model/asked-request.ts';
import type { Credential } from '#shared/model/credential.ts';
import type { Limit } from '#shared/model/limit.ts';
import type { Settings } from '#shared/model/settings.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import type { AlertStore, WatchRuleStore } from './alert-records.ts';
import type { RotationStore } from './rotation-records.ts';

/** A credential as it is kept: what the ledger, the vault and the gateway know is added by whoever shows it. */
export type CredentialRecord = Omit<Credential, 'lastUsedAt' | 'vaultState' | 'health' | 'rotation'> & {
  /** Id of the provider's data file; `custom` for the user's own. */
  readonly definition: string;
  /** Name of the vault item of the present version; empty for a local server without a key. */
  readonly vaultItem: string;
};

/** Provider keys without their secrets, and which one is each provider's default. */
export interface CredentialStore {
  /** Oldest first. */
  list(): readonly CredentialRecord[];
  find(id: string): CredentialRecord | null;
  /** Adds it and expects its vault item. A default one takes the place of the provider's earlier default. */
  insert(record: CredentialRecord): void;
  /** Changes the named fields; a new `vaultItem` is expected from then on. Throws `not_found`. */
  update(id: string, changes: Partial<Omit<CredentialRecord, 'id' | 'isDefault'>>): CredentialRecord;
  /** Makes it the only default of its provider. Throws `not_found`. */
  makeDefault(id: string): void;
  /** Removes the row and no longer expects its vault items. False when there was none. */
  remove(id: string): boolean;
}

/** Names of the vault items that must exist: `absent` for one of these is a loss, never an empty start. */
export interface VaultItemStore {
  list(): readonly string[];
  has(name: string): boolean;
  /** Adding a known name changes nothing. `at` is in milliseconds since the epoch. */
  expect(name: string, at: number): void;
  forget(name: string): void;
}

/** What a grant has used since it was last told. */
export interface GrantCharge {
  readonly uses: number;
  readonly costMicroUsd: number;
}

/** Grants, living and ended. */
export interface GrantStore {
  insert(grant: Grant): void;
  find(id: string): Grant | null;
  /** Newest first; only active ones unless `includeEnded`. */
  list(options?: {
    readonly includeEnded?: boolean | undefined;
    readonly limit?: number | undefined;
  }): readonly Grant[];
  /** Newest first, ended ones included, without those that were handed on by another. */
  listByTool(tool: string, limit: number): readonly Grant[];
  /** Ends an active grant; false when it had already ended or does not exist. `endedAt` is ISO 8601. */
  end(id: string, ending: { readonly endedAt: string; readonly endedBy: string }): boolean;
  /** Adds to what it spent and takes from what is left, never below zero. False when there is no such grant. */
  charge(id: string, charge: GrantCharge): boolean;
  /** Adds to a budget, and brings a grant that had ended because it was spent back to life. Null when there is none or it has no budget. */
  topUp(id: string, amountMicroUsd: number): Grant | null;
}

/** One issued token. Times are milliseconds since the epoch. */
export interface TokenRecord {
  /** `jti` of a JWT, or the id of a reference token. */
  readonly id: string;
  readonly grantId: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
  /** SHA-256 (base64url) of a reference token; null for a JWT. The token itself is kept nowhere. */
  readonly referenceHash: string | null;
  /** `client_id` it was issued to; null for one from before that was kept. */
  readonly clientId: string | null;
  /** RFC 7638 thumbprint of the key whose proof must come with it, RFC 9449; null for a bearer token. */
  readonly keyThumbprint: string | null;
}

/** Tokens by id and by hash. */
export interface TokenStore {
  insert(token: TokenRecord): void;
  find(id: string): TokenRecord | null;
  findByReference(hash: string): TokenRecord | null;
  listByGrant(grantId: string): readonly TokenRecord[];
  /** Revoked one by one and not yet expired at `now`. */
  listRevoked(now: number): readonly TokenRecord[];
  /** Reference tokens neither revoked nor expired at `now`. */
  listReferences(now: number): readonly TokenRecord[];
  /** False when it was already revoked or does not exist. */
  revoke(id: string, at: number): boolean;
  /** Deletes tokens that expired before `before`; returns how many. */
  removeExpired(before: number): number;
}

/** Requests that were in flight when what they cost was last written down, so that a crash of everything leaves none unpaid. */
export interface OpenRequestStore {
  /** Oldest first. */
  list(): readonly OpenedRequest[];
  /** Adds or replaces by request id. */
  put(requests: readonly OpenedRequest[]): void;
  remove(requestIds: readonly string[]): void;
}

/** Standing decisions. */
export interface PolicyStore {
  /** Oldest first. */
  list(): readonly Policy[];
  find(id: string): Policy | null;
  insert(policy: Policy): void;
  /** False when there was none. */
  remove(id: string): boolean;
}

/** Requests that were made and what became of them. Times are milliseconds since the epoch. */
export interface AskedRequestStore {
  insert(request: AskedRequest): void;
  /** How it ended; one that is not kept any more is left out. */
  settle(id: string, ending: Pick<AskedRequest, 'outcome' | 'granted'>): void;
  /** Oldest first. */
  listSince(since: number): readonly AskedRequest[];
  /** Returns how many were deleted. */
  removeBefore(before: number): number;
}

/** The user's names for lists of models. */
export interface AliasStore {
  /** By name. */
  list(): readonly Alias[];
  find(name: string): Alias | null;
  /** Makes it, or takes the place of the one of that name. */
  put(alias: Alias): void;
  /** False when there was none. */
  remove(name: string): boolean;
}

/** A limit with what is known of the window it was last seen in; amounts are micro-dollars. */
export type LimitRecord = Limit & {
  readonly window: {
    /** Milliseconds since the epoch. */
    readonly start: number;
    /** At least what the ledger says for that window; more once old rows were deleted. */
    readonly usedMicroUsd: number;
    readonly topUpMicroUsd: number;
    /** The highest warning that was given; null for none. */
    readonly warnedPercent: number | null;
  };
};

/** Standing limits. */
export interface LimitStore {
  /** Oldest first. */
  list(): readonly LimitRecord[];
  /** Adds it, or changes its rule, warnings and window. */
  put(record: LimitRecord): void;
  /** False when there was none. */
  remove(id: string): boolean;
}

/** The user's settings, always whole and valid: a missing or unreadable value reads as its default. */
export interface SettingsStore {
  read(): Settings;
  /** Keeps the named values and returns all. Throws `invalid_request` when the outcome would not be valid. */
  update(changes: Partial<Settings>): Settings;
}

/** Small facts of the program itself that must survive a restart, by name. Values are JSON. */
export interface StateStore {
  /** `undefined` when nothing is kept under that name. */
  read(name: string): unknown;
  write(name: string, value: unknown): void;
  remove(name: string): void;
}

/** A token-signing key's public half. */
export interface SigningKeyRecord {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  /** RFC 7517, without any private member. */
  readonly publicJwk: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** `active` signs, `published` only verifies: it does not sign yet, or no more. `retired` is kept for the record. */
  readonly state: 'active' | 'published' | 'retired';
  /** When it began to sign, milliseconds since the epoch; null before. */
  readonly activatedAt: number | null;
  /** When it signed for the last time at the latest; null before. */
  readonly deactivatedAt: number | null;
}

/** Public halves of the signing keys. */
export interface SigningKeyStore {
  /** Newest first. */
  list(): readonly SigningKeyRecord[];
  insert(key: SigningKeyRecord): void;
  /** Throws `not_found`. */
  update(kid: string, changes: Partial<Pick<SigningKeyRecord, 'state' | 'activatedAt' | 'deactivatedAt'>>): void;
}

/** One artefact of the authorization server (an oidc-provider adapter's row). Times are milliseconds since the epoch. */
export interface OauthArtifact {
  /** Such as `DeviceCode`, `AccessToken`, `Client`. */
  readonly model: string;
  readonly id: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly grantId: string | null;
  readonly userCode: string | null;
  readonly uid: string | null;
  readonly consumedAt: number | null;
  /** Null for one that never expires. */
  readonly expiresAt: number | null;
}

/** The authorization server's state. It filters nothing by time: an expired artefact is returned until `removeExpired`. */
export interface OauthStateStore {
  /** Adds or replaces by model and id. */
  upsert(artifact: OauthArtifact): void;
  find(model: string, id: string): OauthArtifact | null;
  findByUserCode(model: string, userCode: string): OauthArtifact | null;
  findByUid(model: string, uid: string): OauthArtifact | null;
  /** Newest first. */
  list(model: string): readonly OauthArtifact[];
  /** Marks it consumed once; false when it was already, or does not exist. */
  consume(model: string, id: string, at: number): boolean;
  remove(model: string, id: string): void;
  removeByGrant(grantId: string): void;
  /** Deletes what expired at or before `now`; returns how many. */
  removeExpired(now: number): number;
}

/**
 * Everything control decided and must remember, in one encrypted database (`<home>/data/registry.db`). Every call is
 * synchronous and durable when it returns; every secret stays in the vault.
 */
export interface Registry {
  readonly credentials: CredentialStore;
  readonly vaultItems: VaultItemStore;
  readonly grants: GrantStore;
  readonly tokens: TokenStore;
  readonly policies: PolicyStore;
  readonly askedRequests: AskedRequestStore;
  readonly openRequests: OpenRequestStore;
  readonly limits: LimitStore;
  readonly alerts: AlertStore;
  readonly watchRules: WatchRuleStore;
  readonly aliases: AliasStore;
  readonly settings: SettingsStore;
  readonly state: StateStore;
  readonly signingKeys: SigningKeyStore;
  readonly oauthState: OauthStateStore;
  readonly rotations: RotationStore;
  readonly audit: AuditLog;
  /** Runs `work` so that all of its writes happen or none; one inside another joins it. `work` must not be asynchronous. */
  transaction<T>(work: () => T): T;
  /**
   * Encrypts the database anew. Throws, with the former key in use, when it can't be done now; the file with the former key stays
   * beside the new one until the caller removes it.
   */
  changeKey(to: string): void;
  close(): void;
}

/** How a registry is opened. */
export interface RegistryOptions {
  /** Absolute path of the database file; its folder is made (0700) when missing. */
  readonly path: string;
  /** The database key as `resolveDatabaseKey` returns it. */
  readonly key: string;
}
