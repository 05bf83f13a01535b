import type { Readable } from 'node:stream';
import type { Clock } from '#shared/model/clock.ts';
import type { FactsQueue } from '../facts-queue.ts';
import type { Pools } from '../pools.ts';
import { type Exchange, present, type RequestBody, type Stage } from './exchange.ts';
import { Relay, type RelayOptions } from './relay.ts';
import { startTranslatedCall } from './translated-call.ts';

/** What forwarding needs. */
export interface ForwardOptions {
  readonly pools: Pools;
  readonly facts: FactsQueue;
  readonly clock: Clock;
  readonly refuse: RelayOptions['refuse'];
  readonly attemptEnded: RelayOptions['attemptEnded'];
  /** A fresh id, letters and digits, for the parts of a translated answer. */
  readonly newId: () => string;
}

/**
 * Stage: one call to the upstream, sent as soon as it has been reported, or at once where nothing counts it. What fails before a byte of answer goes on
 * to the next candidate, if there is one; to the same one nothing is sent twice. A redirect goes to the caller as
 * it is; it is not followed, so the key goes nowhere else.
 */
export function createForward({ pools, facts, clock, refuse, attemptEnded, newId }: ForwardOptions): Stage {
  const options: RelayOptions = { clock, refuse, attemptEnded };
  return (exchange) => {
    const upstream = present(exchange.upstream);
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
        const dispatch = pool.dispatch.bind(pool);
        startTranslatedCall(exchange, { clock, newId, dispatch, taker: relay });
        return;
      }
      exchange.sent = true;
      const { path, headers, body } = present(exchange.outgoing);
      const { firstByteMs, idleMs } = present(exchange.candidate).timeouts;
      pool.dispatch(
        {
          ...{ method: exchange.method, path, headers: [...headers], body: bytesOf(body) },
          ...(firstByteMs === undefined ? {} : { headersTimeout: firstByteMs }),
          ...(idleMs === undefined ? {} : { bodyTimeout: idleMs }),
        },
        relay,
      );
    });
    return undefined;
  };
}

function bytesOf(body: RequestBody): Buffer | Readable | null {
  switch (body.kind) {
    case 'none':
      return null;
    case 'whole':
      return body.bytes;
    case 'stream':
      return body.start();
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
    stream: exchange.facts().stream,
    outputTokens: 0,
    costMicroUsd: null,
    reservedMicroUsd: exchange.reserved,
    isCounted: hasBudget || countsUses || exchange.hold !== null,
  };
}
