import { TollkeeperError } from '#shared/model/error.ts';
import { catalogueTitle, type OwnPrice, ownPriceSchema, type PriceKind, priceKindSchema } from '#shared/model/price.ts';
import type { ListedPrice, PriceState } from '#shared/model/price-report.ts';
import type { Provider } from '#shared/model/provider.ts';
import { explainCost } from '#shared/policy/explain-cost.ts';
import { parents, type Rates } from '#shared/policy/price-rates.ts';
import type { FoundPrices } from '#shared/policy/price-usage.ts';
import { customDefinitionId, findProvider, providers } from '#shared/provider/index.ts';
import { crossCheck, shippedSecondCatalogue } from '../price/cross-check.ts';
import type { HandlerContext, Handlers } from './handler.ts';

type PriceOperation =
  | 'usage.explain'
  | 'price.read'
  | 'price.list'
  | 'price.find'
  | 'price.set'
  | 'price.unset'
  | 'price.update'
  | 'price.check';

const maxListed = 5_000;

/** Prices: what is in force, the user's own, and how a recorded cost came about. */
export function createPriceHandlers(context: HandlerContext): Handlers<PriceOperation> {
  const { prices, recorder } = context;
  const { clock } = context.options;

  function state(): PriceState {
    const { catalogue, shipped, own } = prices;
    return {
      version: catalogueTitle(catalogue),
      sha256: catalogue.sha256,
      shippedVersion: catalogueTitle(shipped),
      own: [...own],
    };
  }

  function definitionOf(provider: string): Provider {
    const named = context
      .core()
      .registry.credentials.list()
      .find((credential) => credential.provider === provider);
    const definition = findProvider(named?.definition ?? provider);
    if (definition === undefined) throw new TollkeeperError('unknown_provider');
    return definition;
  }

  function find(provider: string, model: string): ListedPrice {
    const { priceId } = definitionOf(provider);
    const found = prices.book().find({ priceId, provider, model, at: clock.now() });
    if (found === null || found.steps === null) {
      throw new TollkeeperError(
        'not_found',
        `No price is known for ${provider}/${model}. \`toll prices set\` gives it one.`,
      );
    }
    return listed(provider, found);
  }

  function change(
    event: 'price-set' | 'price-unset',
    actor: Parameters<typeof recorder.record>[0]['actor'],
    price: OwnPrice,
  ): PriceState {
    const others = prices.own.filter(({ provider, model }) => provider !== price.provider || model !== price.model);
    if (event === 'price-unset' && others.length === prices.own.length) {
      throw new TollkeeperError('not_found', `You have set no price for ${price.provider}/${price.model}.`);
    }
    context.core();
    prices.setOwn(event === 'price-set' ? [...others, price] : others);
    const { provider, model, rates } = price;
    recorder.record({ event, actor, subject: `${provider}/${model}`, detail: { rates } });
    return state();
  }

  return {
    'price.read': state,
    'price.list': ({ provider, text }) => {
      const shown = provider === undefined ? providersWithKeys(context) : [provider];
      return shown.flatMap((id) => listPrices(id, definitionOf(id), text ?? '')).slice(0, maxListed);
    },
    'price.find': ({ provider, model }) => find(provider, model),
    'price.set': (price, caller) => {
      definitionOf(price.provider);
      if (price.rates.input === undefined && price.rates.output === undefined && price.rates.audio === undefined) {
        throw new TollkeeperError('invalid_request', 'Give at least a price for input or output.');
      }
      return change('price-set', caller.actor, ownPriceSchema.parse(price));
    },
    'price.unset': ({ provider, model }, caller) => change('price-unset', caller.actor, { provider, model, rates: {} }),
    'price.update': (_input, caller) => context.priceUpdates.update(caller.actor),
    'price.check': () => {
      const second = shippedSecondCatalogue();
      const { compared, differences } = crossCheck(prices.catalogue, second, clock.now());
      const otherVersion = `${second.name} ${second.version}`;
      return { version: prices.version, otherVersion, compared, differences: [...differences] };
    },
    'usage.explain': async ({ requestId }) => {
      const page = await context.core().ledger.list({ filter: { requestId }, offset: 0, limit: 1 });
      const record = page.records[0];
      if (record === undefined) throw new TollkeeperError('not_found', `There is no request ${requestId}.`);
      const definition = record.provider === null ? undefined : providerOrNone(record.provider);
      const book = record.priceVersion === null ? null : await prices.bookOf(record.priceVersion);
      const model = record.pricedModel ?? record.model;
      const found =
        book === null || model === null || definition === undefined || record.provider === null
          ? null
          : book.find({ ...definition, provider: record.provider, model, at: Date.parse(record.startedAt) });
      return explainCost({ record, found, billing: definition?.billing, local: definition?.local ?? false });
    },
  };

  /** A key of a provider that the user named may be gone; then the template describes it. */
  function providerOrNone(provider: string): Provider | undefined {
    try {
      return definitionOf(provider);
    } catch {
      return findProvider(customDefinitionId);
    }
  }

  function listPrices(id: string, { priceId }: Provider, text: string): readonly ListedPrice[] {
    const wanted = text.toLowerCase();
    const own = prices.own.filter(({ provider }) => provider === id).map(({ model }) => model);
    const catalogued = prices.catalogue.providers.find((provider) => provider.id === priceId)?.models ?? [];
    const names = new Set([...own, ...catalogued.map((model) => model.id)]);
    return [...names]
      .filter((name) => name.toLowerCase().includes(wanted))
      .flatMap((model) => {
        const found = prices.book().find({ priceId, provider: id, model, at: clock.now() });
        return found === null || found.steps === null ? [] : [listed(id, found)];
      });
  }
}

function providersWithKeys(context: HandlerContext): readonly string[] {
  const named = context.core().registry.credentials.list();
  const ids = new Set(named.map(({ provider }) => provider));
  return ids.size > 0 ? [...ids] : Object.keys(providers).filter((id) => id !== customDefinitionId);
}

/** Prices that differ from that of the kind they would fall back to. */
function listed(provider: string, { steps, model, source, priceVersion, contextWindow }: FoundPrices): ListedPrice {
  return {
    provider,
    model,
    source,
    priceVersion,
    contextWindow,
    steps: (steps ?? []).map(({ above, rates }) => ({
      above,
      rates: Object.fromEntries(
        priceKindSchema.options
          .map((kind): readonly [PriceKind, number | null] => [kind, rates[kind]])
          .filter((entry): entry is readonly [PriceKind, number] => entry[1] !== null)
          .filter(([kind, rate]) => rate !== parentRate(rates, kind)),
      ),
    })),
  };
}

function parentRate(rates: Rates, kind: PriceKind): number | null {
  const parent = parents[kind];
  return parent === undefined ? null : rates[parent];
}
