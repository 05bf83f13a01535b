import type { PriceQuote } from '#shared/model/provider.ts';
import type { TokenUsage } from '#shared/model/usage.ts';
import type { SessionSum } from '../session/session-meter.ts';
import { type Exchange, present } from './exchange.ts';
import { isCharged } from './is-charged.ts';
import type { Prices } from './prices.ts';

/** What an exchange has used and cost so far. */
export interface Tally {
  readonly usage: TokenUsage;
  readonly model: string | null;
  /** Integer micro-dollars; null when the price is unknown. */
  readonly costMicroUsd: number | null;
  readonly priceVersion: string | null;
  /** True when tokens were counted here because the upstream told none, or not all. */
  readonly estimated: boolean;
  /** The model whose price was taken, where it is not `model`: the upstream may answer with a dated name. */
  readonly pricedModel: string | null;
}

const nothing: TokenUsage = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};
const unpriced = { priceVersion: null, estimated: false, pricedModel: null } as const;
const bytesPerToken = 4;

/** When a tally is taken: while the answer runs, when it has come whole, or when it was broken off. */
export type TallyMoment = 'progress' | 'complete' | 'cut';

/**
 * Counts and prices an exchange. What the upstream told is taken as it is. Where it told nothing although it answered (OpenAI's
 * chat streams without `stream_options.include_usage`, and streams that were broken off), tokens are estimated: one per event of
 * a stream, one per four bytes of anything else, and marked; so an aborted stream is still paid for.
 */
export function tally(exchange: Exchange, prices: Prices, moment: TallyMoment): Tally {
  const { endpoint, upstream, answer, reader } = exchange;
  if (exchange.sessionSum !== null && answer.started) {
    return tallyOfSession(exchange, exchange.sessionSum(moment !== 'progress'));
  }
  const reading = (moment === 'progress' ? reader?.snapshot() : reader?.finish()) ?? { usage: null, model: null };
  const model = exchange.model ?? reading.model ?? exchange.facts().model;
  if (endpoint === null || upstream === null || !exchange.sent || answer.status >= 400 || !isCharged(endpoint)) {
    return { ...unpriced, usage: reading.usage ?? nothing, model, costMicroUsd: 0 };
  }
  if (upstream.provider.local) {
    const { usage, estimated } = usageOf(exchange, reading.usage, moment);
    return { ...unpriced, usage, model, estimated, costMicroUsd: 0 };
  }
  if (!answer.started) {
    return { ...unpriced, usage: nothing, model, costMicroUsd: setAside(exchange) };
  }
  const { usage, estimated } = usageOf(exchange, reading.usage, reader?.isClosed === true ? 'complete' : moment);
  const quote = priceOf(exchange, prices, { usage, models: [reading.model, model] });
  if (quote === null) {
    return { ...unpriced, usage, model, estimated, costMicroUsd: setAside(exchange) };
  }
  const pricedModel = quote.model === model ? null : quote.model;
  return { usage, model, costMicroUsd: quote.costMicroUsd, priceVersion: quote.priceVersion, estimated, pricedModel };
}

/** A live session is counted and priced call by call while it runs. */
function tallyOfSession(exchange: Exchange, sum: SessionSum): Tally {
  const { usage, estimated } = sum;
  const model = exchange.model ?? sum.model;
  const pricedModel = sum.model === model ? null : sum.model;
  if (exchange.answer.status >= 400 || present(exchange.upstream).provider.local) {
    return { ...unpriced, usage, model, estimated, costMicroUsd: 0 };
  }
  const costMicroUsd = sum.costMicroUsd ?? setAside(exchange);
  return { usage, model, estimated, pricedModel, costMicroUsd, priceVersion: sum.priceVersion };
}

/** What can't be priced is charged as the most it could cost; null where nothing was set aside. */
function setAside(exchange: Exchange): number | null {
  return exchange.reserved > 0 ? exchange.reserved : null;
}

function usageOf(
  exchange: Exchange,
  told: TokenUsage | null,
  moment: TallyMoment,
): { readonly usage: TokenUsage; readonly estimated: boolean } {
  const { answer, endpoint } = exchange;
  if (endpoint?.dialect === null || (told !== null && moment === 'complete')) {
    return { usage: told ?? nothing, estimated: false };
  }
  const embedded = endpoint?.capability === 'embeddings';
  const seen = embedded ? 0 : answer.stream ? answer.events : Math.ceil(answer.bytes / bytesPerToken);
  if (told === null) {
    const inputTokens = Math.ceil(exchange.bodyBytes / bytesPerToken);
    return { usage: { ...nothing, inputTokens, outputTokens: seen }, estimated: true };
  }
  return { usage: { ...told, outputTokens: Math.max(told.outputTokens, seen) }, estimated: seen > told.outputTokens };
}

function priceOf(
  exchange: Exchange,
  prices: Prices,
  wanted: { readonly usage: TokenUsage; readonly models: readonly (string | null)[] },
): (PriceQuote & { readonly model: string }) | null {
  const { id, provider } = present(exchange.upstream);
  const { priceId, billing } = provider;
  if (priceId === null || present(exchange.endpoint).dialect === null) {
    return null;
  }
  for (const model of wanted.models) {
    const quote =
      model === null
        ? null
        : prices.priceUsage({ priceId, provider: id, billing, model, usage: wanted.usage, at: exchange.startedAt });
    if (quote !== null && model !== null) {
      return { ...quote, model };
    }
  }
  return null;
}
