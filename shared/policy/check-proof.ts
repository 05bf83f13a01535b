import type { ReplayGuard } from './replay-guard.ts';

/** Algorithms a proof may be signed with. RFC 9449 section 5.1. */
export const proofAlgorithms = ['ES256', 'EdDSA', 'PS256', 'RS256'] as const;

/** Seconds that a proof may be old, or ahead of our clock: callers are on this machine. */
const oldestSeconds = 60;
const newestSeconds = 5;

/** Milliseconds for which a proof that was used must be remembered. */
export const proofLifetimeMs = (oldestSeconds + newestSeconds) * 1_000;

/** How many proofs are remembered for that long; more are refused. */
export const rememberedProofs = 65_536;

const longestProof = 8 * 1_024;
const longestId = 256;

/** What the signature of a proof has to be like. RFC 9449 section 4.2. */
export const proofRules = { typ: 'dpop+jwt', algorithms: proofAlgorithms } as const;

/** A proof whose signature, by the key that stands in it, is good. */
export interface OpenedProof {
  readonly claims: Readonly<Record<string, unknown>>;
  /** RFC 7638 thumbprint of that key. */
  readonly thumbprint: string;
}

/** Verifies a proof by {@link proofRules}, with the public key that stands in it; rejects when it is not a good one. */
export type OpenProof = (proof: string, now: Date) => Promise<OpenedProof>;

/** What a proof has to be about. */
export interface ProofTarget {
  readonly method: string;
  /** The path that was called, without query. */
  readonly path: string;
  /** Host and port under which it was, or could have been, called. */
  readonly authorities: readonly string[];
  /** SHA-256 of the access token that comes with it, base64url; null where none does. */
  readonly tokenHash: string | null;
  /** Thumbprint of the one key that will do; left out for any. A good proof of another key is told from it, and not remembered. */
  readonly keyThumbprint?: string;
}

/** What proofs are checked with. */
export interface ProofSurroundings {
  readonly open: OpenProof;
  readonly replays: ReplayGuard;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: number;
  /** Monotonic clock, milliseconds. */
  readonly monotonic: number;
  /** Wall clock at which `replays` began to remember: an older proof may have been used before. */
  readonly since: number;
}

/** The key that a proof was made with, as its RFC 7638 thumbprint, or what is wrong with the proof. */
export type ProofReading =
  | { readonly thumbprint: string; readonly fault: null }
  | { readonly thumbprint: null; readonly fault: string };

/** Checks a DPoP proof, RFC 9449 section 4.3; each is good for one call. No nonce is asked for. */
export async function checkProof(
  proof: string,
  target: ProofTarget,
  surroundings: ProofSurroundings,
): Promise<ProofReading> {
  if (proof.length > longestProof) return faulty('it is too long');
  const opened = await surroundings.open(proof, new Date(surroundings.now)).catch(() => null);
  if (opened === null) return faulty('it is not signed as a proof must be');
  const { claims, thumbprint } = opened;
  const fault = faultOf(claims, target, surroundings);
  if (fault !== null) return faulty(fault);
  if (target.keyThumbprint !== undefined && thumbprint !== target.keyThumbprint) return { thumbprint, fault: null };
  const isNew = surroundings.replays.take(`${thumbprint} ${String(claims.jti)}`, surroundings.monotonic);
  return isNew ? { thumbprint, fault: null } : faulty('it was used already');
}

function faultOf(
  { jti, iat, htm, htu, ath }: OpenedProof['claims'],
  target: ProofTarget,
  { now, since }: ProofSurroundings,
): string | null {
  if (typeof jti !== 'string' || jti === '' || jti.length > longestId) return 'its jti is missing';
  if (htm !== target.method) return 'it is for another method';
  if (typeof htu !== 'string' || !isTarget(htu, target)) return 'it is for another URL';
  if (typeof iat !== 'number') return 'its iat is missing';
  if (iat < now / 1_000 - oldestSeconds || iat < Math.floor(since / 1_000)) return 'it is too old';
  if (iat > now / 1_000 + newestSeconds) return 'it is from the future';
  if (target.tokenHash !== null && ath !== target.tokenHash) return 'it is for another token';
  return null;
}

/** Compares without query and fragment. RFC 9449 section 4.3, RFC 3986 section 6.2. */
function isTarget(htu: string, { path, authorities }: ProofTarget): boolean {
  const named = URL.canParse(htu) ? new URL(htu) : null;
  if (named === null || (named.protocol !== 'http:' && named.protocol !== 'https:') || named.username !== '') {
    return false;
  }
  return authorities.some((authority) => {
    const text = `${named.protocol}//${authority}${path}`;
    const called = URL.canParse(text) ? new URL(text) : null;
    return called?.host === named.host && called.pathname === named.pathname;
  });
}

function faulty(fault: string): ProofReading {
  return { thumbprint: null, fault: `The DPoP proof is refused: ${fault}.` };
}
