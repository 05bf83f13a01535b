import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Provider } from 'oidc-provider';
import { authorizationServerPaths } from '#shared/contract/http.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { AuthorizationServer, AuthorizationServerOptions } from './authorization-server-options.ts';
import { createAuthorizeEndpoint } from './authorize-endpoint.ts';
import { createCodeRequests } from './code-requests.ts';
import { devicePage } from './device-page.ts';
import { sendJson } from './http-exchange.ts';
import { loadOidcProvider } from './load-oidc-provider.ts';
import { authorizationServerMetadata, protectedResourceMetadata } from './metadata.ts';
import type { OidcProviderOptions } from './oidc-provider.ts';
import { createProofDesk } from './proof-desk.ts';
import { createRefreshTokens } from './refresh-tokens.ts';
import { introspectToken, revokeToken } from './token-endpoints.ts';
import { pageHeaders } from './web-page.ts';

/** Milliseconds after `listen` at which the library is loaded, so that the first tool need not wait for it. */
const warmUpDelayMs = 2_000;

/** Milliseconds for which the page of the code flow is held before it is loaded again; the gateway waits for 30 s. */
const waitingPageHoldMs = 20_000;

type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Makes the authorization server of one issuer; it answers nothing before `listen`. */
export function createAuthorizationServer(options: AuthorizationServerOptions): AuthorizationServer {
  const parts = {
    ...options,
    codeRequests: createCodeRequests(options),
    refreshTokens: createRefreshTokens(options),
    proofs: createProofDesk(options),
  };
  const library = lazyLibrary(parts);
  const routes = makeRoutes(parts, library);
  const server = createServer((request, response) => {
    void answer(routes, request, response).catch((error: unknown) => {
      options.log('authorization-server-failed', { name: error instanceof Error ? error.name : 'unknown' });
      if (!response.headersSent) sendJson(response, 500, { error: 'server_error' });
      else response.destroy();
    });
  });
  let warmUp: NodeJS.Timeout | undefined;
  return {
    async listen(path) {
      if (process.platform !== 'win32') await rm(path, { force: true });
      await listening(server, { path });
      if (process.platform !== 'win32') await chmod(path, 0o600);
      warmUp = setTimeout(() => void library(), warmUpDelayMs).unref();
    },
    async listenOnLoopback() {
      await listening(server, { host: '127.0.0.1', port: 0 });
      const address = server.address();
      if (address === null || typeof address === 'string') throw new TollkeeperError('internal');
      return address.port;
    },
    async close() {
      clearTimeout(warmUp);
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly answer: Answer;
}

function makeRoutes(options: OidcProviderOptions, library: () => Promise<Provider>): ReadonlyMap<string, Route> {
  const { issuer } = options;
  let handle: Answer | null = null;
  const byLibrary: Answer = async (request, response) => {
    handle ??= (await library()).callback();
    return handle(request, response);
  };
  const authorize = createAuthorizeEndpoint({
    ...options,
    requests: options.codeRequests,
    holdMs: options.waitingPageHoldMs ?? waitingPageHoldMs,
    findClient: async (clientId) => (await (await library()).Client.find(clientId)) ?? null,
  });
  const get = (body: () => Readonly<Record<string, unknown>>): Route => ({
    method: 'GET',
    answer: (_request, response) => sendJson(response, 200, body()),
  });
  return new Map<string, Route>([
    [authorizationServerPaths.deviceAuthorization, { method: 'POST', answer: byLibrary }],
    [authorizationServerPaths.token, { method: 'POST', answer: byLibrary }],
    [authorizationServerPaths.register, { method: 'POST', answer: byLibrary }],
    [
      authorizationServerPaths.revoke,
      { method: 'POST', answer: (request, response) => revokeToken(request, response, options) },
    ],
    [
      authorizationServerPaths.introspect,
      { method: 'POST', answer: (request, response) => introspectToken(request, response, options) },
    ],
    [authorizationServerPaths.metadata, get(() => authorizationServerMetadata(issuer))],
    [authorizationServerPaths.protectedResource, get(() => protectedResourceMetadata(issuer))],
    [authorizationServerPaths.jwks, get(() => ({ ...options.jwks() }))],
    [authorizationServerPaths.authorize, { method: 'GET', answer: authorize.ask }],
    [authorizationServerPaths.authorizeWait, { method: 'GET', answer: authorize.wait }],
    [authorizationServerPaths.device, { method: 'GET', answer: (request, response) => showPage(request, response) }],
  ]);
}

async function answer(
  routes: ReadonlyMap<string, Route>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const route = routes.get(requestUrl(request).pathname);
  if (route === undefined) return sendJson(response, 404, { error: 'not_found' });
  if (request.method !== route.method) {
    response.setHeader('allow', route.method);
    return sendJson(response, 405, { error: 'method_not_allowed' });
  }
  await route.answer(request, response);
}

function showPage(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, pageHeaders);
  response.end(devicePage(requestUrl(request).searchParams.get('user_code')));
}

function requestUrl(request: IncomingMessage): URL {
  return new URL(request.url?.startsWith('/') ? `http://gateway${request.url}` : 'http://gateway/');
}

/** The library takes a quarter of a second to load: too long for the start, so it is loaded when needed or soon after. */
function lazyLibrary(options: OidcProviderOptions): () => Promise<Provider> {
  let loaded: Promise<Provider> | null = null;
  return () => {
    loaded ??= loadOidcProvider(options);
    return loaded;
  };
}

async function listening(server: Server, address: { path: string } | { host: string; port: number }): Promise<void> {
  server.listen(address);
  await once(server, 'listening');
}
