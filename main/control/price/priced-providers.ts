import { providers } from '#shared/provider/index.ts';

/** Ids in the catalogue of the providers that Tollkeeper knows. */
export const pricedProviders: ReadonlySet<string> = new Set(
  Object.values(providers).flatMap(({ priceId }) => (priceId === null ? [] : [priceId])),
);
