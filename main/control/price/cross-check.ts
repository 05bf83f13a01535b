import { z } from 'zod';
import { lazily } from '#shared/model/lazily.ts';
import type { Catalogue, PriceKind } from '#shared/model/price.ts';
import type { PriceDifference } from '#shared/model/price-report.ts';
import { createPriceBook } from '#shared/policy/price-usage.ts';
import secondText from './second-catalogue.json?raw';

const microUsd = lazily(() => z.number().int().nonnegative());

/** A second list of prices, by another hand, to check the first with: the three prices that lists agree on how to name. */
export const secondCatalogueSchema = lazily(() =>
  z.object({
    name: z.string(),
    version: z.string(),
    models: z.array(
      z.object({
        /** Id of the provider in the first catalogue. */
        provider: z.string(),
        model: z.string(),
        /** Integer micro-dollars per million tokens. */
        input: microUsd,
        output: microUsd,
        cachedInput: microUsd.exactOptional(),
      }),
    ),
  }),
);
/** See {@link secondCatalogueSchema}. */
export type SecondCatalogue = Readonly<z.infer<typeof secondCatalogueSchema>>;

/** The list that ships with the program. */
export function shippedSecondCatalogue(): SecondCatalogue {
  return secondCatalogueSchema.parse(JSON.parse(secondText));
}

const compared = ['input', 'cachedInput', 'output'] as const satisfies readonly PriceKind[];

/** Every price on which the two differ at a moment (milliseconds since the epoch), and how many models were compared. */
export function crossCheck(
  catalogue: Catalogue,
  second: SecondCatalogue,
  at: number,
): { readonly compared: number; readonly differences: readonly PriceDifference[] } {
  const book = createPriceBook({ version: '', providers: catalogue.providers, own: [], ownVersion: '' });
  const listed = new Set(catalogue.providers.map(({ id }) => id));
  const common = second.models.filter(({ provider }) => listed.has(provider));
  const differences = common.flatMap((other) => {
    const { provider, model } = other;
    const rates = book.find({ priceId: provider, model, at })?.steps?.[0]?.rates ?? null;
    return compared.flatMap((kind) => {
      const otherMicroUsd = other[kind];
      const priceMicroUsd = rates?.[kind] ?? null;
      return otherMicroUsd === undefined || otherMicroUsd === priceMicroUsd
        ? []
        : [{ provider, model, kind, priceMicroUsd, otherMicroUsd }];
    });
  });
  return { compared: common.length, differences };
}
