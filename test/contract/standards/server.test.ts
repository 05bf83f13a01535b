import * as oauth from 'oauth4webapi';
import { describe, expect, it, vi } from 'vitest';
import {
  type AuthorizationBench,
  createBench,
  issuer,
  poll,
  pollError,
  startDevice,
} from '#test/unit/control/authorization-server/authorization-bench.ts';
import { errorOf, obtain, post, refresh, registerClient } from './sign-in.ts';

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';

function register(bench: AuthorizationBench, metadata: object | string): Promise<Response> {
  const body = typeof metadata === 'string' ? metadata : JSON.stringify(metadata);
  return bench.fetch('/oauth/register', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
}

describe('the token endpoint', () => {
  it('RFC 6749 §3.2: takes POST and forms only, and a parameter once', async () => {
    const bench = await createBench();
    const get = await bench.fetch('/oauth/token?grant_type=refresh_token&client_id=tool&refresh_token=x');
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST']);
    const json = await bench.fetch('/oauth/token', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"grant_type":"refresh_token","client_id":"tool","refresh_token":"x"}',
    });
    expect([json.status, await json.json()]).toMatchObject([400, { error: 'invalid_request' }]);
    const twice = await post(bench, '/oauth/token', [
      ['grant_type', 'refresh_token'],
      ['client_id', 'tool'],
      ['refresh_token', 'x'],
      ['refresh_token', 'y'],
    ]);
    expect([twice.status, await twice.json()]).toMatchObject([400, { error: 'invalid_request' }]);
  });

  it('RFC 6749 §5.1: answers JSON that nobody may keep, with what the token is and how long it lasts', async () => {
    const bench = await createBench();
    const device = await startDevice(bench, { scope: 'openai:chat' });
    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    const form = { grant_type: deviceGrant, client_id: 'claude-code', device_code: device.device_code };
    const response = await post(bench, '/oauth/token', form);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      ...{ access_token: expect.any(String), token_type: 'Bearer', expires_in: 900, scope: 'openai:chat' },
    });
  });

  it.each([
    ['no grant type', { client_id: 'tool' }, 400, 'invalid_request'],
    ['the password grant', { grant_type: 'password', client_id: 'tool' }, 400, 'unsupported_grant_type'],
    ['client credentials', { grant_type: 'client_credentials', client_id: 'tool' }, 400, 'unsupported_grant_type'],
    ['a code from a tool that registered nothing', codeForm('tool'), 400, 'unauthorized_client'],
    ['a client nobody registered', codeForm('registered.x'), 401, 'invalid_client'],
    ['no client', { grant_type: 'refresh_token', refresh_token: 'x' }, 400, 'invalid_request'],
    [
      'a device code that never was',
      { grant_type: deviceGrant, client_id: 'tool', device_code: 'x' },
      400,
      'invalid_grant',
    ],
  ])('RFC 6749 §5.2: %s is refused', async (_name, form, status, error) => {
    const bench = await createBench();
    const response = await post(bench, '/oauth/token', form as Record<string, string>);
    expect([response.status, await response.json()]).toMatchObject([status, { error }]);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('RFC 6749 §3.3: tells the scope when less was granted than asked', async () => {
    const bench = await createBench();
    bench.granted = ['openai:models'];
    expect((await obtain(bench, { changes: { scope: 'openai:chat openai:models' } })).tokens.scope).toBe(
      'openai:models',
    );
  });

  it.each(['password', 'client_credentials', 'implicit'])('RFC 9700 §2.4: there is no %s grant', async (grant) => {
    const bench = await createBench();
    expect(bench.as.grant_types_supported).not.toContain(grant);
    expect((await register(bench, { grant_types: [grant], redirect_uris: ['http://127.0.0.1/'] })).status).toBe(400);
    const answer = await post(bench, '/oauth/token', { grant_type: grant, client_id: 'tool' });
    expect(await answer.json()).toMatchObject({ error: 'unsupported_grant_type' });
  });
});

function codeForm(clientId: string): Record<string, string> {
  return { grant_type: 'authorization_code', client_id: clientId, code: 'x', redirect_uri: 'http://127.0.0.1/' };
}

describe('the device grant', () => {
  it('RFC 8628 §3.2: answers with codes, addresses, expiry and interval; the code is the one control was told', async () => {
    const bench = await createBench();
    const device = await startDevice(bench, { scope: 'openai:chat' });
    expect(device).toMatchObject({
      ...{ device_code: expect.any(String), expires_in: 120, interval: 5 },
      verification_uri: `${issuer}/oauth/device`,
      verification_uri_complete: `${issuer}/oauth/device?user_code=${device.user_code}`,
    });
    expect(bench.asked[0]).toMatchObject({ channel: 'device-code', userCode: device.user_code });
  });

  it('RFC 8628 §3.5: authorization_pending, then slow_down for good', async () => {
    const bench = await createBench();
    const { device_code: code } = await startDevice(bench, { scope: 'openai:chat' });
    expect(await pollError(bench, code)).toBe('authorization_pending');
    bench.skewMs += 1_000;
    expect(await pollError(bench, code)).toBe('slow_down');
    bench.skewMs += 6_000;
    expect(await pollError(bench, code)).toBe('slow_down');
    bench.skewMs += 15_000;
    expect(await pollError(bench, code)).toBe('authorization_pending');
  });

  it.each([
    ['denied', 'access_denied'],
    ['expired', 'expired_token'],
  ] as const)('RFC 8628 §3.5: a request that was %s is %s', async (outcome, error) => {
    const bench = await createBench();
    const device = await startDevice(bench, { scope: 'openai:chat' });
    bench.asked[0]?.decide({ outcome });
    expect(await pollError(bench, device.device_code)).toBe(error);
  });

  it('RFC 8628 §3.5: a code that was not redeemed in time is expired_token, a redeemed one invalid_grant', async () => {
    const bench = await createBench();
    const first = await startDevice(bench, { scope: 'openai:chat' });
    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    await poll(bench, first.device_code);
    bench.skewMs += 5_000;
    expect(await pollError(bench, first.device_code)).toBe('invalid_grant');
    const late = await startDevice(bench, { scope: 'openai:chat' });
    bench.asked[1]?.decide({ outcome: 'granted', grantId: 'grant_2' });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 121_000 });
    try {
      expect(await pollError(bench, late.device_code)).toBe('expired_token');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('revocation and introspection', () => {
  it('RFC 7009 §2.1: a refresh token ends its grant, and with it everything of it', async () => {
    const bench = await createBench();
    const { client, tokens } = await obtain(bench);
    const answer = await oauth.revocationRequest(
      bench.as,
      client,
      oauth.None(),
      tokens.refresh_token ?? '',
      bench.options,
    );
    expect(await oauth.processRevocationResponse(answer)).toBeUndefined();
    expect([...bench.ended]).toContain('grant_1');
    expect(await errorOf(refresh(bench, client, tokens.refresh_token))).toBe('invalid_grant');
    expect(bench.reused).toEqual([]);
  });

  it('RFC 7009 §2.2: answers 200 for a token that never was, was used, or has ended', async () => {
    const bench = await createBench();
    const { client, tokens } = await obtain(bench);
    await refresh(bench, client, tokens.refresh_token);
    for (const token of ['nothing', `rt_${'x'.repeat(43)}`, tokens.refresh_token ?? '']) {
      expect((await post(bench, '/oauth/revoke', { client_id: client.client_id, token })).status).toBe(200);
    }
    expect([...bench.ended]).not.toContain('grant_1');
  });

  it.each([
    ['no token', {}, 400, 'invalid_request'],
    ['no client', { client_id: undefined, token: 'x' }, 401, 'invalid_client'],
  ])('RFC 7009 §2.2.1: %s is refused', async (_name, form, status, error) => {
    const bench = await createBench();
    const fields = Object.entries({ client_id: 'tool', ...form }).filter(([, value]) => value !== undefined);
    const response = await post(bench, '/oauth/revoke', fields as [string, string][]);
    expect([response.status, await response.json()]).toMatchObject([status, { error }]);
  });

  it('RFC 7009 §2.1: another client\u2019s refresh token is invalid_grant and stays', async () => {
    const bench = await createBench();
    const { client, tokens } = await obtain(bench);
    const form = { client_id: 'another', token: tokens.refresh_token ?? '' };
    expect(await (await post(bench, '/oauth/revoke', form)).json()).toMatchObject({ error: 'invalid_grant' });
    expect((await refresh(bench, client, tokens.refresh_token)).access_token).not.toBe('');
  });

  it('RFC 7662 §2.1: the caller authenticates with a live token of its own', async () => {
    const bench = await createBench();
    const { tokens } = await obtain(bench);
    for (const authorization of [undefined, 'Bearer nothing', `Basic ${btoa('editor:x')}`]) {
      const response = await bench.fetch('/oauth/introspect', {
        method: 'POST',
        body: new URLSearchParams({ token: tokens.access_token }),
        ...(authorization === undefined ? {} : { headers: { authorization } }),
      });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
  });

  it('RFC 7662 §2.2: a live token is described, access and refresh; any bad one is exactly {"active":false}', async () => {
    const bench = await createBench();
    const { client, tokens } = await obtain(bench);
    const other = await obtain(bench, { grantId: 'grant_2', metadata: { client_name: 'Other' } });
    const ask = async (token: string | undefined): Promise<unknown> => {
      const asBearer: oauth.ClientAuth = (_as, _client, _body, headers) =>
        headers.set('authorization', `Bearer ${tokens.access_token}`);
      const response = await oauth.introspectionRequest(bench.as, client, asBearer, token ?? '', bench.options);
      return oauth.processIntrospectionResponse(bench.as, client, response);
    };
    const shared = { active: true, iss: issuer, sub: 'Editor', client_id: client.client_id, scope: 'openai:chat' };
    expect(await ask(tokens.access_token)).toMatchObject({ ...shared, token_type: 'Bearer', jti: 'tok_0' });
    expect(await ask(tokens.refresh_token)).toEqual({ ...shared, exp: expect.any(Number) });
    const used = tokens.refresh_token;
    await refresh(bench, client, used);
    const bad = [used, 'nothing', other.tokens.access_token, other.tokens.refresh_token, `rt_${'x'.repeat(43)}`];
    for (const token of bad) expect(await ask(token)).toEqual({ active: false });
  });
});

describe('registration', () => {
  it('RFC 7591 §3.2.1: 201 with what was kept, and no secret', async () => {
    const bench = await createBench();
    const response = await register(bench, {
      ...{ client_name: 'Editor', redirect_uris: ['http://127.0.0.1/callback'], software_id: 'e-1' },
      ...{ scope: 'openai:chat', logo_uri: 'https://editor.example/logo.png', unheard_of: true },
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const kept = (await response.json()) as Record<string, unknown>;
    expect(kept).toMatchObject({
      ...{ client_name: 'Editor', redirect_uris: ['http://127.0.0.1/callback'], software_id: 'e-1' },
      ...{ token_endpoint_auth_method: 'none', grant_types: ['authorization_code'], response_types: ['code'] },
      ...{ application_type: 'native', client_id: expect.stringMatching(/^registered\./) },
    });
    for (const member of ['client_secret', 'scope', 'unheard_of']) expect(kept).not.toHaveProperty(member);
  });

  it.each([
    ['no redirect URI', {}, [deviceGrant], []],
    [
      'the code grant without a response type',
      { grant_types: ['authorization_code'] },
      ['authorization_code'],
      ['code'],
    ],
    ['a response type without a grant', { response_types: ['code'] }, ['authorization_code'], ['code']],
  ])('RFC 7591 §2: %s is completed', async (_name, metadata, grants, responses) => {
    const bench = await createBench();
    const withUri = Object.keys(metadata).length === 0 ? {} : { redirect_uris: ['http://127.0.0.1/'] };
    const kept = await (await register(bench, { ...metadata, ...withUri })).json();
    expect(kept).toMatchObject({ grant_types: grants, response_types: responses });
  });

  it.each([
    ['plain http elsewhere', ['http://editor.example/callback']],
    ['https at the loopback address', ['https://127.0.0.1/callback']],
    ['a script', ['javascript:alert(1)']],
    ['a file', ['file:///etc/passwd']],
    ['data', ['data:text/html,x']],
    ['a scheme nobody owns', ['anything:/callback']],
    ['a fragment', ['http://127.0.0.1/#x']],
    ['a user', ['http://user@127.0.0.1/']],
    ['no address', ['callback']],
    ['a number', [7]],
    ['no list', 'http://127.0.0.1/'],
    ['too many', Array.from({ length: 17 }, (_, index) => `http://127.0.0.1/${index}`)],
  ])('RFC 7591 §3.2.2: a redirect URI that is %s is invalid_redirect_uri', async (_name, uris) => {
    const bench = await createBench();
    const response = await register(bench, { redirect_uris: uris });
    const body = (await response.json()) as { readonly error: string };
    expect([response.status, body.error]).toEqual([400, 'invalid_redirect_uri']);
    expect(bench.registered).toEqual([]);
  });

  it.each([
    ['a secret', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['an implicit response', { response_types: ['token'], redirect_uris: ['http://127.0.0.1/'] }],
    ['a name that is no text', { client_name: 7 }],
    ['a name nobody would read', { client_name: 'x'.repeat(2_001) }],
  ])('RFC 7591 §3.2.2: %s is invalid_client_metadata', async (_name, metadata) => {
    const bench = await createBench();
    const response = await register(bench, metadata);
    expect([response.status, await response.json()]).toMatchObject([400, { error: 'invalid_client_metadata' }]);
  });

  it.each(['[]', 'null', '"x"', '{'])('RFC 7591 §3.1: the document %s is refused', async (body) => {
    const bench = await createBench();
    expect((await register(bench, body)).status).toBe(400);
    expect(bench.registered).toEqual([]);
  });
});

describe('metadata', () => {
  it('RFC 8414 §2: says what there is, and nothing that is off', async () => {
    const bench = await createBench();
    expect(bench.as).toMatchObject({
      issuer,
      authorization_endpoint: `${issuer}/oauth/authorize`,
      token_endpoint: `${issuer}/oauth/token`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      code_challenge_methods_supported: ['S256'],
      authorization_details_types_supported: ['ai_gateway'],
      token_endpoint_auth_methods_supported: ['none'],
    });
    expect(bench.as.scopes_supported).toEqual(expect.arrayContaining(['*:chat', 'offline_access']));
    const off = ['userinfo_endpoint', 'end_session_endpoint', 'pushed_authorization_request_endpoint'];
    for (const name of off) expect(bench.as).not.toHaveProperty(name);
  });

  it('RFC 8414 §2: each grant type that is listed is known to the token endpoint', async () => {
    const bench = await createBench();
    for (const grantType of bench.as.grant_types_supported ?? []) {
      const response = await post(bench, '/oauth/token', { grant_type: grantType, client_id: 'tool' });
      const body = (await response.json()) as { readonly error: string };
      expect(['invalid_request', 'unauthorized_client']).toContain(body.error);
    }
    expect(bench.as.grant_types_supported).toEqual(
      expect.arrayContaining(['authorization_code', 'refresh_token', deviceGrant]),
    );
  });

  it('RFC 8414 §2: each endpoint that is listed answers, and with another method says which it takes', async () => {
    const bench = await createBench();
    const endpoints = Object.entries(bench.as).filter(([name]) => /_(endpoint|uri)$/.test(name));
    expect(endpoints.length).toBeGreaterThanOrEqual(7);
    for (const [name, address] of endpoints) {
      const { pathname } = new URL(String(address));
      const response = await bench.fetch(pathname, { method: 'PUT' });
      expect([name, response.status]).toEqual([name, 405]);
      const right = await bench.fetch(pathname, { method: response.headers.get('allow') ?? '', redirect: 'manual' });
      expect([404, 405, 500]).not.toContain(right.status);
    }
  });

  it('RFC 9728 §3.2: the resource is the gateway, and its authorization server this one', async () => {
    const bench = await createBench();
    const response = await oauth.resourceDiscoveryRequest(new URL(issuer), bench.options);
    expect(await oauth.processResourceDiscoveryResponse(new URL(issuer), response)).toMatchObject({
      ...{ resource: issuer, authorization_servers: [issuer], bearer_methods_supported: ['header'] },
      scopes_supported: ['*:chat', '*:models'],
    });
  });

  it('RFC 9728 §2: a client that asks for the scopes it lists is understood', async () => {
    const bench = await createBench();
    const resource = (await (await bench.fetch('/.well-known/oauth-protected-resource')).json()) as {
      readonly scopes_supported: readonly string[];
    };
    await obtain(bench, { changes: { scope: resource.scopes_supported.join(' ') } });
    expect(bench.asked[0]?.demand.scopes).toEqual(['*:chat', '*:models']);
    await startDevice(bench, { scope: (bench.as.scopes_supported ?? []).join(' ') });
    expect(bench.asked[1]?.demand.scopes).toContain('*:batches');
  });
});

it('RFC 7591 §5: a name is a claim: the same one twice is two clients, and neither learns of the other', async () => {
  const bench = await createBench();
  const [one, two] = [await registerClient(bench), await registerClient(bench)];
  expect(one.client_id).not.toBe(two.client_id);
  expect((await bench.fetch(`/oauth/register/${one.client_id}`)).status).toBe(404);
});
