import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Registry } from '#main/store/registry/registry.ts';
import { lazily } from '#shared/model/lazily.ts';
import { type OwnPrice, ownPriceSchema } from '#shared/model/price.ts';

/** A set of the user's own prices, and the name by which records tell it. */
export interface OwnPriceSet {
  readonly prices: readonly OwnPrice[];
  readonly version: string;
}

const currentName = 'own-prices';
const setSchema = lazily(() => z.array(ownPriceSchema));
const maxPrices = 1_000;

function versionOf(prices: readonly OwnPrice[]): string {
  const hash = createHash('sha256').update(JSON.stringify(prices)).digest('hex').slice(0, 8);
  return `own prices ${hash}`;
}

function decode(value: unknown): OwnPriceSet | null {
  const prices = setSchema.safeParse(value);
  return prices.success ? { prices: prices.data, version: versionOf(prices.data) } : null;
}

/** The set in force; empty when none was made. */
export function readOwnPrices({ state }: Pick<Registry, 'state'>): OwnPriceSet {
  return decode(state.read(currentName)) ?? { prices: [], version: versionOf([]) };
}

/** The set that records name by this version; null when there is none. */
export function findOwnPrices({ state }: Pick<Registry, 'state'>, version: string): OwnPriceSet | null {
  return version.startsWith('own prices ') ? decode(state.read(version)) : null;
}

/** Puts a set in force, and keeps it for the records that it will price. */
export function writeOwnPrices({ state }: Pick<Registry, 'state'>, prices: readonly OwnPrice[]): OwnPriceSet {
  const sorted = prices
    .toSorted((left, right) => `${left.provider} ${left.model}`.localeCompare(`${right.provider} ${right.model}`, 'en'))
    .slice(0, maxPrices);
  const set = { prices: sorted, version: versionOf(sorted) };
  state.write(set.version, sorted);
  state.write(currentName, sorted);
  return set;
}
