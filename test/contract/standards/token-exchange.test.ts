import { decodeJwt } from 'jose';
import { describe, expect, it } from 'vitest';
import { callerOf } from '#test/unit/control/running-control.ts';
import { accessTokenType, type LiveGateway, oauthError, startLiveGateway } from './live-gateway.ts';

async function grants(live: LiveGateway) {
  return live.control.perform('grant.list', { includeEnded: true }, callerOf());
}

describe('token exchange', () => {
  it('RFC 8693 §2: a strict client gets a narrower token, and nobody is asked', async () => {
    const live = await startLiveGateway();
    const parent = await live.grant({ uses: 5, budgetMicroUsd: 2_000_000 });
    const answer = await live.exchange(parent.token, {
      ...{ scope: 'openai:chat:gpt-4o*', resource: live.url, audience: live.url },
      ...{ tollkeeper_uses: '2', tollkeeper_budget: '0.50', tollkeeper_ttl: '60' },
    });
    expect(answer).toMatchObject({
      ...{ token_type: 'bearer', issued_token_type: accessTokenType, scope: 'openai:chat:gpt-4o*' },
    });
    expect(answer.expires_in).toBeLessThanOrEqual(60);
    expect(await live.call(answer.access_token)).toEqual({ status: 200, code: null });
    expect(await grants(live)).toMatchObject([
      { parentGrantId: parent.grantId, delegate: 'searcher', tool: 'codey', uses: 2, budgetMicroUsd: 500_000 },
      { id: parent.grantId, parentGrantId: null },
    ]);
    expect(await live.control.perform('request.list', {}, callerOf())).toEqual([]);
  });

  it('RFC 8693 §4.1: `act` says who acts, the last one outermost, and the subject stays', async () => {
    const live = await startLiveGateway();
    const parent = await live.grant();
    const child = await live.exchange(parent.token);
    expect(decodeJwt(child.access_token)).toMatchObject({
      sub: 'codey',
      client_id: 'searcher',
      act: { sub: 'searcher' },
    });
    const reader = { ...live, client: { client_id: 'reader' } };
    const form = { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', client_id: reader.client.client_id };
    const response = await fetch(`${live.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        ...{ ...form, subject_token: child.access_token, subject_token_type: accessTokenType },
        requested_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      }),
    });
    const second = (await response.json()) as { access_token: string; issued_token_type: string };
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(second.issued_token_type).toBe('urn:ietf:params:oauth:token-type:jwt');
    expect(decodeJwt(second.access_token)).toMatchObject({
      ...{ sub: 'codey', client_id: 'reader', act: { sub: 'reader', act: { sub: 'searcher' } } },
    });
  });

  it('RFC 8693 §2.1: an actor token names who acts', async () => {
    const live = await startLiveGateway();
    const [parent, actor] = [await live.grant(), await live.grant({ tool: 'helper' })];
    const answer = await live.exchange(parent.token, {
      ...{ actor_token: actor.token, actor_token_type: accessTokenType },
    });
    expect(decodeJwt(answer.access_token)).toMatchObject({ sub: 'codey', act: { sub: 'helper' } });
  });

  it('RFC 8693 §2.2.2: nothing can be made wider, and each fault has its error', async () => {
    const live = await startLiveGateway();
    const { token, grantId } = await live.grant({ scopes: ['openai:chat:gpt-4o*'] });
    const foreign = { actor_token: 'nobody', actor_token_type: accessTokenType };
    const faults: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
      ['invalid_scope', { scope: 'openai:chat' }],
      ['invalid_scope', { scope: 'nonsense' }],
      ['invalid_target', { resource: 'https://api.openai.com/' }],
      ['invalid_target', { audience: 'somebody' }],
      ['invalid_request', { subject_token: 'not-a-token' }],
      ['invalid_request', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }],
      ['invalid_request', { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }],
      ['invalid_request', { actor_token_type: accessTokenType }],
      ['invalid_request', foreign],
      ['invalid_request', { tollkeeper_uses: 'many' }],
      ['invalid_request', { tollkeeper_token_format: 'opaque' }],
      ['invalid_request', { dpop_jkt: 'short' }],
      ['invalid_authorization_details', { authorization_details: '[{"type":"payment"}]' }],
    ];
    for (const [error, parameters] of faults)
      expect(await oauthError(live.exchange(token, parameters)), JSON.stringify(parameters)).toBe(error);
    expect(await grants(live)).toHaveLength(1);
    await live.control.perform('grant.revoke', { id: grantId }, callerOf());
    expect(await oauthError(live.exchange(token))).toBe('invalid_request');
  });

  it('RFC 8693 §2.1: rich requests narrow as well, and the answer says what was given', async () => {
    const live = await startLiveGateway();
    const parent = await live.grant({ scopes: ['openai:*', 'anthropic:*'] });
    const details = {
      type: 'ai_gateway',
      providers: ['openai'],
      models: ['gpt-4o*'],
      max_requests: 3,
      max_cost_usd: 0.1,
    };
    const answer = await live.exchange(parent.token, {
      ...{ scope: 'openai:chat', authorization_details: JSON.stringify([details]) },
    });
    expect(answer.scope).toBe('openai:chat:gpt-4o*');
    expect(answer.authorization_details).toMatchObject([{ ...details, expires_in: expect.any(Number) }]);
  });

  it('RFC 8693: what a sub-agent uses is taken from every token above it', async () => {
    const live = await startLiveGateway();
    const parent = await live.grant({ uses: 3 });
    const child = await live.exchange(parent.token, { tollkeeper_uses: '2' });
    const grandchild = await live.exchange(child.access_token, {});
    const outcomes = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        live.call([parent.token, child.access_token, grandchild.access_token][index % 3] ?? ''),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 200)).toHaveLength(3);
    for (const outcome of outcomes.filter(({ status }) => status !== 200))
      expect(outcome).toEqual({ status: 409, code: 'token_already_used' });
    expect(live.upstream.seen).toHaveLength(3);
  });

  it('RFC 8693: a short token is not exchanged for a long one', async () => {
    const live = await startLiveGateway();
    const parent = await live.grant({ ttlSeconds: 30 });
    const answer = await live.exchange(parent.token, { tollkeeper_ttl: '3600' });
    expect(answer.expires_in).toBeLessThanOrEqual(30);
  });

  it('RFC 7009: ending a grant ends the tree below it and cuts its streams', async () => {
    const live = await startLiveGateway();
    live.upstream.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: {"choices":[]}\n\n');
    });
    const parent = await live.grant();
    const child = await live.exchange(parent.token);
    const grandchild = await live.exchange(child.access_token);
    const answer = await fetch(`${live.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${grandchild.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o-mini', stream: true, messages: [] }),
    });
    expect(answer.status).toBe(200);
    const stream = answer.text().then(
      () => 'whole',
      () => 'cut',
    );
    const revoked = await fetch(`${live.url}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: parent.token, client_id: 'codey' }),
    });
    expect(revoked.status).toBe(200);
    expect(await stream).toBe('cut');
    for (const token of [parent.token, child.access_token, grandchild.access_token])
      expect(await live.call(token)).toEqual({ status: 401, code: 'invalid_token' });
    expect((await grants(live)).map(({ endedBy }) => endedBy)).toEqual([
      ...['parent-ended', 'parent-ended', 'revoked by client'],
    ]);
  });

  it('RFC 7009: revoking one token of a grant ends what may have been exchanged for it', async () => {
    const live = await startLiveGateway();
    const parent = await live.grant();
    const child = await live.exchange(parent.token);
    await live.control.perform('grant.revoke', { id: decodeJwt(parent.token).jti ?? '' }, callerOf());
    expect((await live.call(parent.token)).status).toBe(401);
    expect((await live.call(child.access_token)).status).toBe(401);
  });
});

describe('reference tokens', () => {
  it('RFC 7662: are described, exchanged and revoked like any other, and kept as a hash only', async () => {
    const live = await startLiveGateway();
    const parent = await live.grant({}, true);
    expect(parent.token).toMatch(/^tk_[\w-]{43}$/);
    const child = await live.exchange(parent.token, { tollkeeper_token_format: 'reference' });
    expect(child.access_token).toMatch(/^tk_[\w-]{43}$/);
    expect(await live.call(child.access_token)).toEqual({ status: 200, code: null });
    const introspect = async (token: string): Promise<unknown> => {
      const headers = { authorization: `Bearer ${parent.token}` };
      const body = new URLSearchParams({ token });
      return (await fetch(`${live.url}/oauth/introspect`, { method: 'POST', headers, body })).json();
    };
    expect(await introspect(child.access_token)).toMatchObject({
      ...{ active: true, sub: 'codey', client_id: 'searcher', act: { sub: 'searcher' }, token_type: 'Bearer' },
    });
    await fetch(`${live.url}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ token: child.access_token, client_id: 'searcher' }),
    });
    expect(await introspect(child.access_token)).toEqual({ active: false });
    expect((await live.call(parent.token)).status).toBe(200);
  });
});
