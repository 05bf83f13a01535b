import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { tokenInQuery } from '../http/request-target.ts';
import type { CallerChecks } from '../state/caller-checks.ts';
import type { GatewayState } from '../state/gateway-state.ts';
import type { VerifiedToken } from '../state/token-verifier.ts';
import { type Exchange, present, type Stage } from './exchange.ts';
import { requireBoundCaller } from './require-bound-caller.ts';
import { createRequireProof } from './require-proof.ts';

/** What authentication needs. */
export interface AuthenticateOptions {
  readonly state: GatewayState;
  readonly callers: CallerChecks;
  readonly clock: Clock;
}

/**
 * Stage: which live grant does the caller act under? The token may stand in any header an SDK uses; two different ones
 * are refused, because two readers could pick different ones. RFC 6750 section 2.
 */
export function createAuthenticate({ state, callers, clock }: AuthenticateOptions): Stage {
  const requireProof = createRequireProof(clock);
  return (exchange) => {
    if (state.paused) {
      throw new TollkeeperError('gateway_paused');
    }
    const sent = findToken(exchange);
    const known = state.verifier.recall(sent.token);
    if (known !== null) {
      return accept(exchange, sent, known);
    }
    return state.verifier.verify(sent.token).then((verified) => accept(exchange, sent, verified));
  };

  function accept(exchange: Exchange, sent: SentToken, verified: VerifiedToken | null): Promise<void> | undefined {
    const grant = verified === null ? undefined : state.grant(verified.grantId);
    if (verified === null || grant === undefined || grant.expired(clock)) {
      exchange.tokenId = verified?.tokenId ?? state.verifier.nameOfRefused(sent.token);
      throw new TollkeeperError(sent.inQuery ? 'token_in_query' : 'invalid_token');
    }
    if (sent.inQuery && !grant.queryToken) {
      throw new TollkeeperError('token_in_query');
    }
    exchange.token = sent.token;
    exchange.tokenId = verified.tokenId;
    exchange.grant = grant;
    exchange.grantSeat = grant.running.join(exchange);
    if (verified.keyThumbprint !== null || present(exchange.headers).isDpop) {
      const proven = requireProof(exchange, sent.token, verified.keyThumbprint);
      return grant.bound ? proven.then(() => requireBoundCaller(exchange, callers)) : proven;
    }
    return grant.bound ? requireBoundCaller(exchange, callers) : undefined;
  }
}

interface SentToken {
  readonly token: string;
  readonly inQuery: boolean;
}

function findToken(exchange: Exchange): SentToken {
  const { tokens } = present(exchange.headers);
  const { query } = present(exchange.target);
  const queried = query === '' ? null : tokenInQuery(query);
  const [token, second] = tokens;
  if (second !== undefined || (token !== undefined && queried !== null && queried !== token)) {
    throw new TollkeeperError('invalid_token', 'Two different tokens were sent. Send one, in one header.');
  }
  if (queried !== null) {
    return { token: queried, inQuery: true };
  }
  if (token === undefined) {
    throw new TollkeeperError('invalid_token', undefined, { details: { challenge: 'bare' } });
  }
  return { token, inQuery: false };
}
