import type { PriceQuote } from '#shared/model/provider.ts';
import type { TokenUsage } from '#shared/model/usage.ts';
import { estimateTokens } from '#shared/policy/estimate-tokens.ts';
import type { UsageReading } from '../dialect/usage-reader.ts';
import type { SessionSum } from '../session/session-meter.ts';
import { type Answer, type Exchange, present } from './exchange.ts';
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
const nothingTold: UsageReading = { usage: null, model: null };
const bytesPerToken = 4;
const openBrace = 0x7b;

/** When a tally is taken: while the answer runs, when it has come whole, or when it was broken off. */
export type TallyMoment = 'progress' | 'complete' | 'cut';

/**
 * Counts and prices an exchange. What the upstream told is taken as it is. Where it told nothing although it answered (OpenAI's
 * chat streams without `stream_options.include_usage`, and streams that were broken off), tokens are estimated: one per event of
 * a stream or per four bytes of what its events hold, whichever is more, and the input by the body's texts; so an aborted stream is
 * still paid for.
 */
export function tally(exchange: Exchange, prices: Prices, moment: TallyMoment): Tally {
  const { endpoint, upstream, answer, reader } = exchange;
  if (exchange.sessionSum !== null && answer.started) {
    return tallyOfSession(exchange, exchange.sessionSum(moment !== 'progress'));
  }
  const reading = (moment === 'progress' ? reader?.snapshot() : reader?.finish()) ?? nothingTold;
  const model = exchange.model ?? reading.model ?? exchange.look.model;
  if (endpoint === null || upstream === null || !exchange.sent || answer.status >= 400 || !isCharged(endpoint)) {
    return unpriced(reading.usage ?? nothing, model, 0);
  }
  if (upstream.provider.local) {
    const { usage, estimated } = usageOf(exchange, reading.usage, moment);
    return { usage, model, costMicroUsd: 0, priceVersion: null, estimated, pricedModel: null };
  }
  if (!answer.started) {
    return unpriced(nothing, model, setAside(exchange));
  }
  if (reading.usage === null && endpoint.dialect !== null && isForm(exchange)) {
    return unpriced(nothing, model, setAside(exchange));
  }
  const { usage, estimated } = usageOf(exchange, reading.usage, reader?.isClosed === true ? 'complete' : moment);
  const quote = priceOf(exchange, prices, { usage, models: [reading.model, model] });
  if (quote === null) {
    return { usage, model, costMicroUsd: setAside(exchange), priceVersion: null, estimated, pricedModel: null };
  }
  const { costMicroUsd, priceVersion } = quote.price;
  return {
    usage,
    model,
    costMicroUsd,
    priceVersion,
    estimated,
    pricedModel: quote.model === model ? null : quote.model,
  };
}

/** A live session is counted and priced call by call while it runs. */
function tallyOfSession(exchange: Exchange, sum: SessionSum): Tally {
  const { usage, estimated } = sum;
  const model = exchange.model ?? sum.model;
  const pricedModel = sum.model === model ? null : sum.model;
  if (exchange.answer.status >= 400 || present(exchange.upstream).provider.local) {
    return { usage, model, costMicroUsd: 0, priceVersion: null, estimated, pricedModel: null };
  }
  const costMicroUsd = sum.costMicroUsd ?? setAside(exchange);
  return { usage, model, costMicroUsd, priceVersion: sum.priceVersion, estimated, pricedModel };
}

/** All tallies are spelled out alike: objects of one shape are made and read in a fraction of the time. */
function unpriced(usage: TokenUsage, model: string | null, costMicroUsd: number | null): Tally {
  return { usage, model, costMicroUsd, priceVersion: null, estimated: false, pricedModel: null };
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
  const seen = embedded ? 0 : outputTokensSeen(answer);
  if (told === null) {
    const inputTokens = inputTokensSeen(exchange);
    return { usage: { ...nothing, inputTokens, outputTokens: seen }, estimated: true };
  }
  return { usage: { ...told, outputTokens: Math.max(told.outputTokens, seen) }, estimated: seen > told.outputTokens };
}

/** Most servers send a token an event; those that send more at once are known by their longer events. */
function outputTokensSeen({ stream, events, bytes, leastEventBytes }: Answer): number {
  if (!stream) {
    return Math.ceil(bytes / bytesPerToken);
  }
  const contentBytes = leastEventBytes === 0 ? 0 : bytes - events * leastEventBytes;
  return Math.max(events, Math.ceil(contentBytes / bytesPerToken));
}

/** The bytes of a file in a form say nothing of the tokens in it. */
function isForm({ headers }: Exchange): boolean {
  return /^\s*multipart\//i.test(headers?.contentType ?? '');
}

const estimates = new WeakMap<Buffer, number>();

/** By the texts of a body that is still in memory, counted once; else by its length. */
function inputTokensSeen({ body, bodyBytes }: Exchange): number {
  if (body.kind !== 'whole' || body.bytes[0] !== openBrace) {
    return Math.ceil(bodyBytes / bytesPerToken);
  }
  const known = estimates.get(body.bytes);
  if (known !== undefined) {
    return known;
  }
  const estimate = estimateTokens(body.bytes);
  estimates.set(body.bytes, estimate);
  return estimate;
}

function priceOf(
  exchange: Exchange,
  prices: Prices,
  wanted: { readonly usage: TokenUsage; readonly models: readonly (string | null)[] },
): { readonly price: PriceQuote; readonly model: string } | null {
  const { id, provider } = present(exchange.upstream);
  const { priceId, billing } = provider;
  if (priceId === null || present(exchange.endpoint).dialect === null) {
    return null;
  }
  for (const model of wanted.models) {
    const price =
      model === null
        ? null
        : prices.priceUsage({ priceId, provider: id, billing, model, usage: wanted.usage, at: exchange.startedAt });
    if (price !== null && model !== null) {
      return { price, model };
    }
  }
  return null;
}
