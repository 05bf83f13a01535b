import { createLocalJWKSet, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { describe, expect, it } from 'vitest';
import { TollkeeperError } from '#shared/model/error.ts';
import { createBench, issuer } from '#test/unit/control/authorization-server/authorization-bench.ts';
import {
  accepted,
  begin,
  callback,
  errorOf,
  locationOf,
  nextOf,
  obtain,
  open,
  post,
  prepare,
  redeem,
  redirectUri,
  registerClient,
} from './sign-in.ts';

const granted = { outcome: 'granted', grantId: 'grant_1' } as const;

describe('the code flow', () => {
  it('RFC 6749 §4.1: a strict client gets its token by code, PKCE and resource', async () => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench), { scope: 'openai:chat:gpt-5* *:models' });
    const page = await begin(bench, signIn);
    expect(bench.asked[0]).toMatchObject({
      ...{ channel: 'browser', process: null, userCode: null },
      demand: { tool: 'Editor', scopes: ['openai:chat:gpt-5*', '*:models'] },
    });
    bench.asked[0]?.decide(granted);
    const at = locationOf(await open(bench, nextOf(page)));
    expect(at.href.split('?')[0]).toBe(redirectUri);
    const tokens = await redeem(bench, signIn, accepted(bench, signIn, at));
    expect(tokens).toMatchObject({ token_type: 'bearer', scope: 'openai:chat:gpt-5* *:models', expires_in: 900 });
    const jwks = await (await bench.fetch('/.well-known/jwks.json')).json();
    const { payload } = await jwtVerify(tokens.access_token, createLocalJWKSet(jwks), { issuer, audience: issuer });
    expect(payload).toMatchObject({ sub: 'Editor', client_id: signIn.client.client_id, grant_id: 'grant_1' });
  });

  it('RFC 6749 §4.1.1: the page only waits, says who asks, for what and with which code, and can do nothing', async () => {
    const bench = await createBench();
    const client = await registerClient(bench, { client_name: '<b>Editor</b> & "co"' });
    const page = await begin(bench, await prepare(client));
    const text = await page.text();
    expect(page.status).toBe(200);
    expect(text).toContain('&#60;b&#62;Editor&#60;/b&#62; &#38; &#34;co&#34;');
    for (const part of ['openai:chat', 'BCDF-CXYZ', 'http://127.0.0.1:43117']) expect(text).toContain(part);
    expect(text).not.toMatch(/<script|<form|<input|<button|<a |<iframe|\son\w+=/i);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/script-src|unsafe/);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('set-cookie')).toBeNull();
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('RFC 6749 §4.1.1: waiting changes nothing, and the page that waits goes on until there is an answer', async () => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench));
    const next = nextOf(await begin(bench, signIn));
    for (let turn = 0; turn < 3; turn += 1) {
      const page = await open(bench, next);
      expect([page.status, nextOf(page)]).toEqual([200, next]);
    }
    expect(bench.asked).toHaveLength(1);
    bench.asked[0]?.decide(granted);
    const first = locationOf(await open(bench, next));
    expect(locationOf(await open(bench, next)).href).toBe(first.href);
    expect((await open(bench, '/oauth/authorize/wait?ticket=unknown')).status).toBe(400);
  });

  it.each([
    ['denied', 'access_denied'],
    ['expired', 'access_denied'],
  ] as const)('RFC 6749 §4.1.2.1: a request that was %s ends with %s', async (outcome, error) => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench));
    const at = await callback(bench, signIn, { outcome });
    expect(at.searchParams.get('code')).toBeNull();
    expect(await errorOf(Promise.resolve().then(() => accepted(bench, signIn, at)))).toBe(error);
  });

  it.each([
    ['no response type', { response_type: undefined }, 'invalid_request'],
    ['the implicit flow', { response_type: 'token' }, 'unsupported_response_type'],
    ['a hybrid flow', { response_type: 'code id_token' }, 'unsupported_response_type'],
    ['another response mode', { response_mode: 'fragment' }, 'invalid_request'],
    ['no scope', { scope: undefined }, 'invalid_scope'],
    ['a scope of another shape', { scope: 'openid profile' }, 'invalid_scope'],
    ['a bad parameter of ours', { tollkeeper_ttl: 'soon' }, 'invalid_request'],
    ['a request object', { request: 'eyJ' }, 'request_not_supported'],
    ['a request by address', { request_uri: 'https://x.test/' }, 'request_uri_not_supported'],
  ])('RFC 6749 §4.1.2.1: %s goes back to the client and asks nobody', async (_name, changes, error) => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench), changes);
    const at = locationOf(await begin(bench, signIn));
    expect(await errorOf(Promise.resolve().then(() => accepted(bench, signIn, at)))).toBe(error);
    expect(bench.asked).toEqual([]);
  });

  it('RFC 6749 §3.1: a parameter without a value was not sent, and one that nobody knows is left alone', async () => {
    const bench = await createBench();
    const empty = { authorization_details: '', state: '', resource: '', response_mode: '', prompt: 'consent' };
    const page = await begin(bench, await prepare(await registerClient(bench), empty));
    expect([page.status, bench.asked]).toMatchObject([200, [{ demand: { scopes: ['openai:chat'] } }]]);
    bench.asked[0]?.decide(granted);
    expect([...locationOf(await open(bench, nextOf(page))).searchParams.keys()]).toEqual(['code', 'iss']);
  });

  it('RFC 6749 §4.1.2.1: a parameter that comes twice is invalid_request', async () => {
    const bench = await createBench();
    const { parameters } = await prepare(await registerClient(bench));
    const twice = await open(bench, `/oauth/authorize?${new URLSearchParams(parameters)}&scope=anthropic:chat`);
    expect(locationOf(twice).searchParams.get('error')).toBe('invalid_request');
    expect(bench.asked).toEqual([]);
  });

  it('RFC 6749 §4.1.2.1: a client that did not register the code flow is unauthorized_client', async () => {
    const bench = await createBench();
    const client = await registerClient(bench, {
      grant_types: ['urn:ietf:params:oauth:grant-type:device_code'],
      response_types: [],
    });
    const at = locationOf(await begin(bench, await prepare(client)));
    expect(at.searchParams.get('error')).toBe('unauthorized_client');
    expect(bench.asked).toEqual([]);
  });

  it.each([
    ['vault_locked', 'temporarily_unavailable'],
    ['rate_limited', 'temporarily_unavailable'],
    ['tool_silenced', 'access_denied'],
  ] as const)('RFC 6749 §4.1.2.1: while control says %s, the client hears %s', async (code, error) => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench));
    bench.refusal = new TollkeeperError(code);
    expect(locationOf(await begin(bench, signIn)).searchParams.get('error')).toBe(error);
    expect(bench.log).toEqual([`authorize-request-failed {"code":"${code}"}`]);
  });

  it.each([
    ['an unknown client', { client_id: 'registered.nobody' }],
    ['a client that registered nothing', { client_id: 'claude-code' }],
    ['no client', { client_id: undefined }],
    ['no redirect URI', { redirect_uri: undefined }],
    ['another redirect URI', { redirect_uri: 'http://127.0.0.1:43117/other' }],
    ['another host', { redirect_uri: 'https://evil.example/callback' }],
    ['a redirect URI with more to it', { redirect_uri: 'http://127.0.0.1/callback?next=x' }],
  ])('RFC 6749 §3.1.2.4: %s gets a page and is sent nowhere', async (_name, changes) => {
    const bench = await createBench();
    const response = await begin(bench, await prepare(await registerClient(bench), changes));
    expect(response.status).toBe(400);
    expect(response.headers.get('location')).toBeNull();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(bench.asked).toEqual([]);
  });
});

describe('the code', () => {
  it('RFC 6749 §4.1.2: works once; a second use ends the grant', async () => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench));
    const parameters = accepted(bench, signIn, await callback(bench, signIn, granted));
    await redeem(bench, signIn, parameters);
    expect(await errorOf(redeem(bench, signIn, parameters))).toBe('invalid_grant');
    expect(bench.reused).toEqual([
      { grantId: 'grant_1', clientId: signIn.client.client_id, what: 'authorization-code' },
    ]);
  });

  it('RFC 6749 §4.1.2: is of no use to another client, with another redirect URI, too late or unknown', async () => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench));
    const other = await registerClient(bench);
    const parameters = accepted(bench, signIn, await callback(bench, signIn, granted));
    const elsewhere = { ...signIn, parameters: { ...signIn.parameters, redirect_uri: 'http://127.0.0.1:1/callback' } };
    expect(await errorOf(redeem(bench, elsewhere, parameters))).toBe('invalid_grant');
    const unknown = { code: 'x', redirect_uri: redirectUri, code_verifier: signIn.verifier };
    const asOther = { ...unknown, code: parameters.get('code') ?? '', client_id: other.client_id };
    for (const form of [asOther, { ...unknown, client_id: signIn.client.client_id }]) {
      const response = await post(bench, '/oauth/token', { grant_type: 'authorization_code', ...form });
      expect([response.status, await response.json()]).toMatchObject([400, { error: 'invalid_grant' }]);
    }
    bench.skewMs += 60_001;
    expect(await errorOf(redeem(bench, signIn, parameters))).toBe('invalid_grant');
    expect([bench.tokens.size, bench.reused]).toEqual([0, []]);
  });

  it('RFC 6749 §4.1.3: code, redirect_uri and code_verifier are needed', async () => {
    const bench = await createBench();
    const { client_id: clientId } = await registerClient(bench);
    const whole = { code: 'x', redirect_uri: redirectUri, code_verifier: 'y'.repeat(43) };
    for (const name of Object.keys(whole)) {
      const form = Object.entries({ grant_type: 'authorization_code', client_id: clientId, ...whole });
      const response = await post(
        bench,
        '/oauth/token',
        form.filter(([field]) => field !== name),
      );
      expect(await response.json()).toMatchObject({ error: 'invalid_request' });
    }
  });

  it('stays good when no token could be signed just now, and is none once the grant has ended', async () => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench));
    const parameters = accepted(bench, signIn, await callback(bench, signIn, granted));
    bench.issueFailure = new TollkeeperError('vault_locked');
    expect(await errorOf(redeem(bench, signIn, parameters))).toBe('temporarily_unavailable');
    bench.issueFailure = null;
    expect((await redeem(bench, signIn, parameters)).access_token).not.toBe('');

    const late = await prepare(signIn.client, { state: 'another' });
    const at = await callback(bench, late, { outcome: 'granted', grantId: 'grant_ended' });
    expect(await errorOf(redeem(bench, late, accepted(bench, late, at)))).toBe('invalid_grant');
  });

  it('goes to one of a hundred who bring it at once, and ends the grant', async () => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench));
    const parameters = accepted(bench, signIn, await callback(bench, signIn, granted));
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => errorOf(redeem(bench, signIn, parameters))));
    expect(outcomes.filter((outcome) => outcome === 'no error').length).toBeLessThanOrEqual(1);
    expect(bench.tokens.size).toBeLessThanOrEqual(1);
    expect(bench.ended.has('grant_1')).toBe(true);
  });
});

describe('PKCE', () => {
  it.each([
    ['no challenge', { code_challenge: undefined }],
    ['no method, which means plain', { code_challenge_method: undefined }],
    ['plain', { code_challenge_method: 'plain' }],
    ['a challenge that is no SHA-256', { code_challenge: 'short' }],
  ])('RFC 7636 §4.4.1: %s is invalid_request', async (_name, changes) => {
    const bench = await createBench();
    const at = locationOf(await begin(bench, await prepare(await registerClient(bench), changes)));
    expect(at.searchParams.get('error')).toBe('invalid_request');
    expect(bench.asked).toEqual([]);
  });

  it('RFC 7636 §4.6: another verifier is invalid_grant and leaves the code to its owner', async () => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench));
    const parameters = accepted(bench, signIn, await callback(bench, signIn, granted));
    const thief = { ...signIn, verifier: oauth.generateRandomCodeVerifier() };
    expect(await errorOf(redeem(bench, thief, parameters))).toBe('invalid_grant');
    expect((await redeem(bench, signIn, parameters)).access_token).not.toBe('');
  });
});

describe('a page that opens the sign-in again and again', () => {
  it('RFC 6749 §10.12: is shown the same request while it waits', async () => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench));
    let letThrough: () => void = () => undefined;
    bench.gate = new Promise((resolve) => {
      letThrough = resolve;
    });
    const begun = Array.from({ length: 20 }, () => begin(bench, signIn));
    for (let turn = 0; turn < 10; turn += 1) await bench.fetch('/.well-known/jwks.json');
    letThrough();
    const pages = await Promise.all(begun);
    expect(new Set([...pages, await begin(bench, signIn)].map(nextOf)).size).toBe(1);
    expect(bench.asked).toHaveLength(1);
  });

  it('RFC 6749 §10.12: may have three of one client wait, and open ten a minute', async () => {
    const bench = await createBench();
    const client = await registerClient(bench);
    const errors: (string | null)[] = [];
    const ask = async (state: string) => {
      const response = await begin(bench, await prepare(client, { state }));
      errors.push(response.status === 200 ? null : locationOf(response).searchParams.get('error'));
    };
    for (const state of ['1', '2', '3', '4']) await ask(state);
    expect(errors).toEqual([null, null, null, 'temporarily_unavailable']);
    for (let turn = 0; turn < 10; turn += 1) {
      for (const entry of bench.asked) entry.decide({ outcome: 'denied' });
      await open(bench, '/oauth/authorize/wait?ticket=x');
      await ask(`again ${turn}`);
    }
    expect(errors.filter((error) => error === null)).toHaveLength(10);
    bench.skewMs += 60_000;
    for (const entry of bench.asked) entry.decide({ outcome: 'denied' });
    await open(bench, '/oauth/authorize/wait?ticket=x');
    await ask('later');
    expect(errors.at(-1)).toBeNull();
  });

  it('RFC 6749 §10.12: asks nobody when a browser only fetches it ahead', async () => {
    const bench = await createBench();
    const { parameters } = await prepare(await registerClient(bench));
    const response = await bench.fetch(`/oauth/authorize?${new URLSearchParams(parameters)}`, {
      headers: { 'sec-purpose': 'prefetch;prerender' },
    });
    expect([response.status, bench.asked]).toEqual([400, []]);
  });
});

describe('a restart', () => {
  it('loses neither the client, nor what was allowed, nor the code that waits to be redeemed', async () => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench));
    const next = nextOf(await begin(bench, signIn));
    bench.asked[0]?.decide(granted);
    await open(bench, next);
    await bench.restart(true);
    const parameters = accepted(bench, signIn, locationOf(await open(bench, next)));
    await bench.restart(true);
    const tokens = await redeem(bench, signIn, parameters);
    await bench.restart(true);
    expect(await errorOf(redeem(bench, signIn, parameters))).toBe('invalid_grant');
    expect(tokens.access_token).not.toBe('');
    expect(bench.reused).toHaveLength(1);
  });

  it('tells the client of a request that was not answered before it', async () => {
    const bench = await createBench();
    const signIn = await prepare(await registerClient(bench));
    const next = nextOf(await begin(bench, signIn));
    await bench.restart(true);
    expect(locationOf(await open(bench, next)).searchParams.get('error')).toBe('temporarily_unavailable');
  });
});

it('RFC 9700 §2.1.2: what the code flow gives in an address is never a token', async () => {
  const bench = await createBench();
  const signIn = await prepare(await registerClient(bench));
  const at = await callback(bench, signIn, granted);
  expect([...at.searchParams.keys()].sort()).toEqual(['code', 'iss', 'state']);
  expect(at.hash).toBe('');
  const { tokens } = await obtain(bench, { grantId: 'grant_2' });
  expect(at.href).not.toContain(tokens.access_token);
});
