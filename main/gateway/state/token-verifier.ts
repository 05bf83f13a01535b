import { createHash } from 'node:crypto';
import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { refusedReferencePrefix } from '#shared/contract/facts.ts';
import type { Snapshot } from '#shared/contract/port.ts';
import type { Clock } from '#shared/model/clock.ts';
import { tokenAlgorithms } from '#shared/model/signing-key.ts';

/** A token whose signature or hash was found good; whether its grant lives is asked on every request. */
export interface VerifiedToken {
  readonly grantId: string;
  readonly tokenId: string;
  /** Wall-clock end, milliseconds since the epoch. */
  readonly expiresAt: number;
  /** The same end on the monotonic clock. */
  readonly monotonicEnd: number;
  /** RFC 7638 thumbprint of the key whose proof must come with it; null for a bearer token. */
  readonly keyThumbprint: string | null;
}

/** How many verified tokens are remembered; the oldest are forgotten first. */
const rememberedTokens = 4_096;
const referencePrefix = 'tk_';
/** The prefix and 256 bits in base64url. */
const referenceShape = /^tk_[\w-]{43}$/;
const maxTokenLength = 8 * 1024;
/** RFC 9068 section 2.2, and the grant the token belongs to. */
const requiredClaims = ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti', 'grant_id'];

/** Verifies each token once; after that a look-up is all it costs. */
export class TokenVerifier {
  readonly #clock: Clock;
  readonly #verified = new Map<string, VerifiedToken>();
  #snapshot: Snapshot | null = null;
  #trust = '';
  #keys: JWTVerifyGetKey | null = null;
  #references = new Map<string, VerifiedToken>();
  #revoked: ReadonlySet<string> = new Set();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes keys, reference tokens and revocations; forgets everything verified with other keys or for another audience. */
  apply(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#revoked = new Set(snapshot.revokedTokenIds);
    const trust = JSON.stringify([snapshot.issuer, snapshot.audience, snapshot.jwks]);
    if (trust !== this.#trust) {
      this.#trust = trust;
      this.#verified.clear();
      this.#keys =
        snapshot.jwks.keys.length === 0 ? null : createLocalJWKSet(snapshot.jwks as unknown as JSONWebKeySet);
    }
    const known = this.#references;
    this.#references = new Map(
      snapshot.referenceTokens.map((token) => [
        token.hash,
        known.get(token.hash) ?? this.#withDeadline({ ...token, keyThumbprint: token.keyThumbprint ?? null }),
      ]),
    );
  }

  /** The token, if it was verified before and is neither expired nor revoked; null asks for {@link verify}. */
  recall(token: string): VerifiedToken | null {
    const remembered = token.startsWith(referencePrefix)
      ? this.#references.get(hashOf(token))
      : this.#verified.get(token);
    return remembered !== undefined && this.#alive(remembered) ? remembered : null;
  }

  /** Verifies a token that {@link recall} does not know; null when it is not a good one, whatever the reason. */
  async verify(token: string): Promise<VerifiedToken | null> {
    const snapshot = this.#snapshot;
    const keys = this.#keys;
    if (snapshot === null || keys === null || token.length > maxTokenLength || token.startsWith(referencePrefix)) {
      return null;
    }
    const trust = this.#trust;
    const payload = await jwtVerify(token, keys, {
      typ: 'at+jwt',
      algorithms: [...tokenAlgorithms],
      issuer: snapshot.issuer,
      audience: snapshot.audience,
      requiredClaims,
      currentDate: new Date(this.#clock.now()),
    }).then(
      (result) => result.payload,
      () => null,
    );
    const verified = payload === null ? null : this.#read(payload);
    if (verified === null || trust !== this.#trust) {
      return null;
    }
    this.#remember(token, verified);
    return this.#alive(verified) ? verified : null;
  }

  /**
   * What the record of a refused call says of its token, so that control can tell one that it took back from one it never gave:
   * the id of a JWT whose signature was found good, the hash of whatever has a reference token's shape, else null.
   */
  nameOfRefused(token: string): string | null {
    if (referenceShape.test(token)) {
      return refusedReferencePrefix + hashOf(token);
    }
    return this.#verified.get(token)?.tokenId ?? null;
  }

  /** A token that is bound by something else than a key’s thumbprint (RFC 9449 section 6.1) is refused rather than taken as a bearer token. */
  #read(payload: JWTPayload): VerifiedToken | null {
    const { grant_id: grantId, jti, exp } = payload;
    const keyThumbprint = payload.cnf === undefined ? null : thumbprintIn(payload.cnf);
    if (typeof grantId !== 'string' || jti === undefined || exp === undefined || keyThumbprint === undefined) {
      return null;
    }
    return this.#withDeadline({ grantId, tokenId: jti, expiresAt: exp * 1_000, keyThumbprint });
  }

  #withDeadline({ grantId, tokenId, expiresAt, keyThumbprint }: Omit<VerifiedToken, 'monotonicEnd'>): VerifiedToken {
    const left = Math.max(0, expiresAt - this.#clock.now());
    return { grantId, tokenId, expiresAt, monotonicEnd: this.#clock.monotonic() + left, keyThumbprint };
  }

  #alive(token: VerifiedToken): boolean {
    return (
      this.#clock.now() < token.expiresAt &&
      this.#clock.monotonic() < token.monotonicEnd &&
      !this.#revoked.has(token.tokenId)
    );
  }

  #remember(token: string, verified: VerifiedToken): void {
    if (this.#verified.size >= rememberedTokens) {
      const oldest = this.#verified.keys().next();
      if (oldest.done !== true) {
        this.#verified.delete(oldest.value);
      }
    }
    this.#verified.set(token, verified);
  }
}

function thumbprintIn(confirmation: unknown): string | undefined {
  if (typeof confirmation !== 'object' || confirmation === null || Object.keys(confirmation).length !== 1) {
    return undefined;
  }
  return 'jkt' in confirmation && typeof confirmation.jkt === 'string' ? confirmation.jkt : undefined;
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
