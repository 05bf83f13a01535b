import type { Registry } from '#main/store/registry/registry.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import { catalogueTitle } from '#shared/model/price.ts';
import type { PriceUpdate } from '#shared/model/price-report.ts';
import type { Log } from '../control-options.ts';
import type { EventRecorder } from '../event-recorder.ts';
import { fetchCatalogue } from './fetch-catalogue.ts';
import type { PriceDesk } from './price-desk.ts';
import { pricedProviders } from './priced-providers.ts';

/** Fetches new prices, when asked or once a week. */
export interface PriceUpdates {
  /** Rejects with `prices_not_updated`; the prices are what they were then. Two at once are one. */
  update(actor: Actor): Promise<PriceUpdate>;
  /** To be called often: fetches when the user wants that every week and a week has passed. */
  look(registry: Pick<Registry, 'settings' | 'state'>): void;
}

/** What updates are made from. */
export interface PriceUpdatesOptions {
  readonly desk: PriceDesk;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly recorder: EventRecorder;
  readonly log: Log;
}

const weekMs = 7 * 24 * 60 * 60 * 1_000;
/** After an attempt that failed, the next is made no sooner. */
const retryMs = 6 * 60 * 60 * 1_000;
const checkedState = 'prices-checked-ms';

/** Makes updates of one desk. */
export function createPriceUpdates(options: PriceUpdatesOptions): PriceUpdates {
  const { desk, clock, log } = options;
  let running: Promise<PriceUpdate> | null = null;
  let notBefore = Number.NEGATIVE_INFINITY;

  async function fetchAndTake(actor: Actor): Promise<PriceUpdate> {
    const before = desk.version;
    const catalogue = await fetchCatalogue({
      fetch: options.fetch,
      current: desk.catalogue,
      providers: pricedProviders,
    });
    if (catalogue === null) return { changed: false, before, version: before };
    await desk.take(catalogue);
    const detail = { before, sha256: catalogue.sha256 };
    options.recorder.record({ event: 'prices-updated', actor, subject: catalogueTitle(catalogue), detail });
    return { changed: true, before, version: desk.version };
  }

  function update(actor: Actor): Promise<PriceUpdate> {
    running ??= fetchAndTake(actor).finally(() => {
      running = null;
    });
    return running;
  }

  return {
    update,
    look({ settings, state }) {
      if (clock.monotonic() < notBefore || settings.read().priceUpdates !== 'weekly') return;
      const checked = Number(state.read(checkedState) ?? 0);
      const sinceMs = clock.now() - checked;
      if (sinceMs >= 0 && sinceMs < weekMs) return;
      notBefore = clock.monotonic() + retryMs;
      update('system').then(
        () => state.write(checkedState, clock.now()),
        (error: unknown) => log('prices-not-updated', { reason: toErrorDocument(error).message }),
      );
    },
  };
}
