import type { Registry } from '#main/store/registry/registry.ts';
import type { CallHoldLease, CanaryLease, GrantLease, UpstreamLease } from '#shared/contract/port.ts';
import type { Grant } from '#shared/model/access.ts';
import type { Verification } from '#shared/model/credential.ts';
import type { LimitLease } from '#shared/model/limit.ts';
import type { CredentialSecret } from '../credential/credential-service.ts';
import type { SnapshotContents } from './snapshot-feed.ts';

/** What a snapshot is composed from, as of now. */
export interface SnapshotParts {
  readonly registry: Pick<Registry, 'credentials' | 'aliases' | 'tokens' | 'settings'>;
  readonly jwks: SnapshotContents['jwks'];
  readonly secrets: readonly CredentialSecret[];
  /** The new key that calls of this version of a credential's key are to try; null for none. */
  readonly canaryOf: (credentialId: string, version: number) => CanaryLease | null;
  /** Grants the gateway has to know. */
  readonly grants: readonly Grant[];
  readonly limits: readonly LimitLease[];
  readonly paused: boolean;
  /** What becomes of calls while there are no secrets because their owner is away; null while nobody is. */
  readonly hold: CallHoldLease | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** What the gateway gets while the vault is locked: nothing that lets anybody through. */
export const emptySnapshot: SnapshotContents = {
  jwks: { keys: [] },
  upstreams: [],
  aliases: [],
  grants: [],
  limits: [],
  revokedTokenIds: [],
  referenceTokens: [],
  paused: false,
};

/** Composes the whole of what the gateway needs. */
export function composeSnapshot(parts: SnapshotParts): SnapshotContents {
  const { registry, now } = parts;
  const queryTokenTools = new Set(registry.settings.read().queryTokenTools);
  return {
    jwks: parts.jwks,
    upstreams: upstreamLeases(parts),
    aliases: registry.aliases
      .list()
      .map(({ name, targets, timeouts, fallbackOn }) => ({ name, targets, timeouts, fallbackOn })),
    grants: parts.grants.map((grant) => grantLease(grant, queryTokenTools)),
    limits: parts.limits,
    revokedTokenIds: registry.tokens.listRevoked(now).map((token) => token.id),
    referenceTokens: referenceTokens(parts),
    paused: parts.paused,
    hold: parts.hold,
  };
}

function referenceTokens({ registry, grants, now }: SnapshotParts): SnapshotContents['referenceTokens'] {
  const grantIds = new Set(grants.map((grant) => grant.id));
  return registry.tokens
    .listReferences(now)
    .flatMap(({ referenceHash, grantId, id, expiresAt, keyThumbprint }) =>
      referenceHash !== null && grantIds.has(grantId)
        ? [{ hash: referenceHash, grantId, tokenId: id, expiresAt, keyThumbprint }]
        : [],
    );
}

function upstreamLeases({ registry, secrets, canaryOf }: SnapshotParts): readonly UpstreamLease[] {
  const secretOf = new Map(secrets.map((secret) => [secret.credentialId, secret]));
  return registry.credentials.list().flatMap((credential) => {
    const held = secretOf.get(credential.id);
    if (held === undefined) return [];
    return [
      {
        provider: credential.provider,
        definition: credential.definition,
        credentialId: credential.id,
        credentialVersion: held.version,
        baseUrl: credential.baseUrl,
        secret: held.secret,
        ...(credential.identity ? { isToken: true } : {}),
        isDefault: credential.isDefault,
        weight: credential.weight ?? (credential.isDefault ? 1 : null),
        acceptedAt: acceptedAt(credential.verification),
        canary: canaryOf(credential.id, held.version),
      },
    ];
  });
}

function acceptedAt(verification: Verification | null): number | null {
  return verification?.outcome === 'accepted' ? Date.parse(verification.checkedAt) : null;
}

function grantLease(grant: Grant, queryTokenTools: ReadonlySet<string>): GrantLease {
  return {
    grantId: grant.id,
    tool: grant.tool,
    scopes: grant.scopes,
    expiresAt: Date.parse(grant.expiresAt),
    usesLeft: grant.usesLeft,
    budgetLeftMicroUsd: grant.budgetLeftMicroUsd,
    budgetMicroUsd: grant.budgetMicroUsd,
    queryToken: queryTokenTools.has(grant.tool),
    bound: grant.binding !== null,
    parentGrantId: grant.parentGrantId,
  };
}
