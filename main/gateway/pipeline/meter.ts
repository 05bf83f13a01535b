import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { type CreateUsageReader, isStreamContentType } from '../dialect/usage-reader.ts';
import type { FactsQueue } from '../facts-queue.ts';
import type { CallLimits } from './call-limits.ts';
import { type Exchange, present, type Stage } from './exchange.ts';
import type { Prices } from './prices.ts';
import { tally } from './tally.ts';

/** What metering needs. */
export interface MeterOptions {
  readonly createUsageReader: CreateUsageReader;
  readonly prices: Prices;
  readonly limits: CallLimits;
  readonly facts: FactsQueue;
  readonly clock: Clock;
}

/** Shortest time between two progress reports of one stream, in milliseconds. */
const progressEveryMs = 250;
const eventEnd = Buffer.from('\n\n');
const lineEnd = Buffer.from('\n');

/** Stage: a tap on the answer. It reads what passes and holds nothing back. */
export function createMeter(options: MeterOptions): Stage {
  return (exchange) => {
    const transfer = present(exchange.transfer);
    const { answer } = exchange;
    let separator = eventEnd;
    let reportedAt = exchange.started;
    transfer.onHead = (contentType) => {
      const { dialect } = present(exchange.endpoint);
      answer.stream = isStreamContentType(contentType);
      separator = contentType.startsWith('text/event-stream') ? eventEnd : lineEnd;
      if (dialect !== null && answer.status < 300) {
        exchange.reader = options.createUsageReader(dialect, { stream: answer.stream });
      }
    };
    transfer.onChunk = (chunk) => {
      exchange.reader?.push(chunk);
      if (!answer.stream || exchange.reader === null) {
        return;
      }
      answer.events += countOf(chunk, separator);
      const now = options.clock.monotonic();
      if (now - reportedAt >= progressEveryMs) {
        reportedAt = now;
        reportProgress(exchange, options);
      }
    };
    return undefined;
  };
}

function countOf(chunk: Buffer, separator: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(separator); at !== -1; at = chunk.indexOf(separator, at + separator.length)) {
    count += 1;
  }
  return count;
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
  const isBudgeted = grant.hasBudget || limits.needCost(exchange, [present(exchange.candidate)]);
  if (missing <= 0 || !isBudgeted) {
    return;
  }
  if (!grant.reserve(missing)) {
    exchange.stop(new TollkeeperError('budget_exceeded'), 'denied');
    return;
  }
  exchange.reserved += missing;
  const refusal = limits.extend(exchange, costMicroUsd ?? 0);
  if (refusal !== null) {
    exchange.stop(refusal, 'denied');
  }
}
