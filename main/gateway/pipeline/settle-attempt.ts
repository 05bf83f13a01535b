import { type AttemptFailure, type Exchange, present } from './exchange.ts';
import type { Prices } from './prices.ts';
import { tally } from './tally.ts';

/** Ends an attempt that another follows: what it may have cost replaces what it had set aside, and is kept for the row. */
export function settleAttempt(
  exchange: Exchange,
  options: { readonly failure: AttemptFailure; readonly prices: Prices },
): void {
  const { costMicroUsd } = tally(exchange, options.prices, 'cut');
  const { id, credentialId } = present(exchange.upstream);
  present(exchange.grant).settle(exchange.reserved, costMicroUsd ?? 0);
  exchange.pastAttempts.push({
    ...{ provider: id, credentialId, model: exchange.model, costMicroUsd },
    status: options.failure.status,
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
