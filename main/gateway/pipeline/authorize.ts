import { TollkeeperError } from '#shared/model/error.ts';
import type { Endpoint } from '#shared/model/provider.ts';
import { findProvider } from '#shared/provider/index.ts';
import { BodyScanner, scanBody } from '../http/body-scanner.ts';
import { BodyPassage, readWholeBody } from '../http/read-body.ts';
import type { GatewayState } from '../state/gateway-state.ts';
import type { Route, RouteTable } from '../state/route-table.ts';
import { routesOf, type Upstream } from '../state/upstream.ts';
import { type Exchange, present, type Stage } from './exchange.ts';
import { isCharged } from './is-charged.ts';

/** What authorization needs. */
export interface AuthorizeOptions {
  readonly state: GatewayState;
  readonly maxBodyBytes: number;
}

/** Bodies up to this size are read before they are sent on, which is cheaper than passing them piece by piece. */
export const smallBodyBytes = 64 * 1024;

/** Largest body that is held in memory because a scope's model glob or a budget must know what is in it. */
export const maxInspectedBytes = 64 * 1024 * 1024;

/** A form, or text in a character set in which the same bytes may say something else. */
const notJson = /^\s*(?:multipart\/|application\/x-www-form-urlencoded)|charset\s*=\s*"?(?!utf-8\b|us-ascii\b)/i;

/**
 * Third stage: is this path one of the provider's, and does a scope of the grant cover it, its model included? Reads the body
 * as far as the answer depends on it. What can't be told for sure is refused.
 */
export function createAuthorize({ state, maxBodyBytes }: AuthorizeOptions): Stage {
  return (exchange) => {
    const grant = present(exchange.grant);
    const upstream = findUpstream(state, exchange);
    exchange.upstream = upstream;
    const route = findRoute(exchange, upstream.routes);
    const { endpoint } = route;
    exchange.endpoint = endpoint;
    exchange.model = route.model;
    if (present(exchange.headers).upgrade === 'websocket') {
      throw new TollkeeperError('unknown_endpoint', 'WebSocket connections are not passed on. Use the HTTP endpoints.');
    }
    const needsModel = grant.scopes.needsModel(upstream.id, endpoint.capability);
    if (!needsModel) {
      requireScope(exchange, { provider: upstream.id, endpoint, model: null });
    }
    const budgeted = grant.hasBudget && isCharged(endpoint) && !upstream.provider.local;
    const inspect = budgeted || (needsModel && endpoint.model === 'body');
    const reading = takeBody(exchange, inspect, maxBodyBytes);
    if (reading === null) {
      decide(exchange, { inspect, needsModel });
      return undefined;
    }
    return reading.then((bytes) => {
      exchange.body = { kind: 'whole', bytes };
      exchange.bodyBytes = bytes.length;
      if (bytes.length > 0 && (inspect || endpoint.model === 'body') && isJson(exchange)) {
        const facts = scanBody(bytes);
        exchange.facts = () => facts;
        exchange.model = endpoint.model === 'body' ? facts.model : route.model;
      }
      decide(exchange, { inspect, needsModel });
    });
  };
}

/** Whoever may not call a provider does not learn whether there is a key for it: the scope is asked for first. */
function findUpstream(state: GatewayState, exchange: Exchange): Upstream {
  const id = present(exchange.target).head;
  const upstream = state.upstream(id);
  if (upstream !== undefined) {
    return upstream;
  }
  if (id === 'v1' || id === 'v1beta') {
    throw new TollkeeperError(
      'unknown_endpoint',
      'Put the provider first in the path, such as /openai/v1/… or /anthropic/v1/….',
    );
  }
  const provider = findProvider(id);
  if (provider === undefined) {
    throw new TollkeeperError('unknown_provider');
  }
  const { endpoint, model } = findRoute(exchange, routesOf(provider));
  if (!present(exchange.grant).scopes.needsModel(id, endpoint.capability)) {
    requireScope(exchange, { provider: id, endpoint, model });
  }
  throw new TollkeeperError('no_credential');
}

function findRoute(exchange: Exchange, routes: RouteTable): Route {
  const match = routes.match(exchange.method, present(exchange.target).rest);
  if (match.kind === 'found') {
    return match.route;
  }
  if (match.kind === 'other-method') {
    throw new TollkeeperError('method_not_allowed', undefined, { details: { allow: match.allow.join(', ') } });
  }
  throw new TollkeeperError('unknown_endpoint');
}

function requireScope(
  exchange: Exchange,
  call: { readonly provider: string; readonly endpoint: Endpoint; readonly model: string | null },
): void {
  const { provider, model } = call;
  const { capability } = call.endpoint;
  if (!present(exchange.grant).scopes.allows(provider, capability, model)) {
    const scope = model === null ? `${provider}:${capability}` : `${provider}:${capability}:${model}`;
    throw new TollkeeperError('insufficient_scope', undefined, { details: { scope } });
  }
}

function decide(exchange: Exchange, policy: { readonly inspect: boolean; readonly needsModel: boolean }): void {
  if (policy.inspect && exchange.body.kind === 'whole' && isJson(exchange) && exchange.facts().ambiguous) {
    throw new TollkeeperError(
      'invalid_request',
      'The body must be one JSON object that names its model once, because this token is limited by model or budget.',
    );
  }
  if (policy.needsModel) {
    const provider = present(exchange.upstream).id;
    requireScope(exchange, { provider, endpoint: present(exchange.endpoint), model: exchange.model });
  }
}

/** Only plain JSON in UTF-8 can be looked into; a form or a compressed body names no model. */
function isJson(exchange: Exchange): boolean {
  const { contentType, contentEncoding } = present(exchange.headers);
  const plain = contentEncoding === null || contentEncoding.trim().toLowerCase() === 'identity';
  return plain && !notJson.test(contentType ?? '');
}

/** Starts reading a body that must be whole; null when there is none or when it will pass as a stream. */
function takeBody(exchange: Exchange, inspect: boolean, maxBodyBytes: number): Promise<Buffer> | null {
  const headers = present(exchange.headers);
  const { request } = exchange;
  const length = headers.contentLength;
  if (!headers.chunked && (length === null || length === 0)) {
    return null;
  }
  if (headers.expectsContinue) {
    exchange.response.writeContinue();
  }
  if (!headers.chunked && length !== null && length <= smallBodyBytes) {
    return readWholeBody(request, smallBodyBytes);
  }
  if (inspect && isJson(exchange)) {
    return readWholeBody(request, Math.min(maxInspectedBytes, maxBodyBytes));
  }
  const scanner = present(exchange.endpoint).model === 'body' && isJson(exchange) ? new BodyScanner() : null;
  if (scanner !== null) {
    exchange.facts = () => scanner.facts();
  }
  exchange.body = {
    kind: 'stream',
    start: () =>
      request.pipe(
        new BodyPassage(maxBodyBytes, (chunk) => {
          exchange.bodyBytes += chunk.length;
          scanner?.push(chunk);
        }),
      ),
  };
  return null;
}
