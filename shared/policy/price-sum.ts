import { type PriceKind, priceKindSchema, priceUnits } from '../model/price.ts';
import type { Amounts } from './price-amounts.ts';
import type { Rates } from './price-rates.ts';

/** A sum of money as a fraction of micro-dollars, so that nothing is rounded on the way; safe integers or, where those end, not exact. */
export interface ExactSum {
  readonly numerator: number;
  readonly denominator: number;
}

const tokenKinds = priceKindSchema.options.filter((kind) => priceUnits[kind].unit === 'token');
const tokensPerPrice = 1_000_000;
const callsPerPrice = 1_000;
const wholePercent = 100;
/** One denominator for sums with sound in them: a price is per hour of 3,600,000 milliseconds. */
const soundDenominator = 18_000_000;
const soundFactors = { tokens: 18, sound: 5 } as const;

/** True when price and amounts speak of different things, sound by the second or tokens: the sum would be too small. */
function lacksMeasure(amounts: Amounts, rates: Rates): boolean {
  const pricesTokens = rates.input !== null || rates.output !== null;
  return amounts.audio > 0 ? rates.audio === null : !pricesTokens;
}

function costOf(kind: PriceKind, amounts: Amounts, rates: Rates): number | null {
  const amount = amounts[kind];
  if (amount === 0) {
    return 0;
  }
  const rate = rates[kind];
  return rate === null ? null : amount * rate;
}

/**
 * What amounts cost at these prices; null when one of them has no price. `percent` is the class of service's share of the token
 * prices; fees by the call and by the second stay whole.
 */
export function sumCosts(amounts: Amounts, rates: Rates, percent: number = wholePercent): ExactSum | null {
  if (lacksMeasure(amounts, rates)) {
    return null;
  }
  let tokens = 0;
  for (const kind of tokenKinds) {
    const cost = costOf(kind, amounts, rates);
    if (cost === null) {
      return null;
    }
    tokens += cost;
  }
  const searches = costOf('webSearch', amounts, rates);
  if (searches === null) {
    return null;
  }
  const calls = (searches + (rates.request ?? 0)) * (tokensPerPrice / callsPerPrice);
  const hasShare = percent !== wholePercent;
  const numerator = hasShare ? tokens * percent + calls * wholePercent : tokens + calls;
  const shareDenominator = hasShare ? wholePercent : 1;
  if (amounts.audio === 0 || rates.audio === null) {
    return { numerator, denominator: tokensPerPrice * shareDenominator };
  }
  const sound = Math.round(amounts.audio * 1_000) * rates.audio * soundFactors.sound * shareDenominator;
  return {
    numerator: numerator * soundFactors.tokens + sound,
    denominator: soundDenominator * shareDenominator,
  };
}

/** Whole micro-dollars, rounded half up. */
export function roundSum({ numerator, denominator }: ExactSum): number {
  const rest = numerator % denominator;
  return (numerator - rest) / denominator + (rest * 2 >= denominator ? 1 : 0);
}
