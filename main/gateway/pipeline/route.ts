import { unifiedModelLists } from '#shared/contract/unified.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Endpoint } from '#shared/model/provider.ts';
import { findProvider } from '#shared/provider/index.ts';
import type { GatewayState, ModelTarget } from '../state/gateway-state.ts';
import type { RouteTable } from '../state/route-table.ts';
import {
  countEndpoint,
  matchUnified,
  sameProtocolEndpoint,
  translationEndpoint,
  type UnifiedMatch,
} from '../state/unified-routes.ts';
import { routesOf } from '../state/upstream.ts';
import { type Candidate, type Exchange, present, type Stage } from './exchange.ts';
import { requireScope } from './require-scope.ts';
import { takeBody } from './take-body.ts';

/** What routing needs. */
export interface RouteOptions {
  readonly state: GatewayState;
  readonly maxBodyBytes: number;
  /** Answers with the models that this token may call, in the caller's protocol; marks the exchange as ended. */
  readonly listModels: (exchange: Exchange) => Promise<void> | undefined;
}

const noTimeouts: Candidate['timeouts'] = {};
const noFallback: Candidate['fallbackOn'] = [];

/**
 * Stage: which upstreams may serve this, best first? Below `/{provider}` the path decides and each of the provider's
 * credentials is a candidate; in the unified API the model does, as `provider/model` or by an alias.
 */
export function createRoute({ state, maxBodyBytes, listModels }: RouteOptions): Stage {
  return (exchange) => {
    const { hold } = state;
    return hold === null ? route(exchange) : hold.wait(exchange).then(() => goOn(exchange));
  };

  /** Much may have happened while it waited: its caller may have left, and its grant may have ended. */
  function goOn(exchange: Exchange): Promise<void> | undefined {
    if (exchange.response.destroyed || exchange.ending !== null) {
      return undefined;
    }
    if (state.hasExpired(present(exchange.grant))) {
      throw new TollkeeperError('invalid_token');
    }
    return route(exchange);
  }

  function route(exchange: Exchange): Promise<void> | undefined {
    const target = present(exchange.target);
    if (target.head !== 'v1' && target.head !== 'v1beta') {
      exchange.candidates = providerCandidates(state, exchange);
      return undefined;
    }
    if (unifiedModelLists.some((path) => path === target.path)) {
      return listModels(exchange);
    }
    const match = matchUnified(target.path);
    if (match === null) {
      throw new TollkeeperError(
        'unknown_endpoint',
        'The unified API has no such path. For a provider’s own API put its name first, such as /openai/v1/….',
      );
    }
    if (exchange.method !== match.endpoint.method) {
      throw new TollkeeperError('method_not_allowed', undefined, { details: { allow: match.endpoint.method } });
    }
    const reading = takeBody(exchange, { inspect: true, resend: true, namesModel: true, maxBodyBytes });
    if (reading !== undefined) {
      return reading.then(() => routeUnified(state, exchange, match));
    }
    if (exchange.body.kind !== 'whole') {
      throw new TollkeeperError('invalid_request', 'The body must be a JSON object in UTF-8.');
    }
    routeUnified(state, exchange, match);
    return undefined;
  }
}

/** Whoever may not call a provider does not learn whether there is a key for it: the scope is asked for first. */
function providerCandidates(state: GatewayState, exchange: Exchange): readonly Candidate[] {
  const { head, rest } = present(exchange.target);
  const upstreams = state.upstreams.all(head);
  const [first] = upstreams;
  if (first === undefined) {
    throw noUpstream(exchange, head);
  }
  const { endpoint, model } = findRoute(exchange, first.routes);
  const path = rest.slice(first.provider.basePath.length);
  return upstreams.map((upstream) => ({
    upstream,
    endpoint,
    model,
    path,
    passage: 'as-sent',
    timeouts: noTimeouts,
    fallbackOn: noFallback,
  }));
}

function noUpstream(exchange: Exchange, id: string): TollkeeperError {
  const provider = findProvider(id);
  if (provider === undefined) {
    return new TollkeeperError('unknown_provider');
  }
  const { endpoint, model } = findRoute(exchange, routesOf(provider));
  if (!present(exchange.grant).scopes.needsModel(id, endpoint.capability)) {
    requireScope(exchange, { provider: id, capability: endpoint.capability, model });
  }
  return new TollkeeperError('no_credential');
}

function findRoute(
  exchange: Exchange,
  routes: RouteTable,
): { readonly endpoint: Endpoint; readonly model: string | null } {
  const upgrade = present(exchange.headers).upgrade === 'websocket';
  const match = routes.match(upgrade ? 'WEBSOCKET' : exchange.method, present(exchange.target).rest);
  if (match.kind === 'found') {
    return match.route;
  }
  if (match.kind === 'none') {
    throw new TollkeeperError('unknown_endpoint');
  }
  if (upgrade) {
    throw new TollkeeperError('unknown_endpoint', 'This path takes no WebSocket. Use plain HTTP.');
  }
  const allow = match.allow.filter((method) => method !== 'WEBSOCKET');
  if (allow.length === 0) {
    throw new TollkeeperError('upgrade_required');
  }
  throw new TollkeeperError('method_not_allowed', undefined, { details: { allow: allow.join(', ') } });
}

function routeUnified(state: GatewayState, exchange: Exchange, match: UnifiedMatch): void {
  const facts = exchange.facts();
  if (!present(exchange.headers).isJson || facts.ambiguous || (match.model === null && facts.model === null)) {
    throw new TollkeeperError('invalid_request', 'The body must be one JSON object that names its model once.');
  }
  const requestedModel = match.model ?? facts.model ?? '';
  exchange.unified = { endpoint: match.endpoint, requestedModel };
  const targets = state.targetsOf(requestedModel);
  if (targets.length === 0) {
    throw new TollkeeperError('unknown_model');
  }
  const { capability } = match.endpoint;
  const grant = present(exchange.grant);
  const allowed = targets.filter(({ provider, model }) => grant.scopes.allows(provider, capability, model));
  if (allowed.length === 0) {
    const [first] = targets;
    requireScope(exchange, { provider: first?.provider ?? '', capability, model: first?.model ?? null });
  }
  exchange.candidates = allowed.flatMap((target) => unifiedCandidates(state, match, target));
  if (exchange.candidates.length === 0) {
    const reachable = allowed.some(({ provider }) => state.upstreams.all(provider).length > 0);
    throw new TollkeeperError(
      reachable ? 'unknown_endpoint' : 'no_credential',
      reachable ? 'No provider of this model offers such a call.' : undefined,
    );
  }
}

function unifiedCandidates(state: GatewayState, match: UnifiedMatch, target: ModelTarget): readonly Candidate[] {
  return state.upstreams.all(target.provider).flatMap((upstream): readonly Candidate[] => {
    const same = sameProtocolEndpoint(upstream.provider, match.endpoint);
    const { charged, capability } = match.endpoint;
    const { provider } = upstream;
    const endpoint = same ?? (charged ? translationEndpoint(provider, capability) : countEndpoint(provider));
    if (endpoint === null) {
      return [];
    }
    return [
      {
        upstream,
        endpoint,
        model: target.model,
        path: pathAt(endpoint, target.model),
        passage: same === null ? 'translated' : endpoint.model === 'body' ? 'renamed' : 'as-sent',
        timeouts: target.timeouts,
        fallbackOn: target.fallbackOn,
      },
    ];
  });
}

function pathAt(endpoint: Endpoint, model: string): string {
  return endpoint.path.replace('{model}', () => encodeURIComponent(model));
}
