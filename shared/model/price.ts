import { z } from 'zod';
import { lazily } from './lazily.ts';

/** What is counted and may have a price of its own. */
export const priceKindSchema = lazily(() =>
  z.enum([
    'input',
    'cachedInput',
    'cacheWrite',
    'longCacheWrite',
    'inputAudio',
    'cachedAudio',
    'inputImage',
    'cachedImage',
    'inputVideo',
    'output',
    'reasoning',
    'outputAudio',
    'outputImage',
    'outputVideo',
    'webSearch',
    'request',
    'audio',
  ]),
);
/** See {@link priceKindSchema}. */
export type PriceKind = z.infer<typeof priceKindSchema>;

/** The plural of a unit. */
export function unitsOf(unit: PriceUnit['unit']): string {
  return unit === 'search' ? 'searches' : `${unit}s`;
}

/** What a kind's price is for: so many of that unit. */
export interface PriceUnit {
  readonly unit: 'token' | 'search' | 'request' | 'second';
  readonly per: 1_000_000 | 1_000 | 3_600;
  readonly title: string;
}

function tokens(title: string): PriceUnit {
  return { unit: 'token', per: 1_000_000, title };
}

/** One row per kind: tokens are priced by the million, calls by the thousand, sound by the hour. */
export const priceUnits: Readonly<Record<PriceKind, PriceUnit>> = {
  input: tokens('input'),
  cachedInput: tokens('cached input'),
  cacheWrite: tokens('cache write'),
  longCacheWrite: tokens('cache write, one hour'),
  inputAudio: tokens('audio input'),
  cachedAudio: tokens('cached audio input'),
  inputImage: tokens('image input'),
  cachedImage: tokens('cached image input'),
  inputVideo: tokens('video input'),
  output: tokens('output'),
  reasoning: tokens('reasoning'),
  outputAudio: tokens('audio output'),
  outputImage: tokens('image output'),
  outputVideo: tokens('video output'),
  webSearch: { unit: 'search', per: 1_000, title: 'web searches' },
  request: { unit: 'request', per: 1_000, title: 'request' },
  audio: { unit: 'second', per: 3_600, title: 'sound' },
};

const microUsd = lazily(() => z.number().int().nonnegative().max(1e12));

/** Integer micro-dollars for the kind's `per`; stepped by all input tokens of the call: above `above` the whole call pays `price`. */
export const rateSchema = lazily(() =>
  z.union([
    microUsd,
    z.object({
      base: microUsd,
      steps: z
        .array(z.object({ above: z.number().int().nonnegative(), price: microUsd }))
        .min(1)
        .max(10),
    }),
  ]),
);
/** See {@link rateSchema}. */
export type Rate = z.infer<typeof rateSchema>;

/** Prices that hold from a day on, or between two times of each day (seconds of the UTC day; past midnight when the end is smaller). */
export const pricePeriodSchema = lazily(() =>
  z.object({
    from: z.iso.date().exactOptional(),
    between: z.tuple([z.number().min(0).max(86_400), z.number().min(0).max(86_400)]).exactOptional(),
    rates: z.partialRecord(priceKindSchema, rateSchema),
    /** True when the catalogue prices something more that is never counted here, so that no sum would be whole. */
    unmeasured: z.literal(true).exactOptional(),
  }),
);
/** See {@link pricePeriodSchema}. */
export type PricePeriod = z.infer<typeof pricePeriodSchema>;

/** A name's test: its first character says how the rest is compared, `=` whole, `^` beginning, `$` end, `~` anywhere, `/` as a regular expression. */
const nameTest = lazily(() =>
  z
    .string()
    .min(2)
    .max(300)
    .regex(/^[=^$~/]/),
);

/** One model of a catalogue. */
export const cataloguedModelSchema = lazily(() =>
  z.object({
    id: z.string().min(1).max(300),
    /** The name matches when all tests of one of these lists hold; letter case counts only in regular expressions. */
    match: z.array(z.array(nameTest).min(1).max(8)).min(1).max(100),
    contextWindow: z.number().int().positive().exactOptional(),
    /** The last one that holds at the moment of the call counts; the first one holds when none other does. */
    periods: z.array(pricePeriodSchema).min(1).max(50),
  }),
);
/** See {@link cataloguedModelSchema}. */
export type CataloguedModel = z.infer<typeof cataloguedModelSchema>;

/** One provider of a catalogue. */
export const cataloguedProviderSchema = lazily(() =>
  z.object({
    id: z.string().min(1).max(100),
    /** Ids of providers in whose lists a model is looked for as well. */
    fallbacks: z.array(z.string()).max(20).exactOptional(),
    models: z.array(cataloguedModelSchema).max(5_000),
  }),
);
/** See {@link cataloguedProviderSchema}. */
export type CataloguedProvider = z.infer<typeof cataloguedProviderSchema>;

/** A catalogue as it is kept: data only, versioned, with a checksum over `providers`. */
export const catalogueSchema = lazily(() =>
  z.object({
    format: z.literal(1),
    name: z.string().min(1).max(80),
    version: z
      .string()
      .regex(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/)
      .max(40),
    /** The day it was published. */
    date: z.iso.date(),
    /** SHA-256 of `providers` as JSON without white space, hexadecimal. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    providers: z.array(cataloguedProviderSchema).max(200),
  }),
);
/** See {@link catalogueSchema}. */
export type Catalogue = Readonly<z.infer<typeof catalogueSchema>>;

/** A catalogue as usage records name it. */
export function catalogueTitle(catalogue: Pick<Catalogue, 'name' | 'version' | 'date'>): string {
  return `${catalogue.name} ${catalogue.version} (${catalogue.date})`;
}

/** A price that the user has set; it goes before the catalogue's. */
export const ownPriceSchema = lazily(() =>
  z.object({
    provider: z.string().min(1).max(100),
    /** A model's name as it is asked for, or the beginning of names followed by `*`. */
    model: z.string().min(1).max(200),
    /** Integer micro-dollars for the kind's `per`. */
    rates: z.partialRecord(priceKindSchema, microUsd),
  }),
);
/** See {@link ownPriceSchema}. */
export type OwnPrice = Readonly<z.infer<typeof ownPriceSchema>>;

/** What calls are priced with: a catalogue cut down to what is needed, and the user's own prices. */
export interface PriceTables {
  /** Name, version and date of the catalogue. */
  readonly version: string;
  readonly providers: readonly CataloguedProvider[];
  readonly own: readonly OwnPrice[];
  /** Names the set of own prices, such as `own prices 3f9a02c1`. */
  readonly ownVersion: string;
}

/** Tables that know no price. */
export const noPrices: PriceTables = { version: 'no prices', providers: [], own: [], ownVersion: 'no prices' };

/** Version told in the record of a call whose cost the provider itself told in the answer. */
export const toldPriceVersion = 'told by the provider';
