import { TollkeeperError } from '#shared/model/error.ts';
import type { FactsQueue } from '../facts-queue.ts';
import type { UpstreamRequest } from '../http/client/upstream-call.ts';
import { type SessionServices, startSession } from '../session/start-session.ts';
import { type Exchange, present, type RequestBody, type Stage } from './exchange.ts';
import { Relay, type RelayOptions } from './relay.ts';
import { costOfAll } from './settle-attempt.ts';
import { startTranslatedCall } from './translated-call.ts';

/** What forwarding needs. */
export interface ForwardOptions extends SessionServices {
  /** A fresh id, letters and digits, for the parts of a translated answer. */
  readonly newId: () => string;
}

/**
 * Stage: one call to the upstream, sent as soon as it has been reported, or at once where nothing counts it. What fails before a byte of answer goes on
 * to the next candidate, if there is one; to the same one nothing is sent twice. A redirect goes to the caller as
 * it is; it is not followed, so the key goes nowhere else.
 */
export function createForward(services: ForwardOptions): Stage {
  const { pools, facts, clock, refuse, attemptEnded, newId } = services;
  const options: RelayOptions = { clock, refuse, attemptEnded };
  return (exchange) => {
    const upstream = present(exchange.upstream);
    if (present(exchange.endpoint).session !== undefined) {
      startSession(exchange, services, runningRequest(exchange));
      return undefined;
    }
    const relay = new Relay(exchange, options);
    if (exchange.pastAttempts.length === 0) {
      exchange.response.once('close', () => exchange.transfer?.callerClosed());
    }
    exchange.transfer = relay;
    exchange.onStop = (error, outcome) => {
      const started = exchange.response.headersSent;
      relay.stop({ status: started ? exchange.answer.status : error.status, outcome, errorCode: error.code });
      if (!started) {
        refuse(exchange, error);
      }
    };
    facts.open(runningRequest(exchange), () => {
      if (exchange.response.headersSent || exchange.response.destroyed) {
        return;
      }
      const pool = pools.for(upstream.origin);
      if (present(exchange.candidate).passage === 'translated') {
        startTranslatedCall(exchange, { clock, newId, client: pool, taker: relay });
        return;
      }
      exchange.sent = true;
      try {
        relay.attach(pool.call(requestOf(exchange), relay));
      } catch (error) {
        relay.onError(error instanceof Error ? error : new TollkeeperError('internal'), false);
      }
    });
    return undefined;
  };
}

function requestOf(exchange: Exchange): UpstreamRequest {
  const { path, headers, body } = present(exchange.outgoing);
  const { connectMs, firstByteMs, idleMs } = present(exchange.candidate).timeouts;
  return {
    method: exchange.method,
    path,
    headers,
    body: bytesOf(body),
    bodyLength: present(exchange.headers).contentLength,
    connectMs,
    firstByteMs,
    idleMs,
  };
}

function bytesOf(body: RequestBody): UpstreamRequest['body'] {
  switch (body.kind) {
    case 'none':
      return null;
    case 'whole':
      return body.bytes;
    case 'stream':
      return body.source;
  }
}

function runningRequest(exchange: Exchange): Parameters<FactsQueue['open']>[0] {
  const { hasBudget, countsUses } = present(exchange.grant);
  return {
    requestId: exchange.id,
    startedAt: exchange.startedAtText,
    tool: present(exchange.grant).tool,
    provider: present(exchange.upstream).id,
    model: exchange.model,
    grantId: present(exchange.grant).grantId,
    credentialId: present(exchange.upstream).credentialId,
    tokenId: exchange.tokenId,
    endpoint: `${exchange.method} ${present(exchange.target).path}`,
    stream: exchange.facts().stream || exchange.endpoint?.session !== undefined,
    outputTokens: 0,
    costMicroUsd: null,
    reservedMicroUsd: costOfAll(exchange, exchange.reserved) ?? exchange.reserved,
    isCounted: hasBudget || countsUses || exchange.hold !== null,
  };
}
