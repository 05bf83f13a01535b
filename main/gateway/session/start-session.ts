import type { Clock } from '#shared/model/clock.ts';
import type { TollkeeperError } from '#shared/model/error.ts';
import type { CreateUsageReader } from '../dialect/usage-reader.ts';
import type { FactsQueue } from '../facts-queue.ts';
import type { AttemptEnded } from '../pipeline/attempt-ended.ts';
import type { CallLimits } from '../pipeline/call-limits.ts';
import { type Exchange, present } from '../pipeline/exchange.ts';
import { ExchangeOpening } from '../pipeline/exchange-opening.ts';
import type { Prices } from '../pipeline/prices.ts';
import type { Pools } from '../pools.ts';
import { LiveSession } from './live-session.ts';
import { SessionGate } from './session-gate.ts';
import { SessionMeter } from './session-meter.ts';
import { sessionProtocols } from './session-protocol.ts';

/** What live sessions need of the gateway. */
export interface SessionServices {
  readonly pools: Pools;
  readonly facts: FactsQueue;
  readonly clock: Clock;
  readonly prices: Prices;
  readonly limits: CallLimits;
  readonly createUsageReader: CreateUsageReader;
  readonly refuse: (exchange: Exchange, error: TollkeeperError) => void;
  readonly attemptEnded: AttemptEnded;
}

/** Begins a live session for an exchange whose endpoint is one, once it has been reported. Throws `invalid_request` for an opening that is none. */
export function startSession(exchange: Exchange, services: SessionServices): void {
  const { facts, prices, refuse } = services;
  const endpoint = present(exchange.endpoint);
  const protocol = sessionProtocols[present(endpoint.session)];
  const meter = new SessionMeter({
    protocol,
    dialect: present(endpoint.dialect),
    createUsageReader: services.createUsageReader,
    price: (usage, model) => {
      const { id, provider } = present(exchange.upstream);
      const { priceId, billing } = provider;
      return prices.priceUsage({ priceId, provider: id, billing, model, usage, at: exchange.startedAt });
    },
  });
  meter.requestedModel = exchange.model;
  exchange.sessionSum = (final) => meter.sum(final);
  const reportProgress = (): void => {
    const { usage, costMicroUsd } = meter.sum(false);
    const { inputTokens, outputTokens } = usage;
    facts.progress({ requestId: exchange.id, inputTokens, outputTokens, costMicroUsd });
  };
  const opening = exchange.opening ?? new ExchangeOpening(exchange, startPresent);
  exchange.opening = opening;
  const gate = new SessionGate({
    ...{ exchange, protocol, meter, prices, limits: services.limits },
    onHeld() {
      facts.tell({ ...opening.describe(), reservedMicroUsd: exchange.reserved });
    },
  });
  const session = new LiveSession(exchange, {
    ...services,
    ...{ protocol, meter, gate },
    onUsage: reportProgress,
  });
  if (exchange.pastAttempts.length === 0) {
    exchange.response.once('close', () => exchange.transfer?.callerClosed());
  }
  exchange.transfer = session;
  exchange.onStop = (_, error, outcome) => {
    session.end(error, outcome);
    if (!exchange.answer.started) {
      refuse(exchange, error);
    }
  };
  facts.open(opening);
}

/** Starts the present attempt, unless its exchange has been answered while it waited. */
function startPresent(exchange: Exchange): void {
  const { response, transfer } = exchange;
  if (!response.headersSent && !response.destroyed && transfer instanceof LiveSession) {
    exchange.sent = true;
    transfer.start();
  }
}
