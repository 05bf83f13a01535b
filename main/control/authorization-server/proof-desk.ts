import { checkProof, proofLifetimeMs, rememberedProofs } from '#shared/policy/check-proof.ts';
import { ReplayGuard } from '#shared/policy/replay-guard.ts';
import { openProof } from '../token/open-proof.ts';
import type { AuthorizationServerOptions } from './authorization-server-options.ts';

/** Checks the DPoP proofs of one server's requests; each is taken once. */
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
