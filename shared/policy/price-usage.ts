import type { CataloguedModel, CataloguedProvider, OwnPrice, PricePeriod, PriceTables } from '../model/price.ts';
import { toldPriceVersion } from '../model/price.ts';
import type { PriceUsage } from '../model/provider.ts';
import { type Amounts, amountsOf } from './price-amounts.ts';
import { compileFinder, type FindModel } from './price-match.ts';
import { periodAt, type RateSteps, type Rates, ratesFor, stepsOf } from './price-rates.ts';
import { roundSum, sumCosts } from './price-sum.ts';

/** The input of {@link PriceUsage}. */
export type PriceInput = Parameters<PriceUsage>[0];

/** What a request may at most use. */
export interface PriceCeilingInput {
  readonly priceId: string | null;
  /** Provider id as in the gateway path. */
  readonly provider?: string;
  readonly billing?: PriceInput['billing'];
  readonly model: string;
  /** The most input tokens it can have; no more are counted than the model reads. */
  readonly inputTokens: number;
  /** The most output tokens it can have. */
  readonly maxOutputTokens: number;
  readonly at: number;
}

/** The prices that a call is paid at, and where they are from. */
export interface FoundPrices {
  readonly steps: RateSteps;
  /** Id of the model in the catalogue, or the name under which the user has set prices. */
  readonly model: string;
  readonly source: 'catalogue' | 'own';
  readonly priceVersion: string;
  /** The most input tokens the model reads, where the catalogue says so. */
  readonly contextWindow: number | null;
}

/** Prices calls with one set of tables. */
export interface PriceBook {
  readonly priceUsage: PriceUsage;
  /** The most a request can cost, in integer micro-dollars, for reserving a budget. Null when the model can't be priced. */
  readonly priceCeiling: (input: PriceCeilingInput) => number | null;
  /** The prices for a model at a moment; null when there are none. */
  readonly find: (input: Pick<PriceInput, 'priceId' | 'provider' | 'model' | 'at'>) => FoundPrices | null;
  /** Name, version and date of the catalogue. */
  readonly version: string;
}

/** A model that was looked for: its prices, kept as long as they are the same at any time. */
interface Entry {
  readonly model: CataloguedModel;
  readonly source: FoundPrices['source'];
  readonly fixed: FoundPrices | null;
  /** Steps by period, for prices that depend on the time. */
  readonly byPeriod: Map<PricePeriod, FoundPrices>;
}

const maxRemembered = 1_000;
const maxModelLength = 200;
const inputKinds = [
  'input',
  'cachedInput',
  'cacheWrite',
  'longCacheWrite',
  'inputAudio',
  'cachedAudio',
  'inputImage',
  'cachedImage',
  'inputVideo',
] as const;
const outputKinds = ['output', 'reasoning', 'outputAudio', 'outputImage', 'outputVideo'] as const;

/**
 * Makes the pricing of one set of tables: own prices first, then the catalogue's at the moment of the call. A null `priceId` costs
 * nothing. A model that neither knows has no price: unknown is never taken for free. What the provider itself told goes before
 * both. Pure but for a bounded memory of models; well below a microsecond for a model that was seen before.
 */
export function createPriceBook(tables: PriceTables): PriceBook {
  const byId = new Map(tables.providers.map((provider) => [provider.id, provider]));
  const finders = new Map<string, FindModel>();
  let remembered = new Map<string, Map<string, Entry | null>>();
  let rememberedModels = 0;

  function foundPrices(entry: Pick<Entry, 'model' | 'source'>, period: PricePeriod): FoundPrices {
    return {
      steps: stepsOf(period),
      model: entry.model.id,
      source: entry.source,
      priceVersion: entry.source === 'own' ? tables.ownVersion : tables.version,
      contextWindow: entry.model.contextWindow ?? null,
    };
  }

  function finderOf(provider: CataloguedProvider): FindModel {
    const known = finders.get(provider.id);
    if (known !== undefined) {
      return known;
    }
    const finder = compileFinder(provider, (id) => byId.get(id));
    finders.set(provider.id, finder);
    return finder;
  }

  function lookUp(priceId: string, provider: string | undefined, name: string): Entry | null {
    const listed = byId.get(priceId);
    const catalogued = listed === undefined ? null : finderOf(listed)(name);
    const own = provider === undefined ? undefined : ownPriceFor(tables.own, provider, name);
    const model = own === undefined ? catalogued : modelOf(own, catalogued);
    if (model === null) {
      return null;
    }
    const entry = { model, source: own === undefined ? ('catalogue' as const) : ('own' as const) };
    const [only, ...others] = model.periods;
    const fixed = only === undefined || others.length > 0 ? null : foundPrices(entry, only);
    return { ...entry, fixed, byPeriod: new Map() };
  }

  function entryOf(priceId: string, provider: string | undefined, name: string): Entry | null {
    const group = provider ?? ` ${priceId}`;
    let models = remembered.get(group);
    const known = models?.get(name);
    if (known !== undefined) {
      return known;
    }
    const entry = lookUp(priceId, provider, name);
    if (rememberedModels >= maxRemembered) {
      remembered = new Map();
      rememberedModels = 0;
      models = undefined;
    }
    models ??= new Map();
    remembered.set(group, models.set(name, entry));
    rememberedModels += 1;
    return entry;
  }

  function find({ priceId, provider, model, at }: Parameters<PriceBook['find']>[0]): FoundPrices | null {
    if (priceId === null || model.length === 0 || model.length > maxModelLength) {
      return null;
    }
    const entry = entryOf(priceId, provider, model);
    if (entry === null || entry.fixed !== null) {
      return entry?.fixed ?? null;
    }
    const period = periodAt(entry.model, at);
    const known = entry.byPeriod.get(period);
    if (known !== undefined) {
      return known;
    }
    const found = foundPrices(entry, period);
    entry.byPeriod.set(period, found);
    return found;
  }

  return {
    version: tables.version,
    find,
    priceUsage(input) {
      const { usage, billing } = input;
      if (billing?.tellsCost === true && usage.toldCostMicroUsd !== undefined) {
        return { costMicroUsd: usage.toldCostMicroUsd, priceVersion: toldPriceVersion };
      }
      if (input.priceId === null) {
        return { costMicroUsd: 0, priceVersion: tables.version };
      }
      const found = find(input);
      const rates = found === null || found.steps === null ? null : ratesFor(found.steps, usage.inputTokens);
      const percent = percentOf(usage, billing);
      if (found === null || rates === null || percent === null) {
        return null;
      }
      const sum = sumCosts(amountsOf(usage, billing?.minimumAudioSeconds), rates, percent);
      return sum === null ? null : { costMicroUsd: roundSum(sum), priceVersion: found.priceVersion };
    },
    priceCeiling(input) {
      if (input.priceId === null) {
        return 0;
      }
      const found = find(input);
      return found === null ? null : ceilingAt(found, input);
    },
  };
}

/** The share of the token prices that the call's class of service costs; null when it is unknown. */
export function percentOf(usage: PriceInput['usage'], billing: PriceInput['billing']): number | null {
  return usage.serviceTier === undefined ? 100 : (billing?.serviceTiers?.[usage.serviceTier] ?? null);
}

/** The dearest class of service that an answer may turn out to have had. */
function dearestPercent(billing: PriceInput['billing']): number {
  return Math.max(100, ...Object.values(billing?.serviceTiers ?? {}));
}

/** The date of a model's version at the end of its name, which the user's own prices need not name. */
const versionDate = /-\d{4}(?:-\d{2}-\d{2}|\d{4})$/;

/** The price the user has set for a model, under its name or the same without a date: of several that match, the one that says most. */
function ownPriceFor(own: readonly OwnPrice[], provider: string, model: string): OwnPrice | undefined {
  const name = model.toLowerCase();
  const matches = own.filter((price) => {
    const wanted = price.model.toLowerCase();
    const isSame = name === wanted || name.replace(versionDate, '') === wanted;
    const fits = wanted.endsWith('*') ? name.startsWith(wanted.slice(0, -1)) : isSame;
    return fits && price.provider === provider;
  });
  return matches.toSorted((left, right) => weightOf(right) - weightOf(left))[0];
}

function weightOf({ model }: OwnPrice): number {
  return model.endsWith('*') ? model.length : maxModelLength + model.length;
}

function modelOf(own: OwnPrice, catalogued: CataloguedModel | null): CataloguedModel {
  const window = catalogued?.contextWindow;
  return {
    id: own.model,
    match: [],
    periods: [{ rates: own.rates }],
    ...(window === undefined ? {} : { contextWindow: window }),
  };
}

function dearest(rates: Rates, kinds: readonly (typeof inputKinds | typeof outputKinds)[number][]): number | null {
  const prices = kinds.map((kind) => rates[kind]).filter((price) => price !== null);
  return prices.length === 0 ? null : Math.max(...prices);
}

/** All input at the dearest price of any kind of input, all output likewise, over every step that the input can reach. */
function ceilingAt({ steps, contextWindow }: FoundPrices, most: PriceCeilingInput): number | null {
  const inputTokens = Math.min(most.inputTokens, contextWindow ?? Number.POSITIVE_INFINITY);
  const reachable = steps?.filter((step, index) => index === 0 || inputTokens > step.above) ?? [];
  const costs = reachable.map(({ rates }) => {
    const input = dearest(rates, inputKinds);
    const output = most.maxOutputTokens === 0 ? 0 : dearest(rates, outputKinds);
    if (input === null || output === null) {
      return null;
    }
    const amounts: Amounts = { ...noAmounts, input: inputTokens, output: most.maxOutputTokens };
    const sum = sumCosts(amounts, { ...rates, input, output }, dearestPercent(most.billing));
    return sum === null ? null : roundSum(sum);
  });
  return costs.length === 0 || costs.includes(null) ? null : Math.max(...costs.filter((cost) => cost !== null));
}

const noAmounts = amountsOf({
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
});
