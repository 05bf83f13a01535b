import { calcPrice } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { dollarsAt, findRates } from '#shared/policy/price-rates.ts';
import { priceUsage } from '#shared/policy/price-usage.ts';

const at = Date.UTC(2026, 10, 1);

/** A fixed sequence, so that a failure can be repeated. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

describe('rates', () => {
  it.each([
    ['openai', 'gpt-4o-mini'],
    ['openai', 'gpt-5'],
    ['anthropic', 'claude-sonnet-4-5'],
    ['anthropic', 'claude-opus-4-1'],
    ['google', 'gemini-2.5-flash'],
    ['google', 'gemini-2.5-pro'],
    ['mistral', 'mistral-large-latest'],
    ['deepseek', 'deepseek-chat'],
  ])('of %s %s price like the catalogue, whatever the amounts', (priceId, model) => {
    const next = numbers(7);
    for (let turn = 0; turn < 50; turn += 1) {
      const inputTokens = Math.floor(next() * 400_000);
      const cachedInputTokens = Math.floor((next() * inputTokens) / 2);
      const cacheWriteTokens = priceId === 'anthropic' ? Math.floor((next() * inputTokens) / 2) : 0;
      const outputTokens = Math.floor(next() * 60_000);
      const usage = { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens: 0 };
      const catalogue = calcPrice(
        {
          input_tokens: inputTokens,
          cache_read_tokens: cachedInputTokens,
          cache_write_tokens: cacheWriteTokens,
          output_tokens: outputTokens,
        },
        model,
        { providerId: priceId, timestamp: new Date(at) },
      );
      const quote = priceUsage({ priceId, model, usage, at });
      const exact = (catalogue?.total_price ?? Number.NaN) * 1_000_000;
      expect(Math.abs((quote?.costMicroUsd ?? Number.NaN) - exact)).toBeLessThanOrEqual(0.51);
    }
  });

  it('are not made of prices that depend on the amount', () => {
    const provider = {
      ...{ id: 'x', name: 'X', api_pattern: '' },
      models: [{ id: 'm', match: { equals: 'm' }, prices: { input_mtok: { base: 1, tiers: [] } } }],
    };
    expect(findRates(provider, () => 0)).toBeNull();
  });

  it('are not made where a kind of token has no price, or a call costs something by itself', () => {
    const provider = {
      ...{ id: 'x', name: 'X', api_pattern: '' },
      models: [{ id: 'm', match: { equals: 'm' }, prices: { input_mtok: 1 } }],
    };
    expect(findRates(provider, (usage) => (usage.outputTokens > 0 ? null : 0))).toBeNull();
    expect(findRates(provider, () => 0.005)).toBeNull();
  });

  it('never count a part twice', () => {
    const rates = { plainInput: 1, cachedInput: 10, cacheWrite: 100, longCacheWrite: 1_000, output: 0 };
    const usage = {
      inputTokens: 10,
      cachedInputTokens: 7,
      cacheWriteTokens: 9,
      longCacheWriteTokens: 9,
      outputTokens: 0,
    };
    expect(dollarsAt(rates, { ...usage, reasoningTokens: 0 })).toBe(7 * 10 + 3 * 1_000);
  });
});
