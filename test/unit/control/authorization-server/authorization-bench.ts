import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, SignJWT } from 'jose';
import * as oauth from 'oauth4webapi';
import { onTestFinished } from 'vitest';
import { createAuthorizationServer } from '#main/control/authorization-server/authorization-server.ts';
import type {
  AccessAuthority,
  AccessDecision,
  AuthorizationServer,
  ClientDemand,
  LiveToken,
} from '#main/control/authorization-server/authorization-server-options.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import type { AccessDemand } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { LoopbackConnection, PeerProcess } from '#shared/model/process.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

/** Issuer of the tests; requests are sent to the port that the server really has. */
export const issuer = 'http://127.0.0.1:8377';

/** A request that the pretend control was asked to decide. */
export interface AskedDemand extends ClientDemand {
  readonly requestId: string;
  /** Once granted. */
  grantId: string | null;
  decide(decision: AccessDecision): void;
}

type Send = (
  url: string,
  init: oauth.CustomFetchOptions<'GET' | 'POST', URLSearchParams | Record<string, unknown> | string | undefined>,
) => Promise<Response>;

/** An authorization server over a real registry, with a control that does what the test tells it. */
export interface AuthorizationBench {
  readonly asked: AskedDemand[];
  readonly connections: LoopbackConnection[];
  readonly registered: { readonly clientId: string; readonly name: string }[];
  readonly log: string[];
  readonly tokens: Map<string, LiveToken>;
  readonly reused: { readonly grantId: string; readonly clientId: string; readonly what: string }[];
  /** Grants that are over. */
  readonly ended: Set<string>;
  /** Scopes that the next token carries; null for all that were asked. */
  granted: readonly string[] | null;
  /** Milliseconds by which control's clock has gone on; it stands still by itself. */
  skewMs: number;
  /** What control's `request` waits for before it takes a demand; null for nothing. */
  gate: Promise<void> | null;
  /** What control's `request` rejects with; null for none. */
  refusal: Error | null;
  /** What control's `issue` rejects with; null for none. */
  issueFailure: Error | null;
  readonly server: AuthorizationServer;
  readonly as: oauth.AuthorizationServer;
  readonly options: { readonly [oauth.allowInsecureRequests]: true; readonly [oauth.customFetch]: Send };
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** What the registry holds of one kind of artefact. */
  kept(model: string): readonly unknown[];
  /** Closes the registry under the server, as the end of the program does. */
  loseRegistry(): void;
  /** Replaces the server by a new one; `forget` loses what waits and opens the registry anew, as a restart of the program does. */
  restart(forget: boolean): Promise<void>;
}

const process: PeerProcess = {
  pid: 4711,
  executable: '/usr/bin/node',
  name: 'claude',
  arguments: [],
  folder: '/work',
  user: 'ada',
  startedAt: '1',
  parents: [],
  verified: true,
};

/** Makes one; it is closed when the test has finished. */
export async function createBench(): Promise<AuthorizationBench> {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicJwk = await exportJWK(keys.publicKey);
  const kid = await calculateJwkThumbprint(publicJwk);
  const path = join(temporaryFolder(), 'registry.db');
  const open = () => openRegistry({ path, key: 'ab'.repeat(32) });
  let registry = open();
  const waiting = new Set<string>();
  const startedAt = Date.now();
  let skewMs = 0;
  const clock: Clock = { now: () => startedAt + skewMs, monotonic: () => skewMs };
  const demandOf = (grantId: string): AccessDemand | null => {
    const asked = bench.asked.find(({ grantId: granted }) => granted === grantId) ?? null;
    const isOver = asked === null || bench.ended.has(grantId) || bench.skewMs > asked.demand.ttlSeconds * 1_000;
    return isOver ? null : asked.demand;
  };
  const access: AccessAuthority = {
    async request(demand) {
      await bench.gate;
      if (bench.refusal) throw bench.refusal;
      const requestId = `req_${bench.asked.length}`;
      let resolve: (decision: AccessDecision) => void = () => {};
      const promise = new Promise<AccessDecision>((settle) => {
        resolve = settle;
      });
      waiting.add(requestId);
      const decide = (decision: AccessDecision): void => {
        waiting.delete(requestId);
        if (decision.outcome === 'granted') entry.grantId = decision.grantId;
        resolve(decision);
      };
      const entry: AskedDemand = { ...demand, requestId, decide, grantId: null };
      bench.asked.push(entry);
      const userCode = demand.userCode ?? `BCDF-${'BCDFGHJKLM'[bench.asked.length % 10]}XYZ`;
      return { requestId, userCode, decision: promise };
    },
    isWaiting: (requestId) => waiting.has(requestId),
    handOn: () => {
      throw new TollkeeperError('access_denied');
    },
    async issue({ grantId, clientId, lifetimeSeconds, keyThumbprint }) {
      if (bench.issueFailure) throw bench.issueFailure;
      const demand = demandOf(grantId);
      if (demand === null) return null;
      const scopes = bench.granted ?? demand.scopes;
      const issuedAt = clock.now();
      const expiresAt = issuedAt + Math.min(lifetimeSeconds ?? demand.ttlSeconds, demand.ttlSeconds) * 1_000;
      const token = await new SignJWT({ client_id: clientId, scope: scopes.join(' '), grant_id: grantId })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
        .setIssuer(issuer)
        .setAudience(issuer)
        .setSubject(demand.tool)
        .setJti(`tok_${bench.tokens.size}`)
        .setIssuedAt(Math.floor(issuedAt / 1_000))
        .setExpirationTime(Math.ceil(expiresAt / 1_000))
        .sign(keys.privateKey);
      const tokenId = `tok_${bench.tokens.size}`;
      bench.tokens.set(token, {
        ...{ tokenId, grantId, tool: demand.tool, clientId, scopes, issuedAt, expiresAt },
        ...{ keyThumbprint, delegates: [] },
      });
      return { token, expiresAt, scopes };
    },
    livingGrant(grantId) {
      const demand = demandOf(grantId);
      if (demand === null) return null;
      const { tool, uses, budgetMicroUsd, purpose } = demand;
      const times = { createdAt: startedAt, expiresAt: startedAt + demand.ttlSeconds * 1_000 };
      return { tool, uses, budgetMicroUsd, purpose, scopes: bench.granted ?? demand.scopes, ...times };
    },
    async endReused(reuse) {
      bench.reused.push(reuse);
      bench.ended.add(reuse.grantId);
    },
    readToken: async (presented) => bench.tokens.get(presented) ?? null,
    async revoke(token) {
      bench.ended.add(token.grantId);
      for (const [value, live] of bench.tokens) if (live.grantId === token.grantId) bench.tokens.delete(value);
    },
    clientRegistered: (client) => bench.registered.push(client),
  };
  const make = (): AuthorizationServer =>
    createAuthorizationServer({
      issuer,
      clock,
      log: (event, facts) => bench.log.push(`${event} ${JSON.stringify(facts)}`),
      state: registry.oauthState,
      access,
      waitingPageHoldMs: 0,
      jwks: () => ({ keys: [{ ...publicJwk, kid, alg: 'ES256', use: 'sig' }] }),
      peerOf: async (connection) => {
        bench.connections.push(connection);
        return process;
      },
    });
  let server = make();
  let port = await server.listenOnLoopback();
  onTestFinished(async () => {
    await server.close();
    registry.close();
  });
  const here = (address: string): URL => {
    const url = new URL(address, issuer);
    url.port = String(port);
    return url;
  };
  const bench: AuthorizationBench = {
    asked: [],
    connections: [],
    registered: [],
    log: [],
    tokens: new Map(),
    reused: [],
    ended: new Set(['grant_ended']),
    granted: null,
    get skewMs() {
      return skewMs;
    },
    set skewMs(next) {
      skewMs = next;
    },
    gate: null,
    refusal: null,
    issueFailure: null,
    get server() {
      return server;
    },
    as: { issuer },
    options: {
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: (url, init) => fetch(here(url), init as RequestInit),
    },
    fetch: (path, init) => fetch(here(path), init),
    kept: (model) => registry.oauthState.list(model),
    loseRegistry: () => registry.close(),
    async restart(forget) {
      await server.close();
      if (forget) {
        waiting.clear();
        registry.close();
        registry = open();
      }
      server = make();
      port = await server.listenOnLoopback();
    },
  };
  const response = await oauth.discoveryRequest(new URL(issuer), { ...bench.options, algorithm: 'oauth2' });
  return Object.assign(bench, { as: await oauth.processDiscoveryResponse(new URL(issuer), response) });
}

/** Starts a device authorization by the strict client. */
export async function startDevice(
  bench: AuthorizationBench,
  parameters: Record<string, string>,
  clientId = 'claude-code',
): Promise<oauth.DeviceAuthorizationResponse> {
  const client: oauth.Client = { client_id: clientId };
  const response = await oauth.deviceAuthorizationRequest(bench.as, client, oauth.None(), parameters, bench.options);
  return oauth.processDeviceAuthorizationResponse(bench.as, client, response);
}

/** Polls once by the strict client; rejects with its `ResponseBodyError`. */
export async function poll(
  bench: AuthorizationBench,
  deviceCode: string,
  clientId = 'claude-code',
): Promise<oauth.TokenEndpointResponse> {
  const client: oauth.Client = { client_id: clientId };
  const response = await oauth.deviceCodeGrantRequest(bench.as, client, oauth.None(), deviceCode, bench.options);
  return oauth.processDeviceCodeResponse(bench.as, client, response);
}

/** The OAuth error of a poll that must fail. */
export async function pollError(
  bench: AuthorizationBench,
  deviceCode: string,
  clientId = 'claude-code',
): Promise<string> {
  return poll(bench, deviceCode, clientId).then(
    () => 'no error',
    (error: unknown) => (error instanceof oauth.ResponseBodyError ? error.error : Promise.reject(error)),
  );
}
