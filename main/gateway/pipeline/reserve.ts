import { TollkeeperError } from '#shared/model/error.ts';
import { type Exchange, present, type Stage } from './exchange.ts';
import { isCharged } from './is-charged.ts';
import type { Prices } from './prices.ts';

/** Output tokens set aside when the request names no limit. */
export const assumedOutputTokens = 16_384;

/** A body is counted as at most this many input tokens: no model reads more. */
const mostInputTokens = 1_000_000;
const bytesPerInputToken = 3;

/**
 * Stage: sets aside, in one step that no other request can come between, one use and what the call may cost at most. A further
 * attempt sets aside anew, and takes no further use.
 * Under a budget, what can't be priced is refused.
 */
export function createReserve(prices: Prices): Stage {
  return (exchange) => {
    const grant = present(exchange.grant);
    const amount = grant.hasBudget ? ceilingOf(exchange, prices) : 0;
    if (!grant.reserve(amount)) {
      throw new TollkeeperError(
        'budget_exceeded',
        `What is left of the budget does not hold this call, which may cost up to $${(amount / 1_000_000).toFixed(4)}. Set a lower output limit, or ask for a larger budget.`,
      );
    }
    exchange.reserved = amount;
    if (!exchange.useTaken && !grant.takeUse()) {
      throw new TollkeeperError('token_already_used');
    }
    exchange.useTaken = true;
    return undefined;
  };
}

function ceilingOf(exchange: Exchange, prices: Prices): number {
  const endpoint = present(exchange.endpoint);
  const { provider } = present(exchange.upstream);
  if (provider.local || !isCharged(endpoint)) {
    return 0;
  }
  const { model } = exchange;
  if (provider.priceId === null || model === null || endpoint.dialect === null) {
    throw new TollkeeperError('price_unknown');
  }
  const facts = exchange.facts();
  if (facts.deferred) {
    throw new TollkeeperError(
      'price_unknown',
      'A call in the background tells no cost, so it can’t be made under a budget.',
    );
  }
  if (facts.surcharged) {
    throw new TollkeeperError(
      'price_unknown',
      'The price of this class of service is unknown, so it can’t be used under a budget. Leave out service_tier or speed.',
    );
  }
  const outputTokens = endpoint.capability === 'embeddings' ? 0 : (facts.maxOutputTokens ?? assumedOutputTokens);
  const ceiling = prices.priceCeiling({
    priceId: provider.priceId,
    model,
    inputTokens: facts.storedInput
      ? mostInputTokens
      : Math.min(mostInputTokens, Math.ceil(exchange.bodyBytes / bytesPerInputToken)),
    maxOutputTokens: outputTokens * facts.choices,
    at: exchange.startedAt,
  });
  if (ceiling === null) {
    throw new TollkeeperError('price_unknown');
  }
  return ceiling;
}
