import { type CataloguedModel, type PriceKind, type PricePeriod, priceKindSchema } from '../model/price.ts';

/** Integer micro-dollars for each kind's `per`; null for a kind that has no price and none to fall back to. */
export type Rates = Readonly<Record<PriceKind, number | null>>;

/** The prices of a call with more than `above` input tokens. */
export interface RateStep {
  readonly above: number;
  readonly rates: Rates;
}

/** The prices of one model at one moment, by the length of its input: ascending, the first from zero tokens on. Null when they can't be told whole. */
export type RateSteps = readonly RateStep[] | null;

/** The kind whose price counts where one has none of its own: a part is paid as the whole it belongs to. */
export const parents: Readonly<Partial<Record<PriceKind, PriceKind>>> = {
  cachedInput: 'input',
  cacheWrite: 'input',
  longCacheWrite: 'cacheWrite',
  inputAudio: 'input',
  inputImage: 'input',
  inputVideo: 'input',
  cachedAudio: 'cachedInput',
  cachedImage: 'cachedInput',
  reasoning: 'output',
  outputAudio: 'output',
  outputImage: 'output',
  outputVideo: 'output',
};

const kinds = priceKindSchema.options;
const dayMs = 86_400_000;

function holds(period: PricePeriod, at: number): boolean {
  if (period.from !== undefined) {
    return at >= Date.parse(period.from);
  }
  if (period.between === undefined) {
    return true;
  }
  const [start, end] = period.between;
  const second = (at % dayMs) / 1_000;
  return end < start ? second >= start || second < end : second >= start && second < end;
}

/** The period of a model's prices that holds at a moment (milliseconds since the epoch). */
export function periodAt(model: CataloguedModel, at: number): PricePeriod {
  const [first] = model.periods;
  return model.periods.findLast((period) => holds(period, at)) ?? first ?? { rates: {} };
}

function rateAt(rates: PricePeriod['rates'], kind: PriceKind, above: number): number | null {
  const rate = rates[kind];
  if (rate === undefined) {
    const parent = parents[kind];
    return parent === undefined ? null : rateAt(rates, parent, above);
  }
  return typeof rate === 'number' ? rate : (rate.steps.findLast((step) => step.above <= above)?.price ?? rate.base);
}

function resolve(rates: PricePeriod['rates'], above: number): Rates {
  const isFree = Object.keys(rates).length === 0;
  return Object.fromEntries(kinds.map((kind) => [kind, isFree ? 0 : rateAt(rates, kind, above)])) as Rates;
}

/** The steps of a period. No prices at all mean that the model is free. */
export function stepsOf(period: PricePeriod): RateSteps {
  if (period.unmeasured === true) {
    return null;
  }
  const borders = new Set([0]);
  for (const rate of Object.values(period.rates)) {
    for (const step of typeof rate === 'object' ? rate.steps : []) {
      borders.add(step.above);
    }
  }
  return [...borders]
    .toSorted((left, right) => left - right)
    .map((above) => ({ above, rates: resolve(period.rates, above) }));
}

/** The prices for a call with that many input tokens. */
export function ratesFor(steps: readonly RateStep[], inputTokens: number): Rates | null {
  return (steps.findLast((step) => inputTokens > step.above) ?? steps[0])?.rates ?? null;
}
