import type { PriceUsage } from '#shared/model/provider.ts';

/** What pricing needs to know to say how much a call could cost at most. */
export interface CeilingInput {
  readonly priceId: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly maxOutputTokens: number;
  /** Wall clock, milliseconds since the epoch. */
  readonly at: number;
}

/** The price catalogue as the gateway uses it. */
export interface Prices {
  readonly priceUsage: PriceUsage;
  /** Integer micro-dollars such a call costs at most; null when the model's price is unknown. */
  readonly priceCeiling: (input: CeilingInput) => number | null;
}
