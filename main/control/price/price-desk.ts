import type { Registry } from '#main/store/registry/registry.ts';
import {
  type Catalogue,
  type CataloguedProvider,
  catalogueTitle,
  type OwnPrice,
  type PriceTables,
} from '#shared/model/price.ts';
import { createPriceBook, type PriceBook } from '#shared/policy/price-usage.ts';
import type { CatalogueShelf } from './catalogue-shelf.ts';
import { findOwnPrices, type OwnPriceSet, readOwnPrices, writeOwnPrices } from './own-prices.ts';

/** The prices in force: the newest catalogue and the user's own prices on top. */
export interface PriceDesk {
  /** Name, version and date of the catalogue in force. */
  readonly version: string;
  readonly catalogue: Catalogue;
  /** The one that came with the program. */
  readonly shipped: Catalogue;
  readonly own: readonly OwnPrice[];
  /** The tables for these providers of the catalogue only; the same object as long as nothing has changed. */
  tablesFor(priceIds: ReadonlySet<string>): PriceTables;
  /** Prices with everything in force. */
  book(): PriceBook;
  /** The prices by which a record was priced, found by its price version; null when they are no longer there. */
  bookOf(priceVersion: string): Promise<PriceBook | null>;
  /** The databases are open: the user's own prices count from now on. */
  connect(registry: Pick<Registry, 'state'>): void;
  setOwn(prices: readonly OwnPrice[]): void;
  /** Puts a new catalogue in force, if it is newer. */
  take(catalogue: Catalogue): Promise<void>;
}

/** What a desk is made from. */
export interface PriceDeskOptions {
  readonly shelf: CatalogueShelf;
  /** Other prices are in force now. */
  readonly onChange: () => void;
}

const none: OwnPriceSet = { prices: [], version: 'own prices' };

function tablesOf(catalogue: Catalogue, own: OwnPriceSet, providers: readonly CataloguedProvider[]): PriceTables {
  return { version: catalogueTitle(catalogue), providers, own: own.prices, ownVersion: own.version };
}

/** Makes a desk that knows no own prices yet. */
export function createPriceDesk({ shelf, onChange }: PriceDeskOptions): PriceDesk {
  let registry: Pick<Registry, 'state'> | null = null;
  let own = none;
  let cut: { readonly key: string; readonly tables: PriceTables } | null = null;
  let whole: PriceBook | null = null;

  function changed(): void {
    cut = null;
    whole = null;
    onChange();
  }

  return {
    get version() {
      return catalogueTitle(shelf.current);
    },
    get catalogue() {
      return shelf.current;
    },
    shipped: shelf.shipped,
    get own() {
      return own.prices;
    },
    tablesFor(priceIds) {
      const key = [...priceIds].sort().join(' ');
      if (cut?.key === key) return cut.tables;
      const { providers } = shelf.current;
      const wanted = new Set(priceIds);
      for (const { id, fallbacks } of providers) {
        if (priceIds.has(id)) for (const fallback of fallbacks ?? []) wanted.add(fallback);
      }
      const tables = tablesOf(
        shelf.current,
        own,
        providers.filter(({ id }) => wanted.has(id)),
      );
      cut = { key, tables };
      return tables;
    },
    book() {
      whole ??= createPriceBook(tablesOf(shelf.current, own, shelf.current.providers));
      return whole;
    },
    async bookOf(priceVersion) {
      const set = registry === null ? null : findOwnPrices(registry, priceVersion);
      if (set !== null) return createPriceBook(tablesOf(shelf.current, set, shelf.current.providers));
      const catalogue = await shelf.find(priceVersion);
      return catalogue === null ? null : createPriceBook(tablesOf(catalogue, none, catalogue.providers));
    },
    connect(next) {
      registry = next;
      own = readOwnPrices(next);
      changed();
    },
    setOwn(prices) {
      if (registry === null) return;
      own = writeOwnPrices(registry, prices);
      changed();
    },
    async take(catalogue) {
      await shelf.keep(catalogue);
      changed();
    },
  };
}
