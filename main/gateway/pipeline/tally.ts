import type { TokenUsage } from '#shared/model/usage.ts';
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
}

/** Marks a price version whose token counts are our estimate, because the upstream told none. */
export const estimateMark = ' (estimated)';

const nothing: TokenUsage = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};
const bytesPerToken = 4;

/** When a tally is taken: while the answer runs, when it has come whole, or when it was broken off. */
export type TallyMoment = 'progress' | 'complete' | 'cut';

/**
 * Counts and prices an exchange. What the upstream told is taken as it is. Where it told nothing although it answered (OpenAI's
 * chat streams without `stream_options.include_usage`, and streams that were broken off), tokens are estimated: one per event of
 * a stream, one per four bytes of anything else, marked in the price version; so an aborted stream is still paid for.
 */
export function tally(exchange: Exchange, prices: Prices, moment: TallyMoment): Tally {
  const { endpoint, upstream, answer, reader } = exchange;
  const reading = (moment === 'progress' ? reader?.snapshot() : reader?.finish()) ?? { usage: null, model: null };
  const model = exchange.model ?? reading.model ?? exchange.facts().model;
  if (endpoint === null || upstream === null || !exchange.sent || answer.status >= 400 || !isCharged(endpoint)) {
    return { usage: reading.usage ?? nothing, model, costMicroUsd: 0, priceVersion: null };
  }
  if (upstream.provider.local) {
    return { usage: reading.usage ?? nothing, model, costMicroUsd: 0, priceVersion: null };
  }
  if (!answer.started) {
    return {
      usage: nothing,
      model,
      costMicroUsd: exchange.reserved > 0 ? exchange.reserved : null,
      priceVersion: null,
    };
  }
  const { usage, estimated } = usageOf(exchange, reading.usage, reader?.isClosed === true ? 'complete' : moment);
  const quote = priceOf(exchange, prices, { usage, models: [reading.model, model] });
  if (quote === null) {
    return { usage, model, costMicroUsd: exchange.reserved > 0 ? exchange.reserved : null, priceVersion: null };
  }
  return {
    usage,
    model,
    costMicroUsd: quote.costMicroUsd,
    priceVersion: estimated ? `${quote.priceVersion}${estimateMark}` : quote.priceVersion,
  };
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
): ReturnType<Prices['priceUsage']> {
  const { priceId } = present(exchange.upstream).provider;
  if (priceId === null || present(exchange.endpoint).dialect === null) {
    return null;
  }
  for (const model of wanted.models) {
    const quote =
      model === null ? null : prices.priceUsage({ priceId, model, usage: wanted.usage, at: exchange.startedAt });
    if (quote !== null) {
      return quote;
    }
  }
  return null;
}
