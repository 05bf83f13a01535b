import { type Provider as CatalogueProvider, calcPrice, type Usage } from '@pydantic/genai-prices';
import type { PriceQuote, PriceUsage } from '../model/provider.ts';
import type { TokenUsage } from '../model/usage.ts';
import { dollarsAt, findRates, type PriceRates } from './price-rates.ts';

/** The catalogue whose prices are built in: package, version and the day its data was published. A test compares it with the package. */
export const priceVersion = 'genai-prices 0.1.8 (2026-09-23)';

const microUsdPerUsd = 1_000_000;
/** More than a sum of binary fractions can be off by, less than any price step. */
const roundingSlack = 1e-6;
const maxRemembered = 1_000;
const maxModelLength = 200;

/** A catalogue provider cut down to the one model that was asked for, and its rates if it has fixed ones; null when there is none. */
type Match = {
  readonly provider: CatalogueProvider;
  readonly rates: PriceRates | null;
  /** The most input tokens the model reads, where the catalogue says so. */
  readonly contextWindow: number | null;
} | null;

const remembered = new Map<string, Match>();

function lookUp(priceId: string, model: string, at: number): Match {
  const result = calcPrice({}, model, { providerId: priceId, timestamp: new Date(at) });
  if (result === null) {
    return null;
  }
  const { id, name } = result.provider;
  const provider = { id, name, api_pattern: '', models: [result.model] };
  return {
    provider,
    rates: findRates(provider, (usage) => calculate(provider, model, usage, at)),
    contextWindow: result.model.context_window ?? null,
  };
}

/** Matching runs over hundreds of models, so its result is kept; callers choose model names, so what is kept is bounded. */
function match(priceId: string, model: string, at: number): Match {
  const key = `${priceId}:${model}`;
  const known = remembered.get(key);
  if (known !== undefined) {
    return known;
  }
  const found = lookUp(priceId, model, at);
  if (remembered.size >= maxRemembered) {
    remembered.clear();
  }
  remembered.set(key, found);
  return found;
}

/** The catalogue refuses parts that are larger than their whole. */
function catalogueUsage(usage: TokenUsage): Usage {
  const cacheRead = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const cacheWrite = Math.min(usage.cacheWriteTokens, usage.inputTokens - cacheRead);
  return {
    input_tokens: usage.inputTokens,
    cache_read_tokens: cacheRead,
    cache_write_tokens: cacheWrite,
    cache_write_1h_tokens: Math.min(usage.longCacheWriteTokens ?? 0, cacheWrite),
    output_tokens: usage.outputTokens,
  };
}

function calculate(provider: CatalogueProvider, model: string, usage: TokenUsage, at: number): number | null {
  const result = calcPrice(catalogueUsage(usage), model, { provider, timestamp: new Date(at) });
  if (result === null) {
    return null;
  }
  const price = result.model_price;
  const isFree = Object.keys(price).length === 0;
  const pricesInput = usage.inputTokens === 0 || price.input_mtok !== undefined;
  const pricesOutput = usage.outputTokens === 0 || price.output_mtok !== undefined;
  return isFree || (pricesInput && pricesOutput) ? result.total_price : null;
}

/**
 * Prices an answer with the built-in catalogue, at the prices of the moment `at` (milliseconds since the epoch). A null `priceId` costs
 * nothing. Null for a provider or model that the catalogue does not know, or prices by something other than tokens: unknown is never
 * taken for free. Pure but for a bounded memory of matches; about a microsecond for a model that was seen before.
 */
export const priceUsage: PriceUsage = ({ priceId, model, usage, at }) => {
  if (priceId === null) {
    return { costMicroUsd: 0, priceVersion };
  }
  if (model.length > maxModelLength) {
    return null;
  }
  try {
    const found = match(priceId, model, at);
    if (found !== null && found.rates !== null) {
      return quote(dollarsAt(found.rates, usage));
    }
    const dollars = found === null ? null : calculate(found.provider, model, usage, at);
    return dollars === null ? null : quote(dollars);
  } catch {
    return null;
  }
};

function contextWindow(priceId: string | null, model: string, at: number): number {
  if (priceId === null || model.length > maxModelLength) {
    return Number.POSITIVE_INFINITY;
  }
  try {
    return match(priceId, model, at)?.contextWindow ?? Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function quote(dollars: number): PriceQuote {
  return { costMicroUsd: Math.floor(dollars * microUsdPerUsd + 0.5 + roundingSlack), priceVersion };
}

/** What a request may at most use. */
export interface PriceCeilingInput {
  readonly priceId: string | null;
  readonly model: string;
  /** The most input tokens it can have; no more are counted than the model reads. */
  readonly inputTokens: number;
  /** The most output tokens it can have. */
  readonly maxOutputTokens: number;
  readonly at: number;
}

/**
 * The most a request can cost, in integer micro-dollars, for reserving a budget: its input counted at the dearest of the plain and the
 * cache-writing prices. Null when the model can't be priced.
 */
export function priceCeiling({ priceId, model, maxOutputTokens, at, ...most }: PriceCeilingInput): number | null {
  const inputTokens = Math.min(most.inputTokens, contextWindow(priceId, model, at));
  const plain = {
    inputTokens,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: maxOutputTokens,
    reasoningTokens: 0,
  };
  const variants: readonly TokenUsage[] = [
    plain,
    { ...plain, cacheWriteTokens: inputTokens },
    { ...plain, cacheWriteTokens: inputTokens, longCacheWriteTokens: inputTokens },
  ];
  const costs = variants.map((usage) => priceUsage({ priceId, model, usage, at })?.costMicroUsd ?? null);
  return costs.includes(null) ? null : Math.max(...costs.filter((cost) => cost !== null));
}
