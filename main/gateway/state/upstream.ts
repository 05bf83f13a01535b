import type { UpstreamLease } from '#shared/contract/port.ts';
import type { Provider } from '#shared/model/provider.ts';
import { findProvider } from '#shared/provider/index.ts';
import type { CanaryState } from './canary-state.ts';
import type { AttemptOutcome } from './credential-health.ts';
import { compileRoutes, type RouteTable } from './route-table.ts';

/** A new key that a share of an upstream's calls tries. */
export interface Canary {
  /** The same upstream with the new key. */
  readonly upstream: Upstream;
  readonly state: CanaryState;
}

/** One upstream, made ready for the hot path when its lease arrives. */
export interface Upstream {
  /** Provider id as in the gateway path. */
  readonly id: string;
  readonly provider: Provider;
  readonly credentialId: string;
  /** Which of the credential's keys this is. */
  readonly version: number;
  readonly routes: RouteTable;
  /** Scheme, host and port; nothing a caller sends can change it. */
  readonly origin: string;
  /** What replaces the provider's base path: the path of the base URL, without a trailing slash. */
  readonly pathPrefix: string;
  /** Headers that carry the key, as names and values; empty when there is no key. */
  readonly keyHeader: readonly string[];
  /** The provider key, as it would look in an answer's body and in its headers. */
  readonly secret: Buffer;
  readonly secretText: string;
  /** Null while no new key is tried. */
  readonly canary: Canary | null;
  /** Set for one call that tries a new key: takes how an attempt ended, and answers what the credential is told of it. */
  readonly watch: ((outcome: AttemptOutcome) => AttemptOutcome) | null;
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
    version: lease.credentialVersion,
    routes: routesOf(provider),
    origin: url.origin,
    pathPrefix: url.pathname.replace(/\/+$/, ''),
    ...(lease.isToken === true ? tokenParts(provider, lease.secret) : keyParts(provider, lease.secret)),
    canary: null,
    watch: null,
  };
}

/** The same upstream, of which a share of the calls tries this new key. */
export function withCanary(upstream: Upstream, secret: string, state: CanaryState): Upstream {
  const trial = { ...upstream, ...keyParts(upstream.provider, secret), version: state.version };
  return { ...upstream, canary: { upstream: trial, state } };
}

type KeyParts = Pick<Upstream, 'keyHeader' | 'secret' | 'secretText'>;

function tokenParts(provider: Provider, token: string): KeyParts {
  const { workloadIdentity } = provider;
  if (workloadIdentity === undefined) return keyParts(provider, token);
  const { key, callHeaders } = workloadIdentity;
  return {
    ...keyParts(provider, token),
    keyHeader: [key.header, key.prefix + token, ...Object.entries(callHeaders).flat()],
  };
}

function keyParts(provider: Provider, secret: string): KeyParts {
  return {
    keyHeader: secret === '' ? [] : [provider.key.header, provider.key.prefix + secret],
    secret: Buffer.from(secret),
    secretText: secret,
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
