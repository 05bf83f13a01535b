import { describe, expect, it } from 'vitest';
import type { TokenUsage } from '#shared/model/usage.ts';
import { createPriceBook } from '#shared/policy/price-usage.ts';
import { shippedPrices } from '#test/fixtures/shipped-prices.ts';

const { priceUsage, priceCeiling, version: priceVersion } = createPriceBook(shippedPrices());
const at = Date.parse('2026-11-01T12:00:00Z');

function usage(inputTokens: number, outputTokens: number, parts: Partial<TokenUsage> = {}): TokenUsage {
  return { inputTokens, outputTokens, cachedInputTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0, ...parts };
}

function cost(priceId: string | null, model: string, tokens: TokenUsage): number | null {
  return priceUsage({ priceId, model, usage: tokens, at })?.costMicroUsd ?? null;
}

describe('priceUsage', () => {
  it.each([
    // gpt-5: $1.25 input, $0.125 cached, $10 output per million
    ['openai', 'gpt-5', usage(1000, 500), 6250],
    ['openai', 'gpt-5-2025-08-07', usage(2000, 300, { cachedInputTokens: 1600, reasoningTokens: 200 }), 3700],
    // gpt-5-mini: $0.25 / $0.025 / $2
    ['openai', 'gpt-5-mini', usage(1_000_000, 1_000_000), 2_250_000],
    // text-embedding-3-small: $0.02
    ['openai', 'text-embedding-3-small', usage(8000, 0), 160],
    // claude-haiku-4-5: $1 / $0.10 read / $1.25 write / $2 hour-long write / $5
    ['anthropic', 'claude-haiku-4-5-20251001', usage(3119, 503, { cachedInputTokens: 1024 }), 4712],
    ['anthropic', 'claude-haiku-4-5', usage(2000, 100, { cachedInputTokens: 500, cacheWriteTokens: 1000 }), 2300],
    [
      'anthropic',
      'claude-haiku-4-5',
      usage(2000, 100, { cachedInputTokens: 500, cacheWriteTokens: 1000, longCacheWriteTokens: 400 }),
      2600,
    ],
    // claude-sonnet-4-5: $3 / $15, above 200k input $6 / $22.50
    ['anthropic', 'claude-sonnet-4-5', usage(100_000, 1000), 315_000],
    ['anthropic', 'claude-sonnet-4-5', usage(300_000, 1000), 1_822_500],
    // gemini-2.5-flash: $0.30 / $0.03 / $2.50
    ['google', 'gemini-2.5-flash', usage(1204, 217, { cachedInputTokens: 1024, reasoningTokens: 160 }), 627],
    // llama-3.3-70b-versatile: $0.59 / $0.79
    ['groq', 'llama-3.3-70b-versatile', usage(18, 556), 450],
    // sonar: $1 / $1 and $12 per thousand requests
    ['perplexity', 'sonar', usage(10, 5), 12_015],
  ])('%s %s: counted by hand', (priceId, model, tokens, micro) => {
    expect(priceUsage({ priceId, model, usage: tokens, at })).toEqual({ costMicroUsd: micro, priceVersion });
  });

  it('rounds half up, once', () => {
    expect(cost('openai', 'gpt-5', usage(1, 0))).toBe(1);
    expect(cost('openai', 'gpt-5', usage(2, 0))).toBe(3);
    expect(cost('openai', 'gpt-5-mini', usage(1, 0))).toBe(0);
    expect(cost('openai', 'gpt-5-mini', usage(2, 0))).toBe(1);
  });

  it('gives the same price when it remembers the model', () => {
    const first = cost('openai', 'gpt-5', usage(123_457, 789));
    expect(first).toBe(162_211);
    expect(cost('openai', 'gpt-5', usage(123_457, 789))).toBe(first);
  });

  it('never takes an unknown price for free', () => {
    expect(cost('openai', 'no-such-model', usage(10, 10))).toBeNull();
    expect(cost('no-such-provider', 'gpt-5', usage(10, 10))).toBeNull();
    expect(cost('custom', 'gpt-5', usage(10, 10))).toBeNull();
    expect(cost('openai', '', usage(10, 10))).toBeNull();
    expect(cost('openai', `gpt-5${'x'.repeat(1_000_000)}`, usage(10, 10))).toBeNull();
  });

  it('does not price tokens of a model that is paid by the hour', () => {
    expect(cost('openai', 'whisper-1', usage(10, 10))).toBeNull();
  });

  it('prices free models and local servers at zero', () => {
    expect(cost('openrouter', 'deepseek/deepseek-r1:free', usage(10, 10))).toBe(0);
    expect(cost(null, 'llama3.2', usage(1_000_000, 10))).toBe(0);
  });

  it('survives counts that contradict each other', () => {
    expect(cost('openai', 'gpt-5', usage(10, 0, { cachedInputTokens: 50, cacheWriteTokens: 90 }))).toBe(1);
  });

  it('keeps pricing after many unknown names', () => {
    for (let index = 0; index < 1_500; index += 1) {
      cost('openai', `made-up-${index}`, usage(1, 1));
    }
    expect(cost('openai', 'gpt-5', usage(1000, 500))).toBe(6250);
  });
});

describe('priceCeiling', () => {
  it('is never below what the request can cost', () => {
    const ceiling = priceCeiling({
      priceId: 'anthropic',
      model: 'claude-haiku-4-5',
      inputTokens: 2000,
      maxOutputTokens: 100,
      at,
    });
    expect(ceiling).toBe(4500);
    for (const cached of [0, 500, 2000]) {
      const written = 2000 - cached;
      const parts = { cachedInputTokens: cached, cacheWriteTokens: written, longCacheWriteTokens: written };
      expect(cost('anthropic', 'claude-haiku-4-5', usage(2000, 100, parts)) ?? Number.NaN).toBeLessThanOrEqual(4500);
    }
  });

  it('is null for an unknown model and zero for a local one', () => {
    expect(priceCeiling({ priceId: 'openai', model: 'nope', inputTokens: 1, maxOutputTokens: 1, at })).toBeNull();
    expect(priceCeiling({ priceId: null, model: 'llama', inputTokens: 1, maxOutputTokens: 1, at })).toBe(0);
  });
});
