import { TollkeeperError } from '#shared/model/error.ts';
import type { Outcome } from '#shared/model/usage.ts';
import type { UpstreamRequest } from '../http/client/upstream-call.ts';
import { type SessionServices, startSession } from '../session/start-session.ts';
import { type Exchange, present, type RequestBody, type Stage } from './exchange.ts';
import { ExchangeOpening } from './exchange-opening.ts';
import { Relay, type RelayOptions } from './relay.ts';
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
  const { facts, clock, refuse, attemptEnded } = services;
  const options: RelayOptions = { clock, refuse, attemptEnded };
  const sendNow = (exchange: Exchange): void => send(exchange, services);

  function stop(exchange: Exchange, error: TollkeeperError, outcome: Outcome): void {
    const { answer, response } = exchange;
    const started = response.headersSent;
    exchange.transfer?.stop({
      status: started ? answer.status : error.status,
      outcome,
      errorCode: error.code,
    });
    if (!started) {
      refuse(exchange, error);
    }
  }

  return (exchange) => {
    if (present(exchange.endpoint).session !== undefined) {
      startSession(exchange, services);
      return undefined;
    }
    if (exchange.pastAttempts.length === 0) {
      exchange.response.once('close', () => exchange.transfer?.callerClosed());
    }
    exchange.transfer = new Relay(exchange, options);
    exchange.onStop = stop;
    exchange.opening ??= new ExchangeOpening(exchange, sendNow);
    facts.open(exchange.opening);
    return undefined;
  };
}

/** Sends the present attempt, unless its exchange has been answered while it waited. */
function send(exchange: Exchange, { pools, clock, newId }: ForwardOptions): void {
  const { response, transfer, upstream, candidate } = exchange;
  if (response.headersSent || response.destroyed || !(transfer instanceof Relay)) {
    return;
  }
  const pool = pools.for(present(upstream).origin);
  if (present(candidate).passage === 'translated') {
    startTranslatedCall(exchange, { clock, newId, client: pool, taker: transfer });
    return;
  }
  exchange.sent = true;
  try {
    transfer.attach(pool.call(requestOf(exchange), transfer));
  } catch (error) {
    transfer.onError(error instanceof Error ? error : new TollkeeperError('internal'), false);
  }
}

function requestOf(exchange: Exchange): UpstreamRequest {
  const { path, headers, isRepeated, body } = present(exchange.outgoing);
  const { connectMs, firstByteMs, idleMs } = present(exchange.candidate).timeouts;
  return {
    method: exchange.method,
    path,
    headers,
    isRepeated,
    body: bytesOf(body),
    bodyLength: exchange.contentLength,
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
