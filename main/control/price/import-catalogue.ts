import { createHash } from 'node:crypto';
import { z } from 'zod';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import {
  type Catalogue,
  type CataloguedModel,
  type CataloguedProvider,
  catalogueSchema,
  type PriceKind,
  type PricePeriod,
  type Rate,
} from '#shared/model/price.ts';
import { readLiteral } from './read-literal.ts';

/** The package that the catalogue is made from, and the file in it that holds the data. */
export const cataloguePackage = {
  name: '@pydantic/genai-prices',
  title: 'genai-prices',
  file: 'dist/index.js',
} as const;

const beginning = /^const \w+ = (?=\[\s*\{\s*id: ")/m;
const microUsdPerUsd = 1_000_000;

/** Where a price key of the source belongs; all of its prices are in dollars for the kind's `per`. */
const kindOf: ReadonlyMap<string, PriceKind> = new Map([
  ['input_mtok', 'input'],
  ['cache_read_mtok', 'cachedInput'],
  ['cache_write_mtok', 'cacheWrite'],
  ['cache_write_5m_mtok', 'cacheWrite'],
  ['cache_write_1h_mtok', 'longCacheWrite'],
  ['input_audio_mtok', 'inputAudio'],
  ['cache_audio_read_mtok', 'cachedAudio'],
  ['input_image_mtok', 'inputImage'],
  ['cache_image_read_mtok', 'cachedImage'],
  ['input_video_mtok', 'inputVideo'],
  ['output_mtok', 'output'],
  ['output_reasoning_mtok', 'reasoning'],
  ['output_audio_mtok', 'outputAudio'],
  ['output_image_mtok', 'outputImage'],
  ['output_video_mtok', 'outputVideo'],
  ['web_searches_kcount', 'webSearch'],
  ['requests_kcount', 'request'],
  ['audio_hours', 'audio'],
]);
/** Fees of tools that no answer counts, and the part of a sum that is there already. Any other key makes a model's prices incomplete. */
const passedOver: ReadonlySet<string> = new Set(['storage_searches_kcount', 'input_audio_hours']);

const dollars = lazily(() => z.number().nonnegative());
const priceSchema = lazily(() =>
  z.union([dollars, z.object({ base: dollars, tiers: z.array(z.object({ start: z.number(), price: dollars })) })]),
);
const pricesSchema = lazily(() => z.record(z.string(), priceSchema));
const constraintSchema = lazily(() =>
  z.union([
    z.object({ type: z.literal('start_date'), start_date: z.iso.date() }),
    z.object({ type: z.literal('time_of_date'), start_time: z.string(), end_time: z.string() }),
  ]),
);
const sourceSchema = lazily(() =>
  z.array(
    z.object({
      id: z.string(),
      fallback_model_providers: z.array(z.string()).optional(),
      models: z.array(
        z.object({
          id: z.string(),
          match: z.unknown(),
          context_window: z.number().optional(),
          prices: z.union([
            z.array(z.object({ constraint: constraintSchema.optional(), prices: pricesSchema })),
            pricesSchema,
          ]),
        }),
      ),
    }),
  ),
);
type Source = z.infer<typeof sourceSchema>[number];
type SourceModel = Source['models'][number];

/** What is known of a package besides its data. */
export interface PackageFacts {
  readonly version: string;
  /** The day it was published. */
  readonly date: string;
  /** Ids of the providers to take over; those that they fall back to come along. */
  readonly providers: ReadonlySet<string>;
}

/**
 * Makes a catalogue from the text of the package's module: the data in it is read as data, never run, and whatever does not look as
 * expected refuses the whole. Throws `invalid_request` then.
 */
export function importCatalogue(moduleText: string, facts: PackageFacts): Catalogue {
  const start = beginning.exec(moduleText);
  if (start === null) {
    throw new TollkeeperError('invalid_request', 'The package holds no price list in the known form.');
  }
  const source = decode(sourceSchema, readLiteral(moduleText, start.index + start[0].length));
  const wanted = new Set(facts.providers);
  for (const { id, fallback_model_providers: fallbacks } of source) {
    if (facts.providers.has(id)) for (const fallback of fallbacks ?? []) wanted.add(fallback);
  }
  const providers = source.filter(({ id }) => wanted.has(id)).map(providerOf);
  const unchecked = {
    format: 1 as const,
    name: cataloguePackage.title,
    version: facts.version,
    date: facts.date,
    sha256: checksumOf(providers),
    providers,
  };
  return checkCatalogue(unchecked);
}

/** Decodes and checks a kept or an imported catalogue, its checksum and the safety of its expressions included. Throws `invalid_request`. */
export function checkCatalogue(value: unknown): Catalogue {
  const catalogue = decode(catalogueSchema, value);
  if (checksumOf(catalogue.providers) !== catalogue.sha256) {
    throw new TollkeeperError('invalid_request', 'The price catalogue is damaged: its checksum does not fit.');
  }
  for (const test of catalogue.providers.flatMap(({ models }) => models.flatMap(({ match }) => match.flat()))) {
    if (test.startsWith('/')) requireSafeExpression(test.slice(1));
  }
  return catalogue;
}

function checksumOf(providers: readonly CataloguedProvider[]): string {
  return createHash('sha256').update(JSON.stringify(providers)).digest('hex');
}

function decode<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new TollkeeperError(
    'invalid_request',
    `The price catalogue is not as expected at ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  );
}

/** Callers choose the names that are tested, so an expression must not be able to take long: nothing repeats what repeats already. */
function requireSafeExpression(expression: string): void {
  const repeatsGroup = /\)[*+{]/.test(expression);
  const refersBack = /\\[1-9k]/.test(expression);
  if (repeatsGroup || refersBack || !compiles(expression)) {
    throw new TollkeeperError('invalid_request', `The price catalogue has an unsafe expression: ${expression}`);
  }
}

function compiles(expression: string): boolean {
  try {
    return new RegExp(expression).source !== '';
  } catch {
    return false;
  }
}

function providerOf(source: Source): CataloguedProvider {
  const fallbacks = source.fallback_model_providers;
  return {
    id: source.id,
    ...(fallbacks === undefined ? {} : { fallbacks }),
    models: source.models.map(modelOf),
  };
}

function modelOf(source: SourceModel): CataloguedModel {
  const { id, prices } = source;
  const periods = Array.isArray(prices) ? prices : [{ prices }];
  return {
    id,
    match: alternativesOf(source.match),
    ...(source.context_window === undefined ? {} : { contextWindow: source.context_window }),
    periods: periods.map(({ prices: rates, constraint }) => ({ ...limitsOf(constraint), ...ratesOf(rates) })),
  };
}

type Constraint = z.infer<typeof constraintSchema>;

function limitsOf(constraint: Constraint | undefined): Pick<PricePeriod, 'from' | 'between'> {
  if (constraint === undefined) return {};
  if (constraint.type === 'start_date') return { from: constraint.start_date };
  return { between: [secondOf(constraint.start_time), secondOf(constraint.end_time)] };
}

function secondOf(time: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)Z$/.exec(time);
  if (match === null) throw new TollkeeperError('invalid_request', `The price catalogue has an unknown time: ${time}`);
  return Number(match[1]) * 3_600 + Number(match[2]) * 60 + Number(match[3]);
}

function ratesOf(prices: z.infer<typeof pricesSchema>): Pick<PricePeriod, 'rates' | 'unmeasured'> {
  const rates: Partial<Record<PriceKind, Rate>> = {};
  let isWhole = true;
  for (const [key, price] of Object.entries(prices)) {
    const kind = kindOf.get(key);
    if (kind === undefined) isWhole &&= passedOver.has(key);
    else rates[kind] = rateOf(price);
  }
  return isWhole ? { rates } : { rates, unmeasured: true };
}

function rateOf(price: z.infer<typeof priceSchema>): Rate {
  if (typeof price === 'number') return microUsd(price);
  const steps = price.tiers
    .toSorted((left, right) => left.start - right.start)
    .map((tier) => ({ above: tier.start, price: microUsd(tier.price) }));
  return { base: microUsd(price.base), steps };
}

function microUsd(amount: number): number {
  return Math.round(amount * microUsdPerUsd);
}

const operators: ReadonlyMap<string, string> = new Map([
  ['equals', '='],
  ['starts_with', '^'],
  ['ends_with', '$'],
  ['contains', '~'],
  ['regex', '/'],
]);
const matchSchema = lazily(() => z.record(z.string(), z.unknown()));

/** The source's nested conditions as alternatives, each a list of tests that must all hold. */
function alternativesOf(match: unknown): string[][] {
  const [entry, ...others] = Object.entries(decode(matchSchema, match));
  if (entry === undefined || others.length > 0) {
    throw new TollkeeperError('invalid_request', 'The price catalogue has an unknown condition.');
  }
  const [operator, operand] = entry;
  if (operator === 'or') return parts(operand).flatMap(alternativesOf);
  if (operator === 'and') {
    return parts(operand)
      .map(alternativesOf)
      .reduce((left, right) => left.flatMap((tests) => right.map((more) => [...tests, ...more])));
  }
  const prefix = operators.get(operator);
  if (prefix === undefined) {
    throw new TollkeeperError('invalid_request', `The price catalogue has an unknown condition: ${operator}`);
  }
  return [[prefix + decode(z.string(), operand)]];
}

function parts(operand: unknown): readonly unknown[] {
  return decode(z.array(z.unknown()).min(1), operand);
}
