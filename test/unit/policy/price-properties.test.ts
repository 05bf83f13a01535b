import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TokenUsage, UsageRecord } from '#shared/model/usage.ts';
import { explainCost } from '#shared/policy/explain-cost.ts';
import { amountsOf } from '#shared/policy/price-amounts.ts';
import { createPriceBook } from '#shared/policy/price-usage.ts';
import { providers } from '#shared/provider/index.ts';
import { shippedCatalogue, shippedPrices } from '#test/fixtures/shipped-prices.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

const book = createPriceBook(shippedPrices());
const priced = Object.values(providers).filter(({ priceId }) => priceId !== null);

const models = priced.flatMap((provider) =>
  (shippedCatalogue.providers.find(({ id }) => id === provider.priceId)?.models ?? []).map((model) => ({
    provider,
    model: model.id,
    contextWindow: model.contextWindow,
  })),
);
const someModel = fc.constantFrom(...models);
const someTime = fc.date({ min: new Date('2025-01-01'), max: new Date('2027-12-31'), noInvalidDate: true });
const count = fc.oneof(fc.nat(500), fc.nat(2_000_000));

/** Any counts at all, contradictions included. */
const anyUsage = fc.record(
  {
    inputTokens: count,
    cachedInputTokens: count,
    cacheWriteTokens: count,
    outputTokens: count,
    reasoningTokens: count,
    longCacheWriteTokens: count,
    inputAudioTokens: count,
    cachedAudioTokens: count,
    inputImageTokens: count,
    cachedImageTokens: count,
    inputVideoTokens: count,
    outputAudioTokens: count,
    outputImageTokens: count,
    serviceTier: fc.constantFrom('batch' as const, 'flex' as const, 'regional' as const),
  },
  { requiredKeys: ['inputTokens', 'cachedInputTokens', 'cacheWriteTokens', 'outputTokens', 'reasoningTokens'] },
);

function sumOf(usage: TokenUsage, kinds: readonly (keyof ReturnType<typeof amountsOf>)[]): number {
  const amounts = amountsOf(usage);
  return kinds.reduce((sum, kind) => sum + amounts[kind], 0);
}

describe('whatever the counts', () => {
  it('the kinds of input and of output add up to the totals, and none is negative', () => {
    fc.assert(
      fc.property(anyUsage, (usage) => {
        const input = sumOf(usage, [
          ...(['input', 'cachedInput', 'cacheWrite', 'longCacheWrite', 'inputAudio'] as const),
          ...(['cachedAudio', 'inputImage', 'cachedImage', 'inputVideo'] as const),
        ]);
        const output = sumOf(usage, ['output', 'reasoning', 'outputAudio', 'outputImage', 'outputVideo']);
        expect([input, output]).toEqual([usage.inputTokens, usage.outputTokens]);
        expect(Math.min(...Object.values(amountsOf(usage)))).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 2_000 },
    );
  });

  it('no call costs more than was set aside for so much input and output', () => {
    let compared = 0;
    fc.assert(
      fc.property(someModel, anyUsage, someTime, ({ provider, model, contextWindow }, usage, time) => {
        const { priceId, billing } = provider;
        const at = time.getTime();
        const inputTokens = Math.min(usage.inputTokens, contextWindow ?? Number.POSITIVE_INFINITY);
        const cost = book.priceUsage({ priceId, billing, model, usage: { ...usage, inputTokens }, at });
        const ceiling = book.priceCeiling({
          ...{ priceId, billing, model, at },
          inputTokens: usage.inputTokens,
          maxOutputTokens: usage.outputTokens,
        });
        if (cost !== null && ceiling !== null) {
          compared += 1;
          expect(cost.costMicroUsd).toBeLessThanOrEqual(ceiling);
        }
      }),
      { numRuns: 5_000 },
    );
    expect(compared).toBeGreaterThan(1_000);
  });

  it('an explanation adds up to the cost', () => {
    let explained = 0;
    fc.assert(
      fc.property(
        someModel,
        anyUsage,
        fc.oneof(fc.constant(0), fc.nat(9)),
        someTime,
        ({ provider, model }, counts, webSearches, time) => {
          const { priceId, billing } = provider;
          const usage = { ...counts, webSearches };
          const at = time.getTime();
          const quote = book.priceUsage({ priceId, billing, model, usage, at });
          if (quote === null) {
            return;
          }
          explained += 1;
          const record: UsageRecord = {
            ...usageRecord({ model, startedAt: time.toISOString() }),
            ...usage,
            ...quote,
          };
          const found = book.find({ priceId, model, at });
          const explanation = explainCost({ record, found, billing, local: false });
          expect(explanation).toMatchObject({ isWhole: true, source: 'catalogue' });
          const sum = explanation.lines.reduce((total, line) => total + line.costMicroUsd, 0);
          expect(Math.abs(sum - (explanation.sumMicroUsd ?? Number.NaN))).toBeLessThan(1e-3);
          expect(Math.abs(sum - quote.costMicroUsd)).toBeLessThanOrEqual(0.501);
        },
      ),
      { numRuns: 2_000 },
    );
    expect(explained).toBeGreaterThan(200);
  });
});
