import type { PriceBook } from '#shared/policy/price-usage.ts';

/** The prices as the gateway uses them; they may be others from one call to the next. */
export type Prices = Pick<PriceBook, 'priceUsage' | 'priceCeiling'>;
