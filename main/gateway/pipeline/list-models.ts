import { requestIdHeader } from '#shared/contract/http.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Capability } from '#shared/model/scope.ts';
import { providerIds } from '#shared/provider/index.ts';
import { readUpstreamJson } from '../http/client/read-json.ts';
import type { UpstreamClient } from '../http/client/upstream-call.ts';
import type { GatewayState } from '../state/gateway-state.ts';
import type { Upstream } from '../state/upstream.ts';
import { callerLeftStatus, type Exchange, present } from './exchange.ts';
import type { SettleNow } from './settle.ts';
import { type ListedModel, writeModelList } from './write-model-list.ts';

/** What listing models needs. */
export interface ListModelsOptions {
  readonly state: GatewayState;
  readonly clientFor: (origin: string) => UpstreamClient;
  readonly clock: Clock;
  readonly settle: SettleNow;
}

/** How long a provider's list is taken for true, in milliseconds. */
const freshMs = 5 * 60_000;
/** How long a provider may take; one that takes longer is left out of this answer. */
const patienceMs = 5_000;
/** A model that a token may use for none of these is not listed. */
const uses: readonly Capability[] = ['chat', 'embeddings', 'images', 'audio', 'realtime'];

interface KnownList {
  readonly at: number;
  readonly ids: Promise<readonly string[]>;
}

/**
 * Makes the answer to the unified API's lists of models: of every provider that there is a key for and whose models this token may
 * list, those that it may use, as `provider/model`, and the user's aliases. A provider that does not answer in time is left out.
 */
export function createListModels(options: ListModelsOptions): (exchange: Exchange) => Promise<void> | undefined {
  const { state, clock, settle } = options;
  const known = new Map<string, KnownList>();

  function idsOf(upstream: Upstream): Promise<readonly string[]> {
    const key = `${upstream.credentialId} ${upstream.origin}${upstream.pathPrefix}`;
    const list = known.get(key);
    if (list !== undefined && clock.monotonic() - list.at < freshMs) {
      return list.ids;
    }
    const fetching = state.upstreams.borrow(upstream, () => fetchIds(upstream, options.clientFor(upstream.origin)));
    const ids = fetching.catch(() => {
      known.delete(key);
      return [];
    });
    known.set(key, { at: clock.monotonic(), ids });
    return ids;
  }

  async function modelsFor({ scopes }: NonNullable<Exchange['grant']>): Promise<readonly ListedModel[]> {
    const listed = state.upstreams.providers.filter((provider) => scopes.allows(provider, 'models', null));
    if (listed.length === 0 && !providerIds.some((provider) => scopes.allows(provider, 'models', null))) {
      throw new TollkeeperError('insufficient_scope', undefined, { details: { scope: '*:models' } });
    }
    const mayUse = (provider: string, model: string): boolean =>
      uses.some((capability) => scopes.allows(provider, capability, model));
    const lists = await Promise.all(
      listed.map(async (provider) => {
        const upstream = state.upstreams.get(provider);
        const ids = upstream === undefined ? [] : await idsOf(upstream);
        return ids.filter((id) => mayUse(provider, id)).map((id) => ({ id: `${provider}/${id}`, owner: provider }));
      }),
    );
    const aliases = [...state.aliasNames]
      .filter((name) => state.targetsOf(name).some(({ provider, model }) => mayUse(provider, model)))
      .map((id) => ({ id, owner: 'alias' }));
    return [...aliases, ...lists.flat()];
  }

  return async (exchange) => {
    if (exchange.method !== 'GET') {
      throw new TollkeeperError('method_not_allowed', undefined, { details: { allow: 'GET' } });
    }
    const body = writeModelList(await modelsFor(present(exchange.grant)), exchange);
    if (exchange.response.destroyed) {
      settle(exchange, { status: callerLeftStatus, outcome: 'client_aborted', errorCode: null });
      return;
    }
    exchange.response.writeHead(200, [
      ...['content-type', 'application/json; charset=utf-8', 'content-length', String(Buffer.byteLength(body))],
      ...['cache-control', 'no-store', requestIdHeader, exchange.id],
    ]);
    exchange.response.end(body);
    settle(exchange, { status: 200, outcome: 'ok', errorCode: null });
  };
}

async function fetchIds(upstream: Upstream, client: UpstreamClient): Promise<readonly string[]> {
  const { check, requiredHeaders } = upstream.provider;
  if (check.modelList === null) {
    return [];
  }
  const answer = await readUpstreamJson(client, {
    path: upstream.pathPrefix + check.path,
    headers: [...Object.entries(requiredHeaders).flat(), 'accept-encoding', 'identity', ...upstream.keyHeader],
    patienceMs,
  });
  const list = valueAt(answer, check.modelList);
  const entries: readonly unknown[] = Array.isArray(list) ? list : [];
  return entries
    .map((entry) => (typeof entry === 'string' ? entry : valueAt(entry, check.modelId)))
    .filter((id) => typeof id === 'string')
    .map((id) => id.replace(/^models\//, ''));
}

/** The value at a dotted path; the whole for an empty one. */
function valueAt(value: unknown, path: string): unknown {
  if (path === '') {
    return value;
  }
  return path
    .split('.')
    .reduce<unknown>(
      (inner, name) =>
        typeof inner === 'object' && inner !== null ? Object.getOwnPropertyDescriptor(inner, name)?.value : undefined,
      value,
    );
}
