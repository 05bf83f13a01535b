import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { type CreateUsageReader, isStreamContentType } from '../dialect/usage-reader.ts';
import type { FactsQueue } from '../facts-queue.ts';
import type { CallLimits } from './call-limits.ts';
import { type AnswerTap, type Exchange, present, type Stage } from './exchange.ts';
import type { Prices } from './prices.ts';
import { StreamWatch } from './stream-watch.ts';
import { tally } from './tally.ts';

/** What metering needs. */
export interface MeterOptions {
  readonly createUsageReader: CreateUsageReader;
  readonly prices: Prices;
  readonly limits: CallLimits;
  readonly facts: FactsQueue;
  readonly clock: Clock;
}

/**
 * Time between two progress reports of one stream, in milliseconds: where a budget depends on it, and elsewhere. All streams report at the
 * same times, counted from the clock's zero, so that what they have to tell goes out together.
 */
const progressEveryMs = { budgeted: 250, other: 1_000 } as const;

/** Stage: a tap on the answer. It reads what passes and holds nothing back. */
export function createMeter(options: MeterOptions): Stage {
  return (exchange) => {
    present(exchange.transfer).tap = new Meter(exchange, options);
    return undefined;
  };
}

class Meter implements AnswerTap {
  readonly #exchange: Exchange;
  readonly #options: MeterOptions;
  #reportAt = Number.POSITIVE_INFINITY;
  #everyMs: number = progressEveryMs.other;

  constructor(exchange: Exchange, options: MeterOptions) {
    this.#exchange = exchange;
    this.#options = options;
  }

  onHead(contentType: string): void {
    const { answer, endpoint, opening } = this.#exchange;
    const { dialect } = present(endpoint);
    answer.stream = isStreamContentType(contentType);
    if (answer.stream && opening !== null) {
      this.#options.facts.streams(opening);
    }
    if (answer.stream && isBudgeted(this.#exchange, this.#options.limits)) {
      this.#everyMs = progressEveryMs.budgeted;
    }
    this.#reportAt = this.#nextReport(this.#options.clock.monotonic());
    if (dialect !== null && answer.status < 300) {
      const reader = this.#options.createUsageReader(dialect, { stream: answer.stream });
      const eventEnd = contentType.toLowerCase().startsWith('text/event-stream') ? 'blank-line' : 'line';
      this.#exchange.reader = answer.stream ? new StreamWatch(reader, answer, eventEnd) : reader;
    }
  }

  onChunk(chunk: Buffer): void {
    const { answer, reader } = this.#exchange;
    reader?.push(chunk);
    if (!answer.stream || reader === null) {
      return;
    }
    const now = this.#options.clock.monotonic();
    if (now >= this.#reportAt) {
      this.#reportAt = this.#nextReport(now);
      reportProgress(this.#exchange, this.#options);
    }
  }

  #nextReport(now: number): number {
    return (Math.floor(now / this.#everyMs) + 1) * this.#everyMs;
  }
}

/** Tells how far a stream has come, and ends it when it has outgrown both what it had set aside and what else the budget has left. */
function reportProgress(exchange: Exchange, { facts, prices, limits }: MeterOptions): void {
  const { usage, costMicroUsd } = tally(exchange, prices, 'progress');
  facts.progress({
    requestId: exchange.id,
    inputTokens: usage.inputTokens,
    outputTokens: usage.outputTokens,
    costMicroUsd,
  });
  const grant = present(exchange.grant);
  const missing = (costMicroUsd ?? 0) - exchange.reserved;
  if (missing > 0 && isBudgeted(exchange, limits)) {
    if (!grant.reserve(missing)) {
      exchange.stop(new TollkeeperError('budget_exceeded'), 'denied');
      return;
    }
    exchange.reserved += missing;
  }
  const refusal = limits.extend(exchange, costMicroUsd ?? 0);
  if (refusal !== null) {
    exchange.stop(refusal, 'denied');
  }
}

function isBudgeted(exchange: Exchange, limits: CallLimits): boolean {
  return present(exchange.grant).hasBudget || limits.needCost(exchange, [present(exchange.candidate)]);
}
