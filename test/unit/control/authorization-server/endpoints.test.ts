import { statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import * as oauth from 'oauth4webapi';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { authorizationServerPaths } from '#shared/contract/http.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { type AuthorizationBench, createBench, issuer, poll, pollError, startDevice } from './authorization-bench.ts';

async function obtainToken(bench: AuthorizationBench, clientId = 'claude-code', grantId = 'grant_1'): Promise<string> {
  const device = await startDevice(bench, { scope: 'openai:chat' }, clientId);
  bench.asked.at(-1)?.decide({ outcome: 'granted', grantId });
  return (await poll(bench, device.device_code, clientId)).access_token;
}

function post(bench: AuthorizationBench, path: string, form: Record<string, string>): Promise<Response> {
  return bench.fetch(path, { method: 'POST', body: new URLSearchParams(form) });
}

function register(bench: AuthorizationBench, metadata: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return bench.fetch('/oauth/register', { method: 'POST', headers, body: JSON.stringify(metadata) });
}

describe('metadata', () => {
  it('names the endpoints that exist, and only those', async () => {
    const bench = await createBench();
    expect(bench.as).toMatchObject({
      issuer,
      token_endpoint: `${issuer}/oauth/token`,
      device_authorization_endpoint: `${issuer}/oauth/device_authorization`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      introspection_endpoint: `${issuer}/oauth/introspect`,
      registration_endpoint: `${issuer}/oauth/register`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      grant_types_supported: expect.arrayContaining([
        'authorization_code',
        'refresh_token',
        'urn:ietf:params:oauth:grant-type:device_code',
      ]),
      token_endpoint_auth_methods_supported: ['none'],
    });
    const endpoints = Object.entries(bench.as).filter(([name]) => name.endsWith('_endpoint'));
    for (const [name, address] of endpoints) {
      const wrong = name === 'authorization_endpoint' ? { method: 'POST' } : {};
      expect((await bench.fetch(new URL(String(address)).pathname, wrong)).status).toBe(405);
    }
    expect(endpoints).toHaveLength(6);
  });

  it('describes the gateway as the resource', async () => {
    const bench = await createBench();
    const response = await oauth.resourceDiscoveryRequest(new URL(issuer), bench.options);
    expect(await oauth.processResourceDiscoveryResponse(new URL(issuer), response)).toMatchObject({
      resource: issuer,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
    });
  });

  it('publishes public keys and nothing of a private one', async () => {
    const bench = await createBench();
    const { keys } = (await (await bench.fetch('/.well-known/jwks.json')).json()) as { keys: object[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });
});

describe('revocation', () => {
  it('ends the token of the client that asks, and answers the same for one it does not know', async () => {
    const bench = await createBench();
    const token = await obtainToken(bench);
    for (const value of [token, token, 'no-such-token']) {
      const client = { client_id: 'claude-code' };
      const response = await oauth.revocationRequest(bench.as, client, oauth.None(), value, bench.options);
      expect(await oauth.processRevocationResponse(response)).toBeUndefined();
      expect(bench.tokens.size).toBe(0);
    }
  });

  it.each([
    ['another client', { client_id: 'codex' }, 400, 'invalid_grant'],
    ['no client', {}, 401, 'invalid_client'],
    ['a client that is no name', { client_id: 'a/b' }, 401, 'invalid_client'],
  ])('is refused to %s', async (_name, client, status, error) => {
    const bench = await createBench();
    const response = await post(bench, '/oauth/revoke', { ...client, token: await obtainToken(bench) });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error });
    expect(bench.tokens.size).toBe(1);
  });
});

describe('introspection', () => {
  async function introspect(bench: AuthorizationBench, caller: string, token: string): Promise<unknown> {
    const asBearer: oauth.ClientAuth = (_as, _client, _body, headers) =>
      headers.set('authorization', `Bearer ${caller}`);
    const client = { client_id: 'claude-code' };
    const response = await oauth.introspectionRequest(bench.as, client, asBearer, token, bench.options);
    return oauth.processIntrospectionResponse(bench.as, client, response);
  }

  it('describes a live token to the tool that holds one', async () => {
    const bench = await createBench();
    const token = await obtainToken(bench);
    expect(await introspect(bench, token, token)).toEqual({
      active: true,
      iss: issuer,
      aud: issuer,
      sub: 'claude-code',
      client_id: 'claude-code',
      scope: 'openai:chat',
      token_type: 'Bearer',
      iat: expect.any(Number),
      exp: expect.any(Number),
      jti: 'tok_0',
    });
  });

  it('says exactly that every other token is not active', async () => {
    const bench = await createBench();
    const own = await obtainToken(bench);
    const foreign = await obtainToken(bench, 'codex', 'grant_2');
    expect(await introspect(bench, own, foreign)).toEqual({ active: false });
    expect(await introspect(bench, own, 'no-such-token')).toEqual({ active: false });
    expect(await introspect(bench, own, `${own.slice(0, -2)}AA`)).toEqual({ active: false });
  });

  it('is refused without a live token of the caller\u2019s own', async () => {
    const bench = await createBench();
    const token = await obtainToken(bench);
    for (const authorization of [undefined, 'Bearer no-such-token', `Basic ${btoa('claude-code:x')}`]) {
      const response = await bench.fetch('/oauth/introspect', {
        method: 'POST',
        body: new URLSearchParams({ token, client_id: 'claude-code' }),
        ...(authorization === undefined ? {} : { headers: { authorization } }),
      });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(await response.json()).not.toHaveProperty('active');
    }
  });
});

describe('registration', () => {
  it('takes a public native client, whose name is a claim', async () => {
    const bench = await createBench();
    const response = await oauth.dynamicClientRegistrationRequest(
      bench.as,
      { client_name: 'My Agent', grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] },
      bench.options,
    );
    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const client = await oauth.processDynamicClientRegistrationResponse(response);
    expect(client).toMatchObject({
      client_name: 'My Agent',
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    });
    expect(client).not.toHaveProperty('client_secret');
    expect(bench.registered).toEqual([{ clientId: client.client_id, name: 'My Agent' }]);

    await bench.restart(true);
    const device = await startDevice(bench, { scope: 'openai:chat' }, client.client_id);
    expect(bench.asked[0]?.demand.tool).toBe('My Agent');
    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    expect((await poll(bench, device.device_code, client.client_id)).scope).toBe('openai:chat');
    expect((await post(bench, '/oauth/revoke', { client_id: client.client_id, token: 'x' })).status).toBe(200);
  });

  it('shows the id of a client whose name cannot be shown', async () => {
    const bench = await createBench();
    const response = await bench.fetch('/oauth/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name: 'Claude\u202e Code\n' }),
    });
    const { client_id: clientId } = (await response.json()) as { client_id: string };
    await startDevice(bench, { scope: 'openai:chat' }, clientId);
    expect(bench.asked[0]?.demand.tool).toBe(clientId);
    expect(bench.registered[0]?.name).toBe(clientId);
  });

  it('loads nothing from an address that a client names', async () => {
    const bench = await createBench();
    const load = vi.spyOn(globalThis, 'fetch');
    onTestFinished(() => load.mockRestore());
    const response = await register(bench, { sector_identifier_uri: 'https://127.0.0.1:1/clients.json' });
    expect(response.status).toBe(400);
    expect(load.mock.calls.map(([url]) => new URL(String(url)).pathname)).toEqual(['/oauth/register']);
  });

  it('takes only so many a minute', async () => {
    const bench = await createBench();
    const statuses: number[] = [];
    for (let turn = 0; turn < 11; turn += 1) statuses.push((await register(bench, { client_name: 'x' })).status);
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 201), 429]);
    const refused = await register(bench, { client_name: 'x' });
    expect(await refused.json()).toMatchObject({ error: 'slow_down' });
    expect(refused.headers.get('retry-after')).toBe('60');
    bench.skewMs += 60_000;
    expect((await register(bench, { client_name: 'x' })).status).toBe(201);
    expect(bench.registered).toHaveLength(11);
  });

  it('keeps only so many that were allowed nothing, and forgets the oldest of those', async () => {
    const bench = await createBench();
    const newId = async (): Promise<string> =>
      ((await (await register(bench, { client_name: 'x' })).json()) as { client_id: string }).client_id;
    const allowed = await newId();
    const { device_code: code } = await startDevice(bench, { scope: 'openai:chat' }, allowed);
    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code, client_id: allowed };
    expect((await post(bench, '/oauth/token', form)).status).toBe(200);
    const ids: string[] = [];
    for (let turn = 0; turn < 201; turn += 1) {
      if (turn % 10 === 0) bench.skewMs += 60_000;
      ids.push(await newId());
    }
    const knows = async (clientId: string | undefined) =>
      (await post(bench, '/oauth/revoke', { client_id: clientId ?? '', token: 'x' })).status;
    expect([await knows(ids[0]), await knows(ids[1]), await knows(ids[200])]).toEqual([401, 200, 200]);
    expect(await knows(allowed)).toBe(200);
  });

  it.each([
    ['a secret', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['the implicit grant', { grant_types: ['implicit'], redirect_uris: ['http://127.0.0.1/'] }],
    ['the password grant', { grant_types: ['password'] }],
    ['an implicit response', { response_types: ['token'], redirect_uris: ['http://127.0.0.1/'] }],
  ])('is refused to a client that wants %s', async (_name, metadata) => {
    const bench = await createBench();
    const response = await bench.fetch('/oauth/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(metadata),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: 'invalid_client_metadata' });
    expect(bench.registered).toEqual([]);
  });
});

describe('the token endpoint', () => {
  it.each([
    ['an unknown grant', { grant_type: 'password', client_id: 'tool' }, 400, 'unsupported_grant_type'],
    ['client credentials', { grant_type: 'client_credentials', client_id: 'tool' }, 400, 'unsupported_grant_type'],
    ['no grant', { client_id: 'tool' }, 400, 'invalid_request'],
    [
      'no code',
      { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: 'tool' },
      400,
      'invalid_request',
    ],
    [
      'a client that is no name',
      { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: 'a/b', device_code: 'x' },
      401,
      'invalid_client',
    ],
  ])('refuses %s', async (_name, form, status, error) => {
    const bench = await createBench();
    const response = await post(bench, '/oauth/token', form as Record<string, string>);
    expect(response.status).toBe(status);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ error });
  });

  it('answers a browser in JSON too, and lets no origin read it', async () => {
    const bench = await createBench();
    const response = await bench.fetch('/oauth/token', {
      method: 'POST',
      headers: { accept: 'text/html', origin: 'https://evil.test' },
      body: new URLSearchParams({ grant_type: 'password', client_id: 'tool' }),
    });
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('the device endpoint', () => {
  it('takes only so many requests a minute, and asks nobody about the rest', async () => {
    const bench = await createBench();
    const ask = () => post(bench, '/oauth/device_authorization', { client_id: 'tool', scope: 'openai:chat' });
    const statuses: number[] = [];
    for (let turn = 0; turn < 31; turn += 1) statuses.push((await ask()).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(30);
    expect(statuses.at(-1)).toBe(429);
    expect(bench.asked).toHaveLength(30);
  });
});

describe('the verification page', () => {
  it('shows the code and changes nothing', async () => {
    const bench = await createBench();
    const device = await startDevice(bench, { scope: 'openai:chat' });
    const response = await bench.fetch(`/oauth/device?user_code=${device.user_code}`);
    const page = await response.text();
    expect(response.status).toBe(200);
    expect(page).toContain(device.user_code);
    expect(page).not.toMatch(/<script|<form|<input|<button|<a /);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await pollError(bench, device.device_code)).toBe('authorization_pending');
    expect((await post(bench, '/oauth/device', { user_code: device.user_code })).status).toBe(405);
  });

  it('shows nothing that has not the form of a code', async () => {
    const bench = await createBench();
    const page = await (await bench.fetch('/oauth/device?user_code=%3Cscript%3Ealert(1)%3C/script%3E')).text();
    expect(page).not.toContain('alert');
  });
});

describe('the server', () => {
  it('answers only its own paths', async () => {
    const bench = await createBench();
    const unknown = [
      '/',
      '/oauth/authorize/',
      '/oauth/token/',
      '/.well-known/openid-configuration',
      '/oauth/register/x',
    ];
    for (const path of unknown) expect((await bench.fetch(path)).status).toBe(404);
    const options = await bench.fetch(authorizationServerPaths.token, { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('refuses a form that is none, comes twice or is too long', async () => {
    const bench = await createBench();
    const revoke = (body: string, type = 'application/x-www-form-urlencoded') =>
      bench.fetch('/oauth/revoke', { method: 'POST', body, headers: { 'content-type': type } });
    expect((await revoke('{}', 'application/json')).status).toBe(400);
    expect((await revoke('token=a&token=b&client_id=c')).status).toBe(400);
    expect((await revoke(`client_id=c&token=${'x'.repeat(70_000)}`)).status).toBe(413);
  });

  it('listens on a socket that only its user can open, in place of a stale one', async () => {
    const bench = await createBench();
    await bench.server.close();
    const path = join(temporaryFolder(), 'authorization.sock');
    writeFileSync(path, '');
    await bench.server.listen(path);
    onTestFinished(() => bench.server.close());
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const status = await new Promise((resolve, reject) => {
      request({ socketPath: path, path: '/.well-known/jwks.json' }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });

  it('writes nothing to standard output or error', async () => {
    const spies = (['info', 'log', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));
    const bench = await createBench();
    await obtainToken(bench);
    await post(bench, '/oauth/token', { grant_type: 'password', client_id: 'tool' });
    expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([]);
  });
});
