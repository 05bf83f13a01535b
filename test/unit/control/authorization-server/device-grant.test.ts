import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, it, vi } from 'vitest';
import { TollkeeperError } from '#shared/model/error.ts';
import { createBench, issuer, poll, pollError, startDevice } from './authorization-bench.ts';

describe('the device grant', () => {
  it('gives the token once, signed for this gateway, after control has allowed it', async () => {
    const bench = await createBench();
    const device = await startDevice(bench, { scope: 'openai:chat:gpt-5* *:models' });
    expect(device).toMatchObject({
      verification_uri: `${issuer}/oauth/device`,
      verification_uri_complete: `${issuer}/oauth/device?user_code=${device.user_code}`,
      interval: 5,
      expires_in: 120,
    });
    expect(device.user_code).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
    expect(bench.asked[0]).toMatchObject({
      userCode: device.user_code,
      demand: {
        tool: 'claude-code',
        scopes: ['openai:chat:gpt-5*', '*:models'],
        ttlSeconds: 900,
        uses: null,
        budgetMicroUsd: null,
        purpose: null,
      },
    });
    expect(await pollError(bench, device.device_code)).toBe('authorization_pending');

    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    bench.skewMs += 5_000;
    const answer = await poll(bench, device.device_code);
    expect(answer).toMatchObject({ token_type: 'bearer', expires_in: 900, scope: 'openai:chat:gpt-5* *:models' });

    const jwks = await (await bench.fetch('/.well-known/jwks.json')).json();
    const { payload } = await jwtVerify(answer.access_token, createLocalJWKSet(jwks), {
      typ: 'at+jwt',
      algorithms: ['ES256'],
      issuer,
      audience: issuer,
      requiredClaims: ['sub', 'client_id', 'scope', 'iat', 'exp', 'jti'],
    });
    expect(payload).toMatchObject({ sub: 'claude-code', client_id: 'claude-code', grant_id: 'grant_1' });

    bench.skewMs += 5_000;
    expect(await pollError(bench, device.device_code)).toBe('invalid_grant');
  });

  it('tells what was granted when that is narrower than what was asked', async () => {
    const bench = await createBench();
    const device = await startDevice(bench, { scope: 'openai:chat anthropic:chat' });
    bench.granted = ['anthropic:chat'];
    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    expect((await poll(bench, device.device_code)).scope).toBe('anthropic:chat');
  });

  it('slows a client down for good when it polls too fast', async () => {
    const bench = await createBench();
    const { device_code: code } = await startDevice(bench, { scope: 'openai:chat' });
    expect(await pollError(bench, code)).toBe('authorization_pending');
    bench.skewMs += 2_000;
    expect(await pollError(bench, code)).toBe('slow_down');
    bench.skewMs += 6_000;
    expect(await pollError(bench, code)).toBe('slow_down');
    bench.skewMs += 14_000;
    expect(await pollError(bench, code)).toBe('slow_down');
    bench.skewMs += 20_000;
    expect(await pollError(bench, code)).toBe('authorization_pending');
  });

  it('answers access_denied when the request was denied, and expired_token when nobody answered', async () => {
    const bench = await createBench();
    const denied = await startDevice(bench, { scope: 'openai:chat' });
    bench.asked[0]?.decide({ outcome: 'denied' });
    expect(await pollError(bench, denied.device_code)).toBe('access_denied');
    const expired = await startDevice(bench, { scope: 'openai:chat' });
    bench.asked[1]?.decide({ outcome: 'expired' });
    expect(await pollError(bench, expired.device_code)).toBe('expired_token');
  });

  it('expires a code that was granted but not collected in time', async () => {
    const bench = await createBench();
    const device = await startDevice(bench, { scope: 'openai:chat' });
    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    const later = Date.now() + 121_000;
    vi.useFakeTimers({ toFake: ['Date'], now: later });
    try {
      expect(await pollError(bench, device.device_code)).toBe('expired_token');
    } finally {
      vi.useRealTimers();
    }
  });

  it('gives one token to two polls that come at once', async () => {
    const bench = await createBench();
    const device = await startDevice(bench, { scope: 'openai:chat' });
    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    const outcomes = await Promise.allSettled([poll(bench, device.device_code), poll(bench, device.device_code)]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(bench.tokens.size).toBe(1);
  });

  it('gives nothing to another client, for an unknown code, or for a grant that has ended', async () => {
    const bench = await createBench();
    const device = await startDevice(bench, { scope: 'openai:chat' });
    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_ended' });
    expect(await pollError(bench, device.device_code, 'another')).toBe('invalid_grant');
    expect(await pollError(bench, 'no-such-code')).toBe('invalid_grant');
    expect(await pollError(bench, device.device_code)).toBe('access_denied');
    expect(bench.tokens.size).toBe(0);
  });

  it('keeps the code when the token could not be signed just now', async () => {
    const bench = await createBench();
    const device = await startDevice(bench, { scope: 'openai:chat' });
    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    bench.issueFailure = new TollkeeperError('vault_locked');
    expect(await pollError(bench, device.device_code)).toBe('temporarily_unavailable');
    bench.issueFailure = null;
    bench.skewMs += 5_000;
    expect((await poll(bench, device.device_code)).access_token).not.toBe('');
  });

  it('goes on where it was when the server is made anew', async () => {
    const bench = await createBench();
    const waiting = await startDevice(bench, { scope: 'openai:chat' });
    const granted = await startDevice(bench, { scope: 'openai:chat' });
    bench.asked[1]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    await bench.restart(false);
    expect(await pollError(bench, waiting.device_code)).toBe('authorization_pending');
    expect((await poll(bench, granted.device_code)).scope).toBe('openai:chat');
    await bench.restart(true);
    bench.skewMs += 5_000;
    expect(await pollError(bench, waiting.device_code)).toBe('expired_token');
    expect(await pollError(bench, granted.device_code)).toBe('invalid_grant');
  });
});

it('survives a decision that comes after the registry was closed', async () => {
  const bench = await createBench();
  await startDevice(bench, { scope: 'openai:chat' });
  bench.loseRegistry();
  bench.asked[0]?.decide({ outcome: 'denied' });
  await vi.waitFor(() => expect(bench.log).toEqual(['device-decision-not-kept {"requestId":"req_0"}']));
});

describe('a device authorization request', () => {
  it('passes on who asks, and our own parameters', async () => {
    const bench = await createBench();
    const response = await bench.fetch('/oauth/device_authorization', {
      method: 'POST',
      headers: { 'x-tollkeeper-caller': '127.0.0.1:40123>8377' },
      body: new URLSearchParams({
        client_id: 'My Tool 1.0',
        resource: `${issuer}/`,
        scope: 'anthropic:chat anthropic:chat',
        tollkeeper_ttl: '60',
        tollkeeper_uses: '3',
        tollkeeper_budget: '2.50',
        tollkeeper_purpose: 'Write the notes',
      }),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(bench.connections).toEqual([{ callerAddress: '127.0.0.1', callerPort: 40_123, localPort: 8_377 }]);
    expect(bench.asked[0]).toMatchObject({
      process: { pid: 4711 },
      demand: {
        tool: 'My Tool 1.0',
        scopes: ['anthropic:chat'],
        ttlSeconds: 60,
        uses: 3,
        budgetMicroUsd: 2_500_000,
        purpose: 'Write the notes',
      },
    });
  });

  it.each([
    ['no scope', { client_id: 'tool' }, 400, 'invalid_scope'],
    ['a scope of another shape', { client_id: 'tool', scope: 'openid profile' }, 400, 'invalid_scope'],
    ['a scope that is half ours', { client_id: 'tool', scope: 'openai:chat everything' }, 400, 'invalid_scope'],
    [
      'another resource',
      { client_id: 'tool', scope: 'openai:chat', resource: 'https://x.test/' },
      400,
      'invalid_target',
    ],
    ['no client', { scope: 'openai:chat' }, 400, 'invalid_request'],
    ['a client that is no name', { client_id: 'a/b', scope: 'openai:chat' }, 401, 'invalid_client'],
    ['a registered id nobody has', { client_id: 'registered.x', scope: 'openai:chat' }, 401, 'invalid_client'],
    [
      'a lifetime beyond the ceiling',
      { client_id: 't', scope: 'openai:chat', tollkeeper_ttl: '43201' },
      400,
      'invalid_request',
    ],
    ['a budget of nothing', { client_id: 't', scope: 'openai:chat', tollkeeper_budget: '0' }, 400, 'invalid_request'],
    [
      'a budget in another notation',
      { client_id: 't', scope: 'openai:chat', tollkeeper_budget: '1e3' },
      400,
      'invalid_request',
    ],
    ['no uses', { client_id: 't', scope: 'openai:chat', tollkeeper_uses: '0' }, 400, 'invalid_request'],
    [
      'rich details',
      { client_id: 't', scope: 'openai:chat', authorization_details: '[]' },
      400,
      'invalid_authorization_details',
    ],
  ])('is refused with %s and asks nobody', async (_name, form, status, error) => {
    const bench = await createBench();
    const response = await bench.fetch('/oauth/device_authorization', {
      method: 'POST',
      body: new URLSearchParams(form as Record<string, string>),
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ error });
    expect(bench.asked).toEqual([]);
  });

  it('is told to slow down when too many wait', async () => {
    const bench = await createBench();
    bench.refusal = new TollkeeperError('rate_limited');
    const body = new URLSearchParams({ client_id: 'tool', scope: 'openai:chat' });
    const response = await bench.fetch('/oauth/device_authorization', { method: 'POST', body });
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ error: 'slow_down' });
  });

  it('is refused while control cannot decide, and leaves no code behind', async () => {
    const bench = await createBench();
    bench.refusal = new TollkeeperError('vault_locked');
    const response = await bench.fetch('/oauth/device_authorization', {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'tool', scope: 'openai:chat' }),
    });
    expect(response.status).toBe(503);
    const body: unknown = await response.json();
    expect(body).toMatchObject({ error: 'temporarily_unavailable' });
    expect(body).not.toHaveProperty('device_code');
    expect(bench.log).toEqual(['device-request-failed {"code":"vault_locked"}']);
  });
});
