import type { Clock } from '#shared/model/clock.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import type { FactsQueue } from '../facts-queue.ts';
import { pathForLedger } from '../http/request-target.ts';
import type { CallLimits } from './call-limits.ts';
import { type Ending, type Exchange, present, type Stage } from './exchange.ts';
import type { Prices } from './prices.ts';
import { costOfAll } from './settle-attempt.ts';
import type { StreamEnds } from './stream-ends.ts';
import { type Tally, tally } from './tally.ts';

/** What settling needs. */
export interface SettleOptions {
  readonly prices: Prices;
  readonly limits: CallLimits;
  readonly facts: FactsQueue;
  readonly clock: Clock;
  /** Told once per exchange, after its row has been queued. */
  readonly onSettled: (exchange: Exchange) => void;
}

/** What the stage needs. */
export interface SettleStageOptions {
  readonly settle: SettleNow;
  readonly ends: StreamEnds;
  readonly clock: Clock;
}

/** Settles an exchange that did not get as far as the last stage. */
export type SettleNow = (exchange: Exchange, ending: Ending) => void;

/**
 * Stage: when both sides are done, the true cost replaces what was set aside, and one row is written. That of a stream that nothing counts may wait
 * a moment: control knows of it, and no other call depends on what it came to.
 */
export function createSettle({ settle, ends, clock }: SettleStageOptions): Stage {
  function settleAtEnd(exchange: Exchange, ending: Ending): void {
    exchange.endedAt = clock.monotonic();
    if (exchange.answer.stream && exchange.opening?.isCounted === false) {
      ends.add(exchange, ending);
    } else {
      settle(exchange, ending);
    }
  }

  return (exchange) => {
    present(exchange.transfer).onEnd = settleAtEnd;
    return undefined;
  };
}

/** Makes the one function that writes rows; it writes each exchange's once, whatever happens and how often it is called. */
export function createSettleNow({ prices, limits, facts, clock, onSettled }: SettleOptions): SettleNow {
  return (exchange, ending) => {
    if (exchange.ending !== null) {
      return;
    }
    exchange.ending = ending;
    exchange.onStop = null;
    exchange.onFailure = null;
    const complete = ending.outcome === 'ok' || (ending.outcome === 'upstream_error' && ending.errorCode === null);
    const told = tally(exchange, prices, complete ? 'complete' : 'cut');
    const { usage, model, costMicroUsd, priceVersion, estimated, pricedModel } = told;
    const { grant } = exchange;
    if (grant !== null) {
      grant.running.leave(present(exchange.grantSeat));
      grant.settle(exchange.reserved, costMicroUsd ?? 0);
    }
    limits.settle(exchange, {
      costMicroUsd: costMicroUsd ?? 0,
      tokens: usage.inputTokens + usage.outputTokens,
    });
    const record: UsageRecord = {
      requestId: exchange.id,
      startedAt: exchange.startedAtText,
      tool: grant?.tool ?? null,
      grantId: grant?.grantId ?? null,
      tokenId: exchange.tokenId,
      credentialId: exchange.upstream?.credentialId ?? null,
      provider: exchange.upstream?.id ?? null,
      model,
      endpoint: endpointOf(exchange),
      stream: exchange.answer.started ? exchange.answer.stream : exchange.facts().stream,
      status: ending.status,
      outcome: ending.outcome,
      errorCode: ending.errorCode,
      inputTokens: usage.inputTokens,
      cachedInputTokens: usage.cachedInputTokens,
      cacheWriteTokens: usage.cacheWriteTokens,
      outputTokens: usage.outputTokens,
      reasoningTokens: usage.reasoningTokens,
      costMicroUsd: costOfAll(exchange, costMicroUsd),
      priceVersion,
      latencyMs: Math.max(0, Math.round((exchange.endedAt ?? clock.monotonic()) - exchange.started)),
      firstByteMs: exchange.answer.firstByteMs,
    };
    const isPlain = !estimated && pricedModel === null && Object.keys(usage).length === plainCounts;
    facts.settle(isPlain ? record : withRareFields(record, told), exchange.opening);
    onSettled(exchange);
  };
}

/** The counts that every usage has. */
const plainCounts = 5;

/** Adds what few records have. Each field that a record of its own shape gets costs more than all of a common one. */
function withRareFields(record: UsageRecord, { usage, estimated, pricedModel }: Tally): UsageRecord {
  return {
    ...record,
    ...usage,
    ...(estimated ? { estimated } : {}),
    ...(pricedModel === null ? {} : { pricedModel }),
  };
}

/** A path on the allow-list is told as it is; any other may hold anything. */
function endpointOf(exchange: Exchange): string {
  const path = exchange.target?.path ?? exchange.request.url.split('?', 1)[0] ?? '';
  return `${exchange.method} ${exchange.endpoint === null ? pathForLedger(path) : path}`;
}
