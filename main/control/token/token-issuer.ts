import { createHash } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import type { Registry, TokenRecord } from '#main/store/registry/registry.ts';
import type { Grant } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { tokenAlgorithms } from '#shared/model/signing-key.ts';
import type { GrantBook } from '../grant/grant-book.ts';
import { createIdentifier } from '../identifier.ts';
import { actorClaim } from './actor-claim.ts';
import type { SigningKeys } from './signing-keys.ts';

/** A token, handed out once and kept nowhere. */
export interface SignedToken {
  readonly token: string;
  readonly tokenId: string;
  /** Wall-clock end, milliseconds since the epoch. */
  readonly expiresAt: number;
  readonly scopes: readonly string[];
}

/** What a token is made for. */
export interface TokenOrder {
  readonly grantId: string;
  /** `client_id` of the token. RFC 9068. */
  readonly clientId: string;
  /** An opaque `tk_…` token for tools that check a key's shape. */
  readonly reference: boolean;
  /** Ends the token before its grant, in seconds from now; null for as long as the grant. */
  readonly lifetimeSeconds?: number | null;
  /** RFC 7638 thumbprint of the key that it is bound to; absent or null for a bearer token. RFC 9449 section 6. */
  readonly keyThumbprint?: string | null;
}

/** A live token as it was read. */
export interface ReadToken {
  readonly record: TokenRecord;
  readonly grant: Grant;
  readonly clientId: string;
  /** The sub-agents it was handed on to, the last one first. */
  readonly delegates: readonly string[];
}

/** Signs tokens and reads them back. */
export interface TokenIssuer {
  /** Resolves once the gateway knows the grant, so that the first call with the token passes. Rejects with `access_denied` when the grant has ended. */
  issue(order: TokenOrder): Promise<SignedToken>;
  /** Null for whatever is not a live token of ours. */
  read(presented: string): Promise<ReadToken | null>;
}

/** What the issuer is made from. */
export interface TokenIssuerOptions {
  readonly registry: Pick<Registry, 'tokens' | 'audit' | 'transaction'>;
  readonly grants: GrantBook;
  readonly keys: SigningKeys;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
  /** Base URL of the gateway: issuer and audience of every token. Throws `gateway_starting` while there is none. */
  readonly issuer: () => string;
  /** A new reference token must reach the gateway. */
  readonly onChange: () => void;
  /** Resolves when the gateway has applied everything decided so far, or does not answer in time. */
  readonly gatewayKnows: () => Promise<void>;
}

const referencePrefix = 'tk_';
const referenceBytes = 32;

/** SHA-256 of a reference token, base64url: the only form in which it is kept. */
export function hashReference(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** Makes the issuer. */
export function createTokenIssuer(options: TokenIssuerOptions): TokenIssuer {
  const { registry, grants, keys, clock } = options;

  function livingGrant(id: string): Grant {
    const grant = grants.find(id);
    if (grant?.status === 'active') return grant;
    throw new TollkeeperError('access_denied', 'The grant has ended before its token was collected. Ask again.');
  }

  function record(order: TokenOrder, token: TokenRecord): void {
    registry.transaction(() => {
      registry.tokens.insert(token);
      registry.audit.append(
        {
          event: 'token-issued',
          actor: 'system',
          subject: token.id,
          detail: {
            grantId: order.grantId,
            clientId: order.clientId,
            reference: order.reference,
            bound: token.keyThumbprint !== null,
          },
        },
        clock.now(),
      );
    });
  }

  function delegatesOf({ delegate, parentGrantId }: Grant): readonly string[] {
    if (delegate === null) return [];
    const parent = parentGrantId === null ? null : grants.find(parentGrantId);
    return [delegate, ...(parent === null ? [] : delegatesOf(parent))];
  }

  async function readJwt(presented: string): Promise<{ readonly id: string; readonly clientId: string } | null> {
    const { payload } = await jwtVerify(presented, createLocalJWKSet(keys.jwks() as JSONWebKeySet), {
      typ: 'at+jwt',
      algorithms: [...tokenAlgorithms],
      issuer: options.issuer(),
      audience: options.issuer(),
      requiredClaims: ['jti', 'client_id'],
      currentDate: new Date(clock.now()),
    });
    return typeof payload.jti === 'string' ? { id: payload.jti, clientId: String(payload.client_id) } : null;
  }

  async function identify(
    presented: string,
  ): Promise<{ readonly record: TokenRecord | null; readonly clientId: string | null } | null> {
    if (presented.startsWith(referencePrefix)) {
      return { record: registry.tokens.findByReference(hashReference(presented)), clientId: null };
    }
    try {
      const jwt = await readJwt(presented);
      return jwt === null ? null : { record: registry.tokens.find(jwt.id), clientId: jwt.clientId };
    } catch {
      return null;
    }
  }

  return {
    async issue(order) {
      const grant = livingGrant(order.grantId);
      const tokenId = createIdentifier('tok', options.random);
      const { keyThumbprint = null } = order;
      const now = clock.now();
      const grantEnds = Date.parse(grant.expiresAt);
      const expiresAt =
        order.lifetimeSeconds == null ? grantEnds : Math.min(grantEnds, now + order.lifetimeSeconds * 1_000);
      const token = order.reference
        ? referencePrefix + Buffer.from(options.random(referenceBytes)).toString('base64url')
        : await signJwt(grant, {
            ...{ tokenId, clientId: order.clientId, keyThumbprint, delegates: delegatesOf(grant) },
            ...{ now, expiresAt, issuer: options.issuer(), keys },
          });
      const referenceHash = order.reference ? hashReference(token) : null;
      record(order, {
        id: tokenId,
        grantId: grant.id,
        issuedAt: now,
        expiresAt,
        revokedAt: null,
        referenceHash,
        clientId: order.clientId,
        keyThumbprint,
      });
      if (order.reference) options.onChange();
      await options.gatewayKnows();
      livingGrant(order.grantId);
      return { token, tokenId, expiresAt, scopes: grant.scopes };
    },
    async read(presented) {
      const found = await identify(presented);
      const token = found?.record ?? null;
      if (token === null || token.revokedAt !== null || token.expiresAt <= clock.now()) return null;
      const grant = grants.find(token.grantId);
      if (grant?.status !== 'active') return null;
      const clientId = found?.clientId ?? token.clientId ?? grant.tool;
      return { record: token, grant, clientId, delegates: delegatesOf(grant) };
    },
  };
}

interface JwtParts {
  readonly tokenId: string;
  readonly clientId: string;
  readonly keyThumbprint: string | null;
  readonly delegates: readonly string[];
  readonly now: number;
  readonly expiresAt: number;
  readonly issuer: string;
  readonly keys: SigningKeys;
}

/** An access token by RFC 9068. */
function signJwt(grant: Grant, parts: JwtParts): Promise<string> {
  const limits = {
    ...(grant.uses === null ? {} : { uses: grant.uses }),
    ...(grant.budgetMicroUsd === null ? {} : { budget: grant.budgetMicroUsd }),
  };
  const { kid, algorithm, privateKey } = parts.keys.current;
  const actor = actorClaim(parts.delegates);
  const claims = {
    ...{ client_id: parts.clientId, scope: grant.scopes.join(' '), grant_id: grant.id, ...limits },
    ...(parts.keyThumbprint === null ? {} : { cnf: { jkt: parts.keyThumbprint } }),
    ...(actor === null ? {} : { act: actor }),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: algorithm, typ: 'at+jwt', kid })
    .setIssuer(parts.issuer)
    .setAudience(parts.issuer)
    .setSubject(grant.tool)
    .setJti(parts.tokenId)
    .setIssuedAt(Math.floor(parts.now / 1_000))
    .setExpirationTime(Math.floor(parts.expiresAt / 1_000))
    .sign(privateKey);
}
