import type { Provider as CatalogueProvider } from '@pydantic/genai-prices';
import type { TokenUsage } from '../model/usage.ts';

/** Dollars per token of each kind of a model whose prices are the same at any time and for any amount. */
export interface PriceRates {
  readonly plainInput: number;
  readonly cachedInput: number;
  readonly cacheWrite: number;
  readonly longCacheWrite: number;
  readonly output: number;
}

/** Prices a usage in dollars; null when it can't. */
export type CalculateDollars = (usage: TokenUsage) => number | null;

const probeTokens = 1_000_000;
const nothing: TokenUsage = {
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/**
 * The rates of the one model that a cut-down catalogue provider holds, found by pricing a million tokens of each kind. Null when
 * its prices depend on the time or the amount, or when one kind has no price: then each usage has to be calculated.
 */
export function findRates(provider: CatalogueProvider, calculate: CalculateDollars): PriceRates | null {
  const prices = provider.models[0]?.prices;
  if (
    prices === undefined ||
    Array.isArray(prices) ||
    Object.values(prices).some((price) => typeof price === 'object')
  ) {
    return null;
  }
  const perToken = (usage: Partial<TokenUsage>): number | null => {
    const dollars = calculate({ ...nothing, ...usage });
    return dollars === null ? null : dollars / probeTokens;
  };
  const input = { inputTokens: probeTokens };
  const written = { ...input, cacheWriteTokens: probeTokens };
  const plainInput = perToken(input);
  const cachedInput = perToken({ ...input, cachedInputTokens: probeTokens });
  const cacheWrite = perToken(written);
  const longCacheWrite = perToken({ ...written, longCacheWriteTokens: probeTokens });
  const output = perToken({ outputTokens: probeTokens });
  if (
    plainInput === null ||
    cachedInput === null ||
    cacheWrite === null ||
    longCacheWrite === null ||
    output === null
  ) {
    return null;
  }
  return calculate(nothing) === 0 ? { plainInput, cachedInput, cacheWrite, longCacheWrite, output } : null;
}

/** Dollars for a usage at these rates. */
export function dollarsAt(rates: PriceRates, usage: TokenUsage): number {
  const cached = Math.min(usage.cachedInputTokens, usage.inputTokens);
  const written = Math.min(usage.cacheWriteTokens, usage.inputTokens - cached);
  const long = Math.min(usage.longCacheWriteTokens ?? 0, written);
  return (
    (usage.inputTokens - cached - written) * rates.plainInput +
    cached * rates.cachedInput +
    (written - long) * rates.cacheWrite +
    long * rates.longCacheWrite +
    usage.outputTokens * rates.output
  );
}
