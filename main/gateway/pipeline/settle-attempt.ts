import type { CallLimits } from './call-limits.ts';
import { type AttemptFailure, type Exchange, present } from './exchange.ts';
import type { Prices } from './prices.ts';
import { tally } from './tally.ts';

/** Ends an attempt that another follows: what it may have cost replaces what it had set aside, and is kept for the row. */
export function settleAttempt(
  exchange: Exchange,
  options: {
    readonly failure: AttemptFailure;
    readonly isCanary: boolean;
    readonly prices: Prices;
    readonly limits: CallLimits;
  },
): void {
  const { usage, costMicroUsd } = tally(exchange, options.prices, 'cut');
  const { id, credentialId } = present(exchange.upstream);
  present(exchange.grant).settle(exchange.reserved, costMicroUsd ?? 0);
  options.limits.settle(exchange, {
    costMicroUsd: costMicroUsd ?? 0,
    tokens: usage.inputTokens + usage.outputTokens,
  });
  exchange.pastAttempts.push({
    ...{ provider: id, credentialId, model: exchange.model, costMicroUsd },
    ...{ status: options.failure.status, isCanary: options.isCanary },
  });
}

/** What all attempts cost together, in integer micro-dollars; null when one of them can't be known. */
export function costOfAll(exchange: Exchange, costMicroUsd: number | null): number | null {
  let sum = costMicroUsd;
  for (const attempt of exchange.pastAttempts) {
    sum = sum === null || attempt.costMicroUsd === null ? null : sum + attempt.costMicroUsd;
  }
  return sum;
}
