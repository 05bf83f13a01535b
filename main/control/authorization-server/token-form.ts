import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { authorizationServerPaths } from '#shared/contract/http.ts';
import { checkProof, proofLifetimeMs, rememberedProofs } from '#shared/policy/check-proof.ts';
import { ReplayGuard } from '#shared/policy/replay-guard.ts';
import { openProof } from '../token/open-proof.ts';
import type { AuthorizationServerOptions } from './authorization-server-options.ts';

/** Parameter of every token request: `jwt`, which is the default, or `reference` for an opaque `tk_…` token. */
export const tokenFormatParameter = 'tollkeeper_token_format';

/** What kind of token a client wants. */
export interface TokenForm {
  /** RFC 7638 thumbprint of the key that the token is to be bound to; null for a bearer token. RFC 9449 section 5. */
  readonly keyThumbprint: string | null;
  readonly reference: boolean;
}

/** Reads it from a token request, before anything is handed out. Throws `invalid_dpop_proof` or `invalid_request`. */
export type ReadTokenForm = (context: KoaContextWithOIDC) => Promise<TokenForm>;

/** Checks the DPoP proofs of one server\u2019s requests; each is taken once. */
export interface ProofDesk {
  /** Thumbprint of the key that made the proof; null when none was sent, and a sentence when it is not good. */
  read(
    proof: string | undefined,
    call: { readonly method: string; readonly path: string; readonly host: string; readonly tokenHash: string | null },
  ): Promise<{ readonly thumbprint: string | null; readonly fault: string | null }>;
}

/** Makes a desk that begins to remember now. */
export function createProofDesk({ issuer, clock }: Pick<AuthorizationServerOptions, 'issuer' | 'clock'>): ProofDesk {
  const replays = new ReplayGuard(proofLifetimeMs, rememberedProofs);
  const since = clock.now();
  const issuerHost = new URL(issuer).host;
  return {
    async read(proof, { method, path, host, tokenHash }) {
      if (proof === undefined) return { thumbprint: null, fault: null };
      const target = { method, path, authorities: [issuerHost, host], tokenHash };
      const times = { now: clock.now(), monotonic: clock.monotonic(), since };
      return checkProof(proof, target, { open: openProof, replays, ...times });
    },
  };
}

/** Makes the reading over a desk. */
export function tokenFormReader(proofs: ProofDesk): ReadTokenForm {
  return async (context) => {
    const reference = readFormat(context.oidc.body?.[tokenFormatParameter]);
    const sent = context.request.headers.dpop;
    const { thumbprint, fault } = await proofs.read(typeof sent === 'string' ? sent : undefined, {
      ...{ method: context.method, path: authorizationServerPaths.token, host: context.host, tokenHash: null },
    });
    if (fault !== null) throw new errors.CustomOIDCProviderError('invalid_dpop_proof', fault);
    return { keyThumbprint: thumbprint, reference };
  };
}

function readFormat(format: unknown): boolean {
  if (format === undefined || format === 'jwt') return false;
  if (format === 'reference') return true;
  throw new errors.InvalidRequest(`${tokenFormatParameter} is jwt or reference`);
}
