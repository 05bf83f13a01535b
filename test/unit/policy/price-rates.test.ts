import { calcPrice } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import type { CataloguedModel } from '#shared/model/price.ts';
import type { TokenUsage } from '#shared/model/usage.ts';
import { periodAt, ratesFor, stepsOf } from '#shared/policy/price-rates.ts';
import { createPriceBook } from '#shared/policy/price-usage.ts';
import { shippedCatalogue, shippedPrices } from '#test/fixtures/shipped-prices.ts';

const book = createPriceBook(shippedPrices());
const moments = ['2025-06-01T00:00:00Z', '2026-11-01T02:30:00Z', '2026-11-01T12:00:00Z', '2026-11-01T23:59:59Z'].map(
  Date.parse,
);

/** A fixed sequence, so that a failure can be repeated. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

function randomUsage(next: (below: number) => number): TokenUsage {
  const inputTokens = next(400_000);
  const cachedInputTokens = next(inputTokens / 3);
  const cacheWriteTokens = next(inputTokens / 3);
  const outputTokens = next(60_000);
  const inputAudioTokens = next(inputTokens / 4);
  return {
    inputTokens,
    cachedInputTokens,
    cacheWriteTokens,
    longCacheWriteTokens: next(cacheWriteTokens),
    outputTokens,
    reasoningTokens: 0,
    inputAudioTokens,
    cachedAudioTokens: 0,
    outputAudioTokens: next(outputTokens / 2),
    outputImageTokens: next(outputTokens / 2),
    webSearches: next(5),
  };
}

/** What the package itself says, in micro-dollars; null where it refuses the amounts or lacks a price for one of them. */
function packagePrice(priceId: string, model: string, usage: TokenUsage, at: number): number | null {
  const result = calcPrice(
    {
      input_tokens: usage.inputTokens,
      cache_read_tokens: usage.cachedInputTokens,
      cache_write_tokens: usage.cacheWriteTokens,
      cache_write_1h_tokens: usage.longCacheWriteTokens,
      input_audio_tokens: usage.inputAudioTokens,
      cache_audio_read_tokens: 0,
      output_tokens: usage.outputTokens,
      output_audio_tokens: usage.outputAudioTokens,
      output_image_tokens: usage.outputImageTokens,
      web_searches: usage.webSearches,
    },
    model,
    { providerId: priceId, timestamp: new Date(at) },
  );
  return result === null ? null : result.total_price * 1_000_000;
}

describe('every price of the shipped catalogue', () => {
  it.each(shippedCatalogue.providers.map(({ id, models }) => [id, models] as const))(
    'of %s comes out as in its own package, whatever the amounts and the time',
    (priceId, models) => {
      const next = numbers(7);
      let compared = 0;
      for (const { id } of models) {
        for (const at of moments) {
          const usage = randomUsage(next);
          const quote = book.priceUsage({ priceId, model: id, usage, at });
          const exact = packagePrice(priceId, id, usage, at);
          if (quote !== null && exact !== null) {
            compared += 1;
            expect(Math.abs(quote.costMicroUsd - exact), `${id} at ${at}`).toBeLessThanOrEqual(0.51);
          }
        }
      }
      expect(compared).toBeGreaterThan(0);
    },
  );
});

const model: CataloguedModel = {
  id: 'm',
  match: [['=m']],
  periods: [
    { rates: { input: 1, output: 10 } },
    { from: '2026-01-01', rates: { input: { base: 2, steps: [{ above: 100, price: 3 }] }, output: 20 } },
    { between: [79_200, 3_600], rates: { input: 4, output: 40 } },
  ],
};

describe('the prices of a moment', () => {
  it.each([
    ['2025-12-31T12:00:00Z', 1],
    ['2026-01-01T12:00:00Z', 2],
    ['2026-01-01T21:59:59Z', 2],
    ['2026-01-01T22:00:00Z', 4],
    ['2026-01-02T00:59:59Z', 4],
    ['2026-01-02T01:00:00Z', 2],
  ])('%s', (at, input) => {
    const [first] = stepsOf(periodAt(model, Date.parse(at))) ?? [];
    expect(first?.rates.input).toBe(input);
  });

  it('step up for the whole call once its input is longer than the border', () => {
    const steps = stepsOf(periodAt(model, Date.parse('2026-02-01T12:00:00Z'))) ?? [];
    expect([0, 100, 101].map((tokens) => ratesFor(steps, tokens)?.input)).toEqual([2, 2, 3]);
  });

  it('fall back from a part to its whole, and know no price where there is none at all', () => {
    const [step] = stepsOf({ rates: { input: 5 } }) ?? [];
    expect(step?.rates).toMatchObject({ cachedInput: 5, cachedAudio: 5, longCacheWrite: 5, output: null, audio: null });
  });

  it('are unknown when the catalogue prices something that is never counted', () => {
    expect(stepsOf({ rates: { input: 5, output: 5 }, unmeasured: true })).toBeNull();
  });
});
