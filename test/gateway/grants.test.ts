import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { later } from './support/later.ts';
import { startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { chatCompletion, startUpstream, type TestUpstream } from './support/test-upstream.ts';

let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startTestGateway({
    upstreams: [
      { provider: 'openai', baseUrl: `${upstream.origin}/v1` },
      { provider: 'ollama', definition: 'ollama', baseUrl: upstream.origin, secret: '' },
      { provider: 'mistral', definition: 'mistral', baseUrl: upstream.origin },
    ],
  });
});

beforeEach(() => {
  upstream.seen.length = 0;
  upstream.raw(null);
  upstream.answer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chatCompletion));
  });
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const small = '{"model":"gpt-4o-mini","max_tokens":100}';

async function chat(token: string, body = small, path = '/openai/v1/chat/completions') {
  const answer = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  });
  const text = await answer.text();
  const id = answer.headers.get('x-tollkeeper-request-id') ?? '';
  return { status: answer.status, code: /"code":"([a-z_]+)"/.exec(text)?.[1], id };
}

async function openStream(token: string): Promise<IncomingMessage> {
  const request = http.request(`${gateway.url}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    agent: false,
  });
  request.end('{"model":"gpt-4o-mini","stream":true}');
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

const event = 'data: {"model":"gpt-4o-mini","choices":[{"delta":{"content":"x"}}]}\n\n';

/** Lets the upstream send one event and then wait; resolves `closed` when the gateway lets go of it. */
function streamForever(): { readonly closed: Promise<void> } {
  const closed = later();
  upstream.raw((request: IncomingMessage, response: ServerResponse) => {
    request.resume();
    response.once('close', closed.resolve);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event);
  });
  return { closed: closed.promise };
}

describe('revocation', () => {
  it('cuts an open stream on both sides, and the row says why and what it cost', async () => {
    const { closed } = streamForever();
    const grant = await gateway.grant();
    const response = await openStream(grant.token);
    await once(response, 'data');
    const broken = once(response, 'error');
    await gateway.revoke(grant.grantId);
    await Promise.all([closed, broken]);
    const row = await gateway.row(String(response.headers['x-tollkeeper-request-id']));
    expect(row).toMatchObject({ outcome: 'denied', errorCode: 'invalid_token', status: 200, outputTokens: 1 });
    expect(row.costMicroUsd).toBeGreaterThan(0);
    upstream.raw(null);
    expect((await chat(grant.token)).status).toBe(401);
  });

  it('of one token cuts its stream and leaves its sister alone', async () => {
    streamForever();
    const first = await gateway.grant();
    const second = await gateway.grant();
    const cut = await openStream(first.token);
    const kept = await openStream(second.token);
    const broken = once(cut, 'error');
    cut.resume();
    await gateway.update({ revokedTokenIds: [first.tokenId] });
    await broken;
    await once(kept, 'data');
    expect(kept.destroyed).toBe(false);
    kept.destroy();
  });

  it('answers a request that waits for the upstream with 401', async () => {
    const arrived = later();
    upstream.raw((request) => {
      request.resume();
      arrived.resolve();
    });
    const grant = await gateway.grant();
    const waiting = chat(grant.token);
    await arrived.promise;
    await gateway.revoke(grant.grantId);
    const answer = await waiting;
    expect(answer).toMatchObject({ status: 401, code: 'invalid_token' });
    expect(await gateway.row(answer.id)).toMatchObject({ outcome: 'denied', status: 401 });
  });

  it('ends a request whose body is still coming', async () => {
    const grant = await gateway.grant();
    const request = http.request(`${gateway.url}/openai/v1/embeddings`, {
      method: 'POST',
      headers: { authorization: `Bearer ${grant.token}`, 'content-length': '100' },
    });
    request.on('error', () => undefined);
    request.flushHeaders();
    await new Promise<void>((resolve) => request.write('{', () => resolve()));
    await fetch(`${gateway.url}/healthz`).then((answer) => answer.text());
    const answered = once(request, 'response');
    await gateway.revoke(grant.grantId);
    const [response] = (await answered) as [IncomingMessage];
    expect(response.statusCode).toBe(401);
    request.destroy();
    expect(upstream.seen).toHaveLength(0);
  });
});

describe('uses', () => {
  it('are never shared: of a hundred at once on one use, one passes', async () => {
    const grant = await gateway.grant({ usesLeft: 1 });
    const answers = await Promise.all(Array.from({ length: 100 }, () => chat(grant.token)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1);
    expect(answers.filter((answer) => answer.code === 'token_already_used')).toHaveLength(99);
    expect(upstream.seen).toHaveLength(1);
    const rows = await Promise.all(answers.map((answer) => gateway.row(answer.id)));
    expect(rows.filter((row) => row.outcome === 'denied' && row.status === 409)).toHaveLength(99);
  });

  it('are not taken by a request that is refused', async () => {
    const grant = await gateway.grant({ usesLeft: 1, scopes: ['openai:chat'] });
    expect((await chat(grant.token, small, '/openai/v1/embeddings')).status).toBe(403);
    expect((await chat(grant.token, small, '/openai/v1/nowhere')).status).toBe(404);
    expect((await chat(grant.token)).status).toBe(200);
    expect((await chat(grant.token)).code).toBe('token_already_used');
  });

  it('are the gateway’s own count, whatever a newer snapshot says', async () => {
    const grant = await gateway.grant({ usesLeft: 1 });
    expect((await chat(grant.token)).status).toBe(200);
    await gateway.update({});
    expect((await chat(grant.token)).status).toBe(409);
  });
});

describe('a budget', () => {
  it('lets calls pass until it is spent', async () => {
    const grant = await gateway.grant({ budgetLeftMicroUsd: 1_000 });
    const answers = [];
    for (let turn = 0; turn < 4; turn += 1) {
      const answer = await chat(grant.token);
      await gateway.row(answer.id);
      answers.push(answer);
    }
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 402]);
    expect(answers.at(-1)?.code).toBe('budget_exceeded');
  });

  it('is never overspent by calls at once', async () => {
    const grant = await gateway.grant({ budgetLeftMicroUsd: 130 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => chat(grant.token)));
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(2);
    expect(answers.filter((answer) => answer.code === 'budget_exceeded')).toHaveLength(18);
  });

  it('counts the output limit that is asked for, and how many answers', async () => {
    const grant = await gateway.grant({ budgetLeftMicroUsd: 1_000 });
    expect((await chat(grant.token, '{"model":"gpt-4o-mini","max_tokens":100000}')).code).toBe('budget_exceeded');
    expect((await chat(grant.token, '{"model":"gpt-4o-mini","max_tokens":1000,"n":9}')).code).toBe('budget_exceeded');
    expect((await chat(grant.token, '{"model":"gpt-4o-mini"}')).code).toBe('budget_exceeded');
    expect((await chat(grant.token)).status).toBe(200);
  });

  it.each([
    ['a model without a price', '{"model":"no-such-model"}', '/openai/v1/chat/completions'],
    ['no model', '{}', '/openai/v1/chat/completions'],
    ['a batch', '{}', '/openai/v1/batches'],
    ['a call in the background', '{"model":"gpt-4o-mini","background":true}', '/openai/v1/responses'],
    [
      'a call whose model the body does not choose',
      '{"model":"mistral-small-latest"}',
      '/mistral/v1/agents/completions',
    ],
    ['a dearer class of service', '{"model":"gpt-4o-mini","service_tier":"priority"}', '/openai/v1/responses'],
  ])('refuses what can’t be priced: %s', async (_name, body, path) => {
    const grant = await gateway.grant({ budgetLeftMicroUsd: 1_000_000 });
    expect(await chat(grant.token, body, path)).toMatchObject({ status: 402, code: 'price_unknown' });
    expect(upstream.seen).toHaveLength(0);
  });

  it.each([
    '{"model":"gpt-4o-mini","max_tokens":null}',
    '{"model":"gpt-4o-mini","max_tokens":0}',
    '{"model":"gpt-4o-mini","max_tokens":-1}',
    '{"model":"gpt-4o-mini","max_tokens":1,"max_tokens":null}',
    '{"model":"gpt-4o-mini","max_tokens":"100000"}',
    '{"model":"gpt-4o-mini","metadata":{"max_tokens":1}}',
    '{"model":"gpt-4o-mini","max_tokens":1,"previous_response_id":"resp_1"}',
  ])('is not talked into setting too little aside by %s', async (body) => {
    const grant = await gateway.grant({ budgetLeftMicroUsd: 1_000 });
    expect((await chat(grant.token, body, '/openai/v1/responses')).code).toBe('budget_exceeded');
  });

  it('refuses a body that two readers may read differently', async () => {
    const grant = await gateway.grant({ budgetLeftMicroUsd: 1_000_000 });
    const answer = await chat(grant.token, '{"model":"gpt-4o-mini","max_tokens":1,"model":"gpt-4o"}');
    expect(answer).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  it('does not concern what costs nothing', async () => {
    const grant = await gateway.grant({ budgetLeftMicroUsd: 1 });
    expect((await chat(grant.token, small, '/openai/v1/moderations')).status).toBe(200);
    expect((await chat(grant.token, small, '/ollama/v1/chat/completions')).status).toBe(200);
  });

  it('is charged for a stream that the caller broke off', async () => {
    const { closed } = streamForever();
    const grant = await gateway.grant({ budgetLeftMicroUsd: 20_000 });
    const response = await openStream(grant.token);
    await once(response, 'data');
    response.destroy();
    await closed;
    const row = await gateway.row(String(response.headers['x-tollkeeper-request-id']));
    expect(row).toMatchObject({ outcome: 'client_aborted', outputTokens: 1 });
    expect(row.costMicroUsd).toBeGreaterThan(0);
    expect(row.estimated).toBe(true);
  });

  it('is charged in full for a call that was broken off before it could tell', async () => {
    const arrived = later();
    const closed = later();
    upstream.raw((request, response) => {
      request.resume();
      response.once('close', closed.resolve);
      arrived.resolve();
    });
    const grant = await gateway.grant({ budgetLeftMicroUsd: 20_000 });
    const request = http.request(`${gateway.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${grant.token}` },
    });
    request.on('error', () => undefined);
    request.end('{"model":"gpt-4o-mini","max_tokens":10000}');
    await arrived.promise;
    request.destroy();
    await closed.promise;
    const row = await gateway.row((candidate) => candidate.grantId === grant.grantId);
    expect(row.costMicroUsd).toBeGreaterThanOrEqual(6_000);
  });

  it('cuts a stream that outgrows it', async () => {
    upstream.raw((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = (): void => {
        if (!response.destroyed) response.write(event.repeat(1_000), () => setImmediate(more));
      };
      more();
    });
    const grant = await gateway.grant({ budgetLeftMicroUsd: 500 });
    const request = http.request(`${gateway.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${grant.token}` },
      agent: false,
    });
    request.end('{"model":"gpt-4o-mini","stream":true,"max_tokens":10}');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'error');
    const row = await gateway.row(String(response.headers['x-tollkeeper-request-id']));
    expect(row).toMatchObject({ outcome: 'denied', errorCode: 'budget_exceeded' });
    expect(gateway.progress.some((report) => report.requestId === row.requestId)).toBe(true);
  });
});

describe('shutting down', () => {
  it('lets an open stream end within the time it is given', async () => {
    const going = await startTestGateway({ upstreams: [{ baseUrl: `${upstream.origin}/v1` }] });
    const held: ServerResponse[] = [];
    upstream.raw((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event);
      held.push(response);
    });
    const grant = await going.grant();
    const response = await fetch(`${going.url}/openai/v1/chat/completions`, {
      ...{ method: 'POST', body: '{"model":"gpt-4o-mini"}' },
      headers: { authorization: `Bearer ${grant.token}` },
    });
    const closing = going.close(20_000);
    held[0]?.end(event);
    expect(await response.text()).toBe(event + event);
    await closing;
    expect(going.rows).toHaveLength(1);
    expect(going.rows[0]).toMatchObject({ outcome: 'ok', outputTokens: 2 });
  });

  it('cuts what has not ended, and loses no row', async () => {
    const going = await startTestGateway({ upstreams: [{ baseUrl: `${upstream.origin}/v1` }] });
    streamForever();
    const grant = await going.grant();
    const response = await fetch(`${going.url}/openai/v1/chat/completions`, {
      ...{ method: 'POST', body: '{"model":"gpt-4o-mini"}' },
      headers: { authorization: `Bearer ${grant.token}` },
    });
    await going.close(0);
    await expect(response.text()).rejects.toThrow();
    expect(going.rows).toHaveLength(1);
    expect(going.rows[0]).toMatchObject({ outcome: 'upstream_error', errorCode: 'gateway_exited', status: 200 });
  });
});
