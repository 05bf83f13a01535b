import { createHash } from 'node:crypto';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { checkProof, proofLifetimeMs, rememberedProofs } from '#shared/policy/check-proof.ts';
import { ReplayGuard } from '#shared/policy/replay-guard.ts';
import { openProof } from '../state/open-proof.ts';
import { type Exchange, present } from './exchange.ts';

/** Lets a call with a bound token go on when the proof that comes with it is of the token's key and for this very call; else rejects. */
export type RequireProof = (exchange: Exchange, token: string, keyThumbprint: string | null) => Promise<void>;

/** Makes the check of RFC 9449 section 7; it is asked only where the token is bound, or was sent as if it were. */
export function createRequireProof(clock: Clock): RequireProof {
  const replays = new ReplayGuard(proofLifetimeMs, rememberedProofs);
  const since = clock.now();
  return async (exchange, token, keyThumbprint) => {
    const { isDpop, proof, host } = present(exchange.headers);
    if (keyThumbprint === null) {
      throw new TollkeeperError(
        'invalid_token',
        'This token is not bound to a key. Send it as `Authorization: Bearer`.',
      );
    }
    if (!isDpop) {
      throw refusal('invalid_token', 'This token is bound to a key. Send it as `Authorization: DPoP`, with a proof.');
    }
    if (proof === null) {
      throw refusal('invalid_dpop_proof');
    }
    const target = {
      ...{ method: exchange.method, path: present(exchange.target).path, authorities: [host ?? ''] },
      ...{ tokenHash: createHash('sha256').update(token).digest('base64url'), keyThumbprint },
    };
    const surroundings = { open: openProof, replays, now: clock.now(), monotonic: clock.monotonic(), since };
    const { thumbprint, fault } = await checkProof(proof, target, surroundings);
    if (fault !== null) {
      throw refusal('invalid_dpop_proof', fault);
    }
    if (thumbprint !== keyThumbprint) {
      throw refusal('invalid_token', 'The DPoP proof is of another key than the token is bound to.');
    }
  };
}

function refusal(code: 'invalid_token' | 'invalid_dpop_proof', message?: string): TollkeeperError {
  return new TollkeeperError(code, message, { details: { challenge: 'dpop' } });
}
