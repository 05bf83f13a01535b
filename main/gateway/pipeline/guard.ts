import { maxBodyBytes } from '#shared/contract/http.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { findProvider } from '#shared/provider/index.ts';
import { type RequestHeaders, readRequestHeaders } from '../http/request-headers.ts';
import { parseRequestTarget, type RequestTarget } from '../http/request-target.ts';
import type { RequestHead } from '../http/server/request-head.ts';
import type { GatewayState } from '../state/gateway-state.ts';
import type { Exchange, Stage } from './exchange.ts';
import { isSignInNavigation } from './sign-in-navigation.ts';

/** What the guard needs to know. */
export interface GuardOptions {
  readonly maxBodyBytes: number;
  readonly state: GatewayState;
}

const sitesLetIn = new Set(['none', 'same-origin']);

/**
 * Stage: Host with port, Origin, Sec-Fetch-Site and size, before anything else is looked at; then the one parse of the
 * path. A page in a browser, also one whose name was rebound to this machine, gets no further than this.
 */
export function createGuard(options: GuardOptions): Stage {
  const limit = Math.min(options.maxBodyBytes, maxBodyBytes);
  return (exchange) => {
    const { hosts, origins } = exchange.door;
    const headers = headersOf(exchange.request.head);
    exchange.headers = headers;
    if (headers.host === null || !(hosts.has(headers.host) || hosts.has(headers.host.toLowerCase()))) {
      throw new TollkeeperError('host_refused');
    }
    const foreignOrigin = headers.origin !== null && !origins.has(headers.origin.toLowerCase());
    const isForeign = foreignOrigin || (headers.fetchSite !== null && !sitesLetIn.has(headers.fetchSite));
    if (isForeign && !isSignInNavigation(exchange, headers)) {
      throw new TollkeeperError('origin_refused');
    }
    if (exchange.contentLength !== null && exchange.contentLength > limit) {
      throw new TollkeeperError('request_too_large');
    }
    parseTarget(exchange, options.state);
    return undefined;
  };
}

function parseTarget(exchange: Exchange, state: GatewayState): void {
  const target = targetOf(exchange.request.head);
  exchange.target = target;
  exchange.errorShape = shapeFor(target.path, target.head, state);
}

function headersOf({ rawHeaders, shape }: RequestHead): RequestHeaders {
  const headers = shape.headers ?? readRequestHeaders(rawHeaders);
  if (shape.isRepeated) {
    shape.headers = headers;
  }
  return headers;
}

function targetOf(head: RequestHead): RequestTarget {
  const target = head.shape.target ?? parseRequestTarget(head.target);
  if (head.shape.isRepeated) {
    head.shape.target = target;
  }
  return target;
}

/** The unified paths answer in the protocol they imitate, the others in their provider's. */
function shapeFor(path: string, head: string, state: GatewayState): Exchange['errorShape'] {
  if (path.startsWith('/v1/messages')) {
    return 'anthropic';
  }
  if (head === 'v1beta') {
    return 'gemini';
  }
  return (state.upstreams.get(head)?.provider ?? findProvider(head))?.errorShape ?? 'openai';
}
