import { formatExactMoney, parseMoney } from '#renderer/components/format/money.ts';
import { type OwnPrice, ownPriceSchema, type PriceKind, priceUnits } from '#shared/model/price.ts';

/** The kinds whose prices the form asks for; dollars for a million tokens. */
export const typedKinds = ['input', 'output', 'cachedInput', 'cacheWrite'] as const satisfies readonly PriceKind[];

/** A price of the user's own as it stands in the form. */
export interface PriceFields {
  readonly provider: string | null;
  readonly model: string;
  /** Dollars as typed; empty for none. */
  readonly rates: Readonly<Record<(typeof typedKinds)[number], string>>;
}

/** An empty form. */
export const emptyPriceFields: PriceFields = {
  provider: null,
  model: '',
  rates: { input: '', output: '', cachedInput: '', cacheWrite: '' },
};

/** Checks the form: the price it makes, or what is wrong with it, in a sentence. */
export function readPriceFields(fields: PriceFields): { readonly price: OwnPrice } | { readonly problem: string } {
  const { provider, model, rates } = fields;
  if (provider === null || model.trim() === '') return { problem: 'Choose a provider and write a model.' };
  const read: Partial<Record<PriceKind, number>> = {};
  for (const kind of typedKinds) {
    const text = rates[kind].trim();
    if (text === '') continue;
    const microUsd = /^\$?0(?:\.0*)?$/.test(text) ? 0 : parseMoney(text);
    if (microUsd === null) return { problem: `Write dollars for ${priceUnits[kind].title}, such as 1.25.` };
    read[kind] = microUsd;
  }
  if (read.input === undefined || read.output === undefined) return { problem: 'Write what input and output cost.' };
  const price = ownPriceSchema.safeParse({ provider, model: model.trim(), rates: read });
  return price.success ? { price: price.data } : { problem: 'That is more than a price can be.' };
}

/** A price's rates in one line: `$1.25 input · $10.00 output a million`. */
export function describeRates(rates: OwnPrice['rates']): string {
  const words = (Object.entries(rates) as [PriceKind, number][]).map(
    ([kind, microUsd]) => `${formatExactMoney(microUsd)} ${priceUnits[kind].title}`,
  );
  return words.join(' \u00b7 ');
}

/** How old a price list is, from the date in its name: `3 days old`; empty when the name holds none. */
export function ageOf(version: string, now: number): string {
  const date = /\((\d{4}-\d{2}-\d{2})\)/.exec(version)?.[1];
  if (date === undefined) return '';
  const days = Math.max(0, Math.floor((now - Date.parse(date)) / 86_400_000));
  return days === 0 ? 'of today' : days === 1 ? '1 day old' : `${days} days old`;
}
