import { z } from 'zod';
import { lazily } from './lazily.ts';
import { priceKindSchema } from './price.ts';
import { serviceTierSchema } from './usage.ts';

/** One amount of a call and what it cost. */
export const costLineSchema = lazily(() =>
  z.object({
    kind: priceKindSchema,
    title: z.string(),
    /** Tokens, searches, requests or seconds. */
    amount: z.number().nonnegative(),
    unit: z.enum(['token', 'search', 'request', 'second']),
    /** Integer micro-dollars for `per` units, before the class of service's share. */
    priceMicroUsd: z.number().int().nonnegative(),
    per: z.number().int().positive(),
    /** Percent of the price that the class of service costs. */
    percent: z.number().int().nonnegative(),
    /** Micro-dollars, not rounded. */
    costMicroUsd: z.number().nonnegative(),
  }),
);
/** See {@link costLineSchema}. */
export type CostLine = Readonly<z.infer<typeof costLineSchema>>;

/** Where a cost is from: a price list, the user's own price, the provider's own word, nothing to pay, or nothing that is known. */
export const costSourceSchema = lazily(() => z.enum(['catalogue', 'own', 'told', 'free', 'reserved', 'unknown']));
/** See {@link costSourceSchema}. */
export type CostSource = z.infer<typeof costSourceSchema>;

/** How the cost of one request came about. */
export const costExplanationSchema = lazily(() =>
  z.object({
    requestId: z.string(),
    provider: z.string().nullable(),
    /** The model whose price was taken; null when none was. */
    model: z.string().nullable(),
    /** As recorded. */
    costMicroUsd: z.number().int().nonnegative().nullable(),
    source: costSourceSchema,
    /** Name, version and date of the price list, or the name of the user's set. */
    priceVersion: z.string().nullable(),
    /** Id of the model in the price list, or the name under which the user set the price. */
    listedAs: z.string().nullable(),
    serviceTier: serviceTierSchema.nullable(),
    /** True when tokens were counted here, because the upstream told none or not all. */
    estimated: z.boolean(),
    lines: z.array(costLineSchema),
    /** Sum of the lines in micro-dollars, not rounded; null when there are none. */
    sumMicroUsd: z.number().nonnegative().nullable(),
    /** True when the sum, rounded half up once, is the recorded cost. */
    isWhole: z.boolean(),
    /** What else there is to say, in sentences for a person. */
    notes: z.array(z.string()),
  }),
);
/** See {@link costExplanationSchema}. */
export type CostExplanation = Readonly<z.infer<typeof costExplanationSchema>>;
