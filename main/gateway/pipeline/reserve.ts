import { TollkeeperError } from '#shared/model/error.ts';
import type { CallLimits } from './call-limits.ts';
import { type Exchange, present, type Stage } from './exchange.ts';
import { isCharged } from './is-charged.ts';
import type { Prices } from './prices.ts';

/** Output tokens set aside when the request names no limit. */
export const assumedOutputTokens = 16_384;

/** A body is counted as at most this many input tokens: no model reads more. */
const mostInputTokens = 1_000_000;
const bytesPerInputToken = 3;

/** What reserving needs. */
export interface ReserveOptions {
  readonly prices: Prices;
  readonly limits: CallLimits;
}

/**
 * Stage: sets aside, in one step that no other request can come between, one use and what the call may cost at most. A further
 * attempt sets aside anew, and takes no further use. What was set aside when a later check refuses is given back by settling.
 * Under a budget, what can't be priced is refused.
 */
export function createReserve({ prices, limits }: ReserveOptions): Stage {
  return (exchange) => {
    const grant = present(exchange.grant);
    if (!exchange.useTaken && !grant.hasUse) {
      throw new TollkeeperError('token_already_used');
    }
    const isBudgeted = grant.hasBudget || limits.needCost(exchange, [present(exchange.candidate)]);
    const ceiling = isBudgeted ? ceilingOf(exchange, prices) : 0;
    if (typeof ceiling !== 'number' && grant.hasBudget) {
      throw ceiling;
    }
    const amount = typeof ceiling === 'number' ? ceiling : 0;
    if (!grant.reserve(amount)) {
      throw new TollkeeperError(
        'budget_exceeded',
        `What is left of the budget does not hold this call, which may cost up to $${(amount / 1_000_000).toFixed(4)}. Set a lower output limit, or ask for a larger budget.`,
      );
    }
    exchange.reserved = amount;
    limits.reserve(exchange, typeof ceiling === 'number' ? ceiling : null);
    if (!exchange.useTaken) {
      exchange.useTaken = grant.takeUse();
    }
    return undefined;
  };
}

/** The most the attempt can cost, or why that can't be known. */
function ceilingOf(exchange: Exchange, prices: Prices): number | TollkeeperError {
  const endpoint = present(exchange.endpoint);
  const { id, provider } = present(exchange.upstream);
  const isSession = endpoint.session !== undefined;
  if (provider.local || !isCharged(endpoint) || (isSession && endpoint.model === 'message')) {
    return 0;
  }
  const { model } = exchange;
  if (provider.priceId === null || model === null || endpoint.dialect === null) {
    return new TollkeeperError('price_unknown');
  }
  const facts = exchange.facts();
  if (facts.deferred) {
    return new TollkeeperError(
      'price_unknown',
      'A call in the background tells no cost, so it can’t be made under a budget.',
    );
  }
  if (facts.surcharged) {
    return new TollkeeperError(
      'price_unknown',
      'The price of this class of service is unknown, so it can’t be used under a budget. Leave out service_tier or speed.',
    );
  }
  const outputTokens = endpoint.capability === 'embeddings' ? 0 : (facts.maxOutputTokens ?? assumedOutputTokens);
  const ceiling = prices.priceCeiling({
    priceId: provider.priceId,
    provider: id,
    billing: provider.billing,
    model,
    inputTokens: facts.storedInput
      ? mostInputTokens
      : Math.min(mostInputTokens, Math.ceil(exchange.bodyBytes / bytesPerInputToken)),
    maxOutputTokens: outputTokens * facts.choices,
    at: exchange.startedAt,
  });
  if (ceiling === null) {
    return new TollkeeperError('price_unknown');
  }
  return ceiling;
}
