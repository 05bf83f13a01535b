import { z } from 'zod';
import { lazily } from './lazily.ts';
import { ownPriceSchema, priceKindSchema } from './price.ts';

const microUsd = lazily(() => z.number().int().nonnegative());

/** What calls are priced with now. */
export const priceStateSchema = lazily(() =>
  z.object({
    /** Name, version and date of the price list in force. */
    version: z.string(),
    sha256: z.string(),
    /** The one that came with the program. */
    shippedVersion: z.string(),
    own: z.array(ownPriceSchema),
  }),
);
/** See {@link priceStateSchema}. */
export type PriceState = Readonly<z.infer<typeof priceStateSchema>>;

/** The prices of one model at this moment. */
export const listedPriceSchema = lazily(() =>
  z.object({
    provider: z.string(),
    /** Id in the price list, or the name under which the user set the price. */
    model: z.string(),
    source: z.enum(['catalogue', 'own']),
    priceVersion: z.string(),
    contextWindow: z.number().int().nullable(),
    /** By the length of the input: each holds for calls with more than `above` input tokens. */
    steps: z.array(
      z.object({
        above: z.number().int().nonnegative(),
        /** Integer micro-dollars: per million tokens, per thousand searches or requests, per hour of sound. */
        rates: z.partialRecord(priceKindSchema, microUsd),
      }),
    ),
  }),
);
/** See {@link listedPriceSchema}. */
export type ListedPrice = Readonly<z.infer<typeof listedPriceSchema>>;

/** One price on which two lists differ; micro-dollars per million tokens, null where the list in force has none. */
export const priceDifferenceSchema = lazily(() =>
  z.object({
    /** Id of the provider in the price list. */
    provider: z.string(),
    model: z.string(),
    kind: priceKindSchema,
    priceMicroUsd: microUsd.nullable(),
    otherMicroUsd: microUsd,
  }),
);
/** See {@link priceDifferenceSchema}. */
export type PriceDifference = Readonly<z.infer<typeof priceDifferenceSchema>>;

/** What a price update came to: the list in force before and after. */
export const priceUpdateSchema = lazily(() =>
  z.object({ changed: z.boolean(), before: z.string(), version: z.string() }),
);
/** See {@link priceUpdateSchema}. */
export type PriceUpdate = Readonly<z.infer<typeof priceUpdateSchema>>;
