import type { UpstreamLease } from '#shared/contract/port.ts';
import type { Provider } from '#shared/model/provider.ts';
import { findProvider } from '#shared/provider/index.ts';
import { compileRoutes, type RouteTable } from './route-table.ts';

/** One upstream, made ready for the hot path when its lease arrives. */
export interface Upstream {
  /** Provider id as in the gateway path. */
  readonly id: string;
  readonly provider: Provider;
  readonly credentialId: string;
  readonly routes: RouteTable;
  /** Scheme, host and port; nothing a caller sends can change it. */
  readonly origin: string;
  /** What replaces the provider's base path: the path of the base URL, without a trailing slash. */
  readonly pathPrefix: string;
  /** Header that carries the key, as name and value; empty when there is no key. */
  readonly keyHeader: readonly string[];
  /** The provider key, as it would look in an answer's body and in its headers. */
  readonly secret: Buffer;
  readonly secretText: string;
}

const routeTables = new WeakMap<Provider, RouteTable>();
const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Prepares a lease; null when it can't be trusted: an unknown definition, or a key that would go over plain http to another machine. */
export function prepareUpstream(lease: UpstreamLease): Upstream | null {
  const provider = findProvider(lease.definition);
  if (provider === undefined || !URL.canParse(lease.baseUrl)) {
    return null;
  }
  const url = new URL(lease.baseUrl);
  const safe = url.protocol === 'https:' || (url.protocol === 'http:' && loopback.test(url.hostname));
  if (!safe || url.username !== '' || url.password !== '') {
    return null;
  }
  return {
    id: lease.provider,
    provider,
    credentialId: lease.credentialId,
    routes: routesOf(provider),
    origin: url.origin,
    pathPrefix: url.pathname.replace(/\/+$/, ''),
    keyHeader: lease.secret === '' ? [] : [provider.key.header, provider.key.prefix + lease.secret],
    secret: Buffer.from(lease.secret),
    secretText: lease.secret,
  };
}

/** The routes of a definition, compiled once. */
export function routesOf(provider: Provider): RouteTable {
  const known = routeTables.get(provider);
  if (known !== undefined) {
    return known;
  }
  const table = compileRoutes(provider);
  routeTables.set(provider, table);
  return table;
}
