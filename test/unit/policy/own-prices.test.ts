import { describe, expect, it } from 'vitest';
import type { OwnPrice } from '#shared/model/price.ts';
import { toldPriceVersion } from '#shared/model/price.ts';
import { createPriceBook } from '#shared/policy/price-usage.ts';
import { shippedPrices } from '#test/fixtures/shipped-prices.ts';

const at = Date.parse('2026-11-01T12:00:00Z');
const usage = {
  ...{ inputTokens: 1_000_000, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens: 100_000, reasoningTokens: 0 },
};
const own: readonly OwnPrice[] = [
  { provider: 'openai', model: 'gpt-5', rates: { input: 1_000_000, output: 2_000_000 } },
  { provider: 'openai', model: 'gpt-5*', rates: { input: 3_000_000, output: 2_000_000 } },
  { provider: 'openai', model: 'gpt-5-m*', rates: { input: 4_000_000, output: 2_000_000 } },
  { provider: 'house', model: 'llama', rates: { input: 500_000 } },
];
const book = createPriceBook(shippedPrices(own));

function price(provider: string, model: string, priceId: string, changes: object = {}) {
  return book.priceUsage({ priceId, provider, model, usage: { ...usage, ...changes }, at });
}

describe('the user\u2019s own prices', () => {
  it.each([
    ['gpt-5', 1_200_000],
    ['GPT-5', 1_200_000],
    ['gpt-5-2025-08-07', 1_200_000],
    ['gpt-5-20250807', 1_200_000],
    ['gpt-5-2025', 3_200_000],
    ['gpt-5-nano', 3_200_000],
    ['gpt-5-mini', 4_200_000],
  ])('go before the list: %s by the name that says most', (model, costMicroUsd) => {
    expect(price('openai', model, 'openai')).toEqual({ costMicroUsd, priceVersion: 'own prices 00000000' });
  });

  it('belong to one provider: another with the same models is priced by the list', () => {
    expect(price('azure', 'gpt-5', 'openai')?.priceVersion).toContain('genai-prices');
    expect(book.priceUsage({ priceId: 'openai', model: 'gpt-5', usage, at })?.priceVersion).toContain('genai-prices');
  });

  it('price a provider that the list does not know, but no kind of token that the user said nothing of', () => {
    expect(price('house', 'llama', 'custom', { outputTokens: 0 })?.costMicroUsd).toBe(500_000);
    expect(price('house', 'llama', 'custom')).toBeNull();
    expect(price('house', 'mistral', 'custom')).toBeNull();
  });
});

describe('what the answer itself tells', () => {
  const told = { ...usage, toldCostMicroUsd: 77 };

  it('goes before any list where the provider is one that tells its cost', () => {
    const input = { priceId: 'openrouter', provider: 'openrouter', model: 'nobody/knows', usage: told, at };
    expect(book.priceUsage({ ...input, billing: { tellsCost: true } })).toEqual({
      costMicroUsd: 77,
      priceVersion: toldPriceVersion,
    });
  });

  it('is nothing where it is not: a number in a foreign unit is no price', () => {
    expect(book.priceUsage({ priceId: 'openai', model: 'gpt-5', usage: told, at })?.costMicroUsd).toBe(2_250_000);
  });

  it('of the class of service makes a call cheaper, dearer, or unknown', () => {
    const billing = { serviceTiers: { flex: 50, regional: 110 } };
    const cost = (serviceTier: 'flex' | 'regional' | 'priority') =>
      book.priceUsage({ priceId: 'openai', billing, model: 'gpt-5', usage: { ...usage, serviceTier }, at })
        ?.costMicroUsd ?? null;
    expect([cost('flex'), cost('regional'), cost('priority')]).toEqual([1_125_000, 2_475_000, null]);
  });

  it('of searches costs a fee each, which no class of service lowers', () => {
    const searched = { ...usage, webSearches: 3, serviceTier: 'flex' as const };
    const billing = { serviceTiers: { flex: 50 } };
    const cost = book.priceUsage({ priceId: 'openai', billing, model: 'gpt-5', usage: searched, at });
    expect(cost?.costMicroUsd).toBe(1_125_000 + 30_000);
    expect(book.priceUsage({ priceId: 'mistral', model: 'mistral-large-latest', usage: searched, at })).toBeNull();
  });

  it('of seconds is paid by the hour, and not at all known for a model that is paid by tokens', () => {
    const spoken = { ...usage, inputTokens: 0, outputTokens: 0, audioSeconds: 90 };
    expect(book.priceUsage({ priceId: 'openai', model: 'whisper-1', usage: spoken, at })?.costMicroUsd).toBe(9_000);
    expect(book.priceUsage({ priceId: 'openai', model: 'gpt-5', usage: spoken, at })).toBeNull();
    const short = { ...spoken, audioSeconds: 2 };
    const billing = { minimumAudioSeconds: 10 };
    const least = book.priceUsage({ priceId: 'groq', billing, model: 'whisper-large-v3', usage: short, at });
    expect(least?.costMicroUsd).toBe(308);
  });
});
