import { SignJWT } from 'jose';
import * as oauth from 'oauth4webapi';
import { describe, expect, it } from 'vitest';
import { canaryKey } from '#test/fixtures/canary.ts';
import { callerOf } from '#test/unit/control/running-control.ts';
import { browse, type RunningApp, startApp } from './running-app.ts';

const insecure = { [oauth.allowInsecureRequests]: true } as const;
const redirectUri = 'http://127.0.0.1:33418/';

function list(app: RunningApp, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${app.url}/openai/v1/models`, { headers });
}

/** What a client learns that only has the 401. */
async function discover(refused: Response): Promise<{ as: oauth.AuthorizationServer; resource: oauth.ResourceServer }> {
  const challenge = refused.headers.get('www-authenticate') ?? '';
  const address = new URL(/^Bearer .*resource_metadata="([^"]+)"/.exec(challenge)?.[1] ?? 'it names none');
  const resource = (await (await fetch(address)).json()) as oauth.ResourceServer;
  const issuer = new URL(resource.authorization_servers?.[0] ?? 'it names none');
  const answer = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' });
  return { as: await oauth.processDiscoveryResponse(issuer, answer), resource };
}

describe('an MCP client against the running app', () => {
  it('MCP: goes from the 401 to a token by metadata, registration, PKCE and resource alone', async () => {
    const app = await startApp();
    const refused = await list(app);
    expect(refused.status).toBe(401);
    const { as, resource } = await discover(refused);
    expect(resource.resource).toBe(app.url);
    expect(as.code_challenge_methods_supported).toEqual(['S256']);
    const registered = await oauth.processDynamicClientRegistrationResponse(
      await oauth.dynamicClientRegistrationRequest(
        as,
        {
          ...{ client_name: 'An MCP client', redirect_uris: ['http://127.0.0.1/'], scope: 'openid profile' },
          ...{ grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'] },
          token_endpoint_auth_method: 'none',
        },
        insecure,
      ),
    );
    const verifier = oauth.generateRandomCodeVerifier();
    const address = new URL(String(as.authorization_endpoint));
    address.search = new URLSearchParams({
      ...{ client_id: registered.client_id, redirect_uri: redirectUri, response_type: 'code', state: 's' },
      ...{ code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' },
      ...{ resource: resource.resource, scope: (resource.scopes_supported ?? []).join(' ') },
    }).toString();
    const back = oauth.validateAuthResponse(as, registered, await browse(address, () => app.approve()), 's');
    const tokens = await oauth.processAuthorizationCodeResponse(
      as,
      registered,
      await oauth.authorizationCodeGrantRequest(as, registered, oauth.None(), back, redirectUri, verifier, {
        ...insecure,
        additionalParameters: { resource: resource.resource },
      }),
    );
    const claims = JSON.parse(Buffer.from(tokens.access_token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ iss: app.url, aud: app.url, client_id: registered.client_id });
    expect((await list(app, { authorization: `Bearer ${tokens.access_token}` })).status).toBe(200);
  });

  it('MCP: no token is passed through to the provider, and none for another audience is taken', async () => {
    const app = await startApp();
    const token = await tokenOf(app);
    await list(app, { authorization: `Bearer ${token}` });
    const seen = app.upstream.seen.at(-1);
    expect(JSON.stringify(seen?.headers)).not.toContain(token);
    expect(seen?.headers.authorization).toBe(`Bearer ${canaryKey('openai')}`);
    const before = app.upstream.seen.length;
    const [, payload = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const forged = await new SignJWT({ ...claims, aud: 'https://elsewhere.test' })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .sign(new Uint8Array(32));
    expect((await list(app, { authorization: `Bearer ${forged}` })).status).toBe(401);
    expect(app.upstream.seen).toHaveLength(before);
  });

  it('MCP: a bad Origin is 403 at every address, the metadata included', async () => {
    const app = await startApp();
    const origin = 'https://evil.example';
    const paths = ['/openai/v1/models', '/.well-known/oauth-protected-resource', '/oauth/authorize', '/oauth/token'];
    for (const path of paths) {
      const answer = await fetch(app.url + path, { headers: { origin } });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([403, null]);
    }
  });
});

describe('bearer tokens at the running gateway', () => {
  it('RFC 6750 §3: without a token, 401 with a bare challenge', async () => {
    const challenge = (await list(await startApp())).headers.get('www-authenticate') ?? '';
    expect(challenge).toMatch(/^Bearer realm="tollkeeper", resource_metadata="[^"]+"$/);
  });

  it('RFC 6750 §3.1: invalid_token is 401, insufficient_scope 403 and names the scope', async () => {
    const app = await startApp();
    const invalid = await list(app, { authorization: 'Bearer nothing' });
    expect([invalid.status, invalid.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
    ]);
    const token = await tokenOf(app);
    const answer = await fetch(`${app.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: '{"model":"gpt-5-mini","messages":[]}',
    });
    const challenge = answer.headers.get('www-authenticate') ?? '';
    expect(answer.status).toBe(403);
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toMatch(/scope="openai:chat[^"]*"/);
  });

  it('RFC 6750 §2: the address is no place for a token', async () => {
    const app = await startApp();
    const answer = await fetch(`${app.url}/openai/v1/models?access_token=${await tokenOf(app)}`);
    expect(answer.status).toBe(401);
  });

  it('RFC 9728 §5.1: the 401 names metadata whose resource is the gateway', async () => {
    const app = await startApp();
    const { resource, as } = await discover(await list(app));
    expect(resource).toMatchObject({ resource: app.url, authorization_servers: [app.url] });
    expect(as.issuer).toBe(app.url);
  });
});

it('RFC 8594 §3: what a provider says of a service that ends reaches the caller', async () => {
  const app = await startApp();
  const said = {
    sunset: 'Sat, 31 Dec 2028 23:59:59 GMT',
    deprecation: '@1798675200',
    link: '<https://provider.example/retired>; rel="sunset"',
  };
  app.upstream.answer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...said }).end('{"data":[]}');
  });
  const answer = await list(app, { authorization: `Bearer ${await tokenOf(app)}` });
  expect(answer.status).toBe(200);
  for (const [name, value] of Object.entries(said)) expect(answer.headers.get(name)).toBe(value);
});

/** A token that may list models and nothing else. */
async function tokenOf(app: RunningApp): Promise<string> {
  const demand = { tool: 'lister', scopes: ['openai:models'], ttlSeconds: 60, uses: null, budgetMicroUsd: null };
  const { id } = await app.control.perform('request.create', { ...demand, purpose: null }, callerOf());
  const answer = app.control.perform('request.wait', { id }, callerOf());
  await app.approve();
  return (await answer).token;
}
