import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Outcome } from '#shared/model/usage.ts';
import { createAuthorizationServerProxy } from '../authorization-server-proxy.ts';
import type { CreateUsageReader } from '../dialect/usage-reader.ts';
import type { FactsQueue } from '../facts-queue.ts';
import type { Pools } from '../pools.ts';
import type { CallerChecks } from '../state/caller-checks.ts';
import type { GatewayState } from '../state/gateway-state.ts';
import { abandoned, createAttemptEnded } from './attempt-ended.ts';
import { createAuthenticate } from './authenticate.ts';
import { createAuthorize } from './authorize.ts';
import { beginNext, skipReasonOf } from './begin-next.ts';
import { createCallLimits } from './call-limits.ts';
import { createChoose } from './choose.ts';
import { type AttemptFailure, callerLeftStatus, type Exchange, type Stage } from './exchange.ts';
import { createForward } from './forward.ts';
import { createGuard } from './guard.ts';
import { createInject } from './inject.ts';
import { createListModels } from './list-models.ts';
import { createMeter } from './meter.ts';
import type { Prices } from './prices.ts';
import { answerWithError } from './refuse.ts';
import { createReserve } from './reserve.ts';
import { createReserveNext } from './reserve-next.ts';
import { createRoute } from './route.ts';
import { createServeOwnPaths } from './serve-own-paths.ts';
import { createSettle, createSettleNow, type SettleNow } from './settle.ts';
import { settleAttempt } from './settle-attempt.ts';
import { StreamEnds } from './stream-ends.ts';
import { takeBackup } from './try-new-key.ts';

/** What the stages are made of. */
export interface PipelineOptions {
  readonly state: GatewayState;
  readonly callers: CallerChecks;
  readonly port: () => number;
  readonly maxBodyBytes: number;
  /** Unix socket or named pipe. */
  readonly authorizationServerPath: string;
  readonly pools: Pools;
  readonly facts: FactsQueue;
  readonly prices: Prices;
  readonly createUsageReader: CreateUsageReader;
  readonly clock: Clock;
  /** A fresh id, letters and digits. */
  readonly newId: () => string;
  readonly onSettled: (exchange: Exchange) => void;
}

/** The way of a request through the gateway. */
export interface Pipeline {
  /** Takes an exchange through all stages; what goes wrong on the way is answered and recorded. */
  run(exchange: Exchange): void;
  /** Settles what has ended and waits for that. */
  settleEnded(): void;
}

/** Makes the stages once; their order is the array below. */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { state, callers, clock, facts, prices, pools, maxBodyBytes, port, createUsageReader } = options;
  const limits = createCallLimits(state.limits, clock);
  const writeRow = createSettleNow({ prices, limits, facts, clock, onSettled: options.onSettled });
  const attemptEnded = createAttemptEnded(state.upstreams);
  const settle: SettleNow = (exchange, ending) => {
    attemptEnded(exchange, abandoned);
    writeRow(exchange, ending);
  };
  const ends = new StreamEnds({ settle, soon: () => facts.soon() });
  facts.onReport = () => ends.flush();
  const answer = (exchange: Exchange, error: TollkeeperError): void =>
    answerWithError(exchange, error, `http://127.0.0.1:${port()}`);
  const proxy = createAuthorizationServerProxy({ socketPath: options.authorizationServerPath, refuse: answer });
  const listModels = createListModels({ state, clock, settle, clientFor: (origin) => pools.for(origin) });
  const reserve = createReserveNext({
    reserve: createReserve({ prices, limits }),
    upstreams: state.upstreams,
    attemptEnded,
  });
  const stages: readonly Stage[] = [
    createGuard({ maxBodyBytes, state }),
    createServeOwnPaths(proxy),
    createAuthenticate({ state, callers, clock }),
    createRoute({ state, maxBodyBytes, listModels }),
    createAuthorize({ limits, maxBodyBytes }),
    createChoose(state.upstreams),
    reserve,
    createInject(),
    createForward({
      pools,
      facts,
      clock,
      prices,
      limits,
      createUsageReader,
      refuse: answer,
      attemptEnded,
      newId: options.newId,
    }),
    createMeter({ createUsageReader, prices, limits, facts, clock }),
    createSettle({ settle, ends, clock }),
  ];
  const attemptFrom = stages.indexOf(reserve);

  /** Only what was read whole can be sent to another, and only while the caller still waits for a first byte. */
  function tryNext(exchange: Exchange, failure: AttemptFailure): boolean {
    const { response, body, ending } = exchange;
    if (ending !== null || body.kind === 'stream' || response.headersSent || response.destroyed) {
      return false;
    }
    const backup = takeBackup(exchange, failure);
    const next = backup ?? beginNext(exchange, state.upstreams, skipReasonOf(failure));
    if (next === null || next instanceof TollkeeperError) {
      return false;
    }
    settleAttempt(exchange, { failure, prices, limits, isCanary: backup !== null });
    exchange.takeUp(next);
    advance(exchange, attemptFrom);
    return true;
  }

  /** Before anything has gone upstream. */
  function stop(exchange: Exchange, error: TollkeeperError, outcome: Outcome): void {
    answer(exchange, error);
    settle(exchange, { status: error.status, outcome, errorCode: error.code });
  }

  function refuse(exchange: Exchange, error: TollkeeperError): void {
    answer(exchange, error);
    settle(exchange, { status: error.status, outcome: 'denied', errorCode: error.code });
  }

  function fail(exchange: Exchange, error: unknown): void {
    if (exchange.response.destroyed) {
      settle(exchange, { status: callerLeftStatus, outcome: 'client_aborted', errorCode: null });
      return;
    }
    refuse(
      exchange,
      error instanceof TollkeeperError ? error : new TollkeeperError('internal', undefined, { cause: error }),
    );
  }

  function advance(exchange: Exchange, from: number): void {
    try {
      for (let index = from; index < stages.length && exchange.ending === null && !exchange.handled; index += 1) {
        if (exchange.response.destroyed) {
          settle(exchange, { status: callerLeftStatus, outcome: 'client_aborted', errorCode: null });
          return;
        }
        const waiting = stages[index]?.(exchange);
        if (waiting !== undefined) {
          waiting.then(
            () => advance(exchange, index + 1),
            (error: unknown) => fail(exchange, error),
          );
          return;
        }
      }
    } catch (error) {
      fail(exchange, error);
    }
  }

  return {
    settleEnded: () => ends.flush(),
    run(exchange) {
      exchange.onStop = stop;
      exchange.onFailure = tryNext;
      advance(exchange, 0);
    },
  };
}
