import https from 'node:https';
import net from 'node:net';
import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeSessionUpstream, startFakeSessionUpstream } from '#test/fakes/fake-session-upstream.ts';
import { later } from './support/later.ts';
import { rawRequest } from './support/raw-request.ts';
import { openSession, type SessionClient } from './support/session-client.ts';
import { keyOf, startTestGateway, type TestGateway } from './support/test-gateway.ts';

/** Live sessions: what their documentation says of the events, played by a fake provider. */
let upstream: FakeSessionUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startFakeSessionUpstream();
  gateway = await startTestGateway({
    upstreams: [
      { provider: 'openai', baseUrl: `${upstream.origin}/v1` },
      { provider: 'gemini', baseUrl: upstream.origin },
    ],
  });
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

beforeEach(() => {
  upstream.seen.length = 0;
  upstream.received.length = 0;
  upstream.refuse(null);
  upstream.serve((socket) => void socket.on('message', (data, binary) => socket.send(data, { binary })));
});

function bearer(token: string): { readonly headers: { readonly authorization: string } } {
  return { headers: { authorization: `Bearer ${token}` } };
}

/** Usage of one spoken answer. https://platform.openai.com/docs/api-reference/realtime-server-events/response/done */
const spokenUsage = {
  total_tokens: 253,
  input_tokens: 132,
  output_tokens: 121,
  input_token_details: {
    ...{ text_tokens: 119, audio_tokens: 13, image_tokens: 0, cached_tokens: 64 },
    cached_tokens_details: { text_tokens: 64, audio_tokens: 0, image_tokens: 0 },
  },
  output_token_details: { text_tokens: 30, audio_tokens: 91 },
};

function responseDone(usage: object | null): string {
  return JSON.stringify({
    type: 'response.done',
    event_id: 'event_1',
    response: { id: 'resp_1', status: 'completed', usage },
  });
}

const realtime = '/openai/v1/realtime?model=gpt-realtime';

async function ended(client: SessionClient) {
  client.socket.close(1000);
  await client.closed;
  return gateway.row((row) => row.endpoint.includes('/realtime') && row.requestId === idOf(client));
}

const ids = new WeakMap<SessionClient, string>();

function idOf(client: SessionClient): string {
  return ids.get(client) ?? '';
}

async function open(path: string, options: Parameters<typeof openSession>[1]): Promise<SessionClient> {
  let id = '';
  const client = await openSession(`${gateway.url}${path}`, {
    ...options,
    finishRequest(request, socket) {
      request.on('upgrade', (response) => {
        id = String(response.headers['x-tollkeeper-request-id']);
      });
      request.end();
      void socket;
    },
  });
  ids.set(client, id);
  return client;
}

describe('a realtime session', () => {
  it('carries text and binary both ways unchanged, with the provider’s key and without ours', async () => {
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const client = await open(`${realtime}&key2=1`, {
      headers: { authorization: `Bearer ${token}`, 'openai-beta': 'realtime=v1', cookie: 'a=b' },
    });
    client.socket.send('{"type":"session.update"}');
    client.socket.send(Buffer.from([0, 1, 2, 255]), { binary: true });
    await expect.poll(() => client.messages.length).toBe(2);
    expect(upstream.received).toEqual([
      { text: '{"type":"session.update"}', binary: false },
      { text: String(Buffer.from([0, 1, 2, 255])), binary: true },
    ]);
    const [opening] = upstream.seen;
    expect(opening?.url).toBe('/v1/realtime?model=gpt-realtime&key2=1');
    expect(opening?.headers).toMatchObject({
      authorization: `Bearer ${keyOf('openai')}`,
      'openai-beta': 'realtime=v1',
    });
    expect(opening?.headers['sec-websocket-extensions']).toBeUndefined();
    expect(opening?.headers.cookie).toBeUndefined();
    expect(JSON.stringify(opening?.headers)).not.toContain(token);
    const row = await ended(client);
    expect(row).toMatchObject({ status: 101, outcome: 'ok', errorCode: null, model: 'gpt-realtime', stream: true });
  });

  it('adds up what each answer used', async () => {
    upstream.serve((socket) => {
      socket.on('message', () => socket.send(responseDone(spokenUsage)));
    });
    const { token } = await gateway.grant({ scopes: ['openai:realtime:gpt-*'] });
    const client = await open(realtime, bearer(token));
    client.socket.send('{"type":"response.create"}');
    client.socket.send('{"type":"response.create"}');
    await expect.poll(() => client.messages.length).toBe(2);
    const row = await ended(client);
    expect(row).toMatchObject({
      ...{ inputTokens: 264, outputTokens: 242, cachedInputTokens: 128, inputAudioTokens: 26, outputAudioTokens: 182 },
      ...{ provider: 'openai', model: 'gpt-realtime', outcome: 'ok' },
    });
    expect(row.costMicroUsd).toBeGreaterThan(0);
    expect(
      gateway.progress.some(({ requestId, outputTokens }) => requestId === row.requestId && outputTokens === 121),
    ).toBe(true);
  });

  it('prices speech that is written down by its own model', async () => {
    upstream.serve((socket) => {
      const session = { audio: { input: { transcription: { model: 'gpt-4o-mini-transcribe' } } } };
      socket.send(JSON.stringify({ type: 'session.updated', session }));
      const usage = { type: 'tokens', total_tokens: 48, input_tokens: 26, output_tokens: 22 };
      const type = 'conversation.item.input_audio_transcription.completed';
      socket.on('message', () => socket.send(JSON.stringify({ type, transcript: 'hello', usage })));
    });
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const client = await open(realtime, bearer(token));
    client.socket.send('{"type":"input_audio_buffer.commit"}');
    await client.message(({ transcript }) => transcript === 'hello');
    const row = await ended(client);
    expect(row).toMatchObject({ inputTokens: 26, outputTokens: 22, model: 'gpt-realtime' });
    // 26 tokens in at $1.25 and 22 out at $5 per million.
    expect(row.costMicroUsd).toBe(Math.round(26 * 1.25 + 22 * 5));
  });

  it('estimates an answer that was broken off before it told its usage', async () => {
    upstream.serve((socket) => {
      socket.on('message', () => {
        for (const delta of ['The', ' toll', ' is'])
          socket.send(JSON.stringify({ type: 'response.output_text.delta', delta }));
      });
    });
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const client = await open(realtime, bearer(token));
    client.socket.send('{"type":"response.create"}');
    await client.message(({ delta }) => delta === ' is');
    client.socket.terminate();
    const row = await gateway.row(idOf(client));
    expect(row).toMatchObject({ outcome: 'client_aborted', outputTokens: 3, estimated: true, status: 101 });
    expect(row.inputTokens).toBeGreaterThan(0);
    expect(row.costMicroUsd).toBeGreaterThan(0);
  });

  it('takes the token as a subprotocol, and sends the others on without it', async () => {
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const client = await open(realtime, {
      protocols: ['realtime', `openai-insecure-api-key.${token}`, 'openai-beta.realtime-v1'],
    });
    expect(client.socket.protocol).toBe('realtime');
    expect(upstream.seen[0]?.headers['sec-websocket-protocol']).toBe('realtime,openai-beta.realtime-v1');
    await ended(client);
  });

  it('closes as the other side does, code and reason included', async () => {
    upstream.serve((socket) => socket.close(4001, 'session expired'));
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const client = await open(realtime, bearer(token));
    expect(await client.closed).toEqual({ code: 4001, reason: 'session expired' });
    expect(await gateway.row(idOf(client))).toMatchObject({ outcome: 'upstream_error', errorCode: null, status: 101 });
  });

  it('passes the caller’s close on', async () => {
    const closed = later<[number, string]>();
    upstream.serve((socket) => void socket.once('close', (code, reason) => closed.resolve([code, String(reason)])));
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const client = await open(realtime, bearer(token));
    client.socket.close(4002, 'done here');
    expect(await closed.promise).toEqual([4002, 'done here']);
  });

  it('tells a provider that broke off from one that ended', async () => {
    upstream.serve((socket) => socket.terminate());
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const client = await open(realtime, bearer(token));
    expect((await client.closed).code).toBe(1011);
    expect(await gateway.row(idOf(client))).toMatchObject({
      outcome: 'upstream_error',
      errorCode: 'upstream_unreachable',
    });
  });

  it('never shows the provider’s key, whatever the provider says', async () => {
    upstream.serve((socket) => {
      socket.send(JSON.stringify({ type: 'error', error: { message: `bad key ${keyOf('openai')}` } }));
      socket.close(4003, `bad key ${keyOf('openai')}`.slice(0, 120));
    });
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const client = await open(realtime, bearer(token));
    const { reason } = await client.closed;
    expect(`${reason}${client.messages.join('')}`).not.toContain(keyOf('openai'));
    expect(client.messages).toHaveLength(1);
  });

  it('answers pings on each side by itself', async () => {
    const ponged = later();
    upstream.serve((socket) => {
      socket.once('pong', () => ponged.resolve());
      socket.ping('there?');
    });
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const client = await open(realtime, bearer(token));
    const pong = new Promise((resolve) => client.socket.once('pong', (data) => resolve(String(data))));
    client.socket.ping('here?');
    expect(await pong).toBe('here?');
    await ponged.promise;
    await ended(client);
  });

  it('refuses a message that is larger than any body', async () => {
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const client = await open(realtime, bearer(token));
    client.socket.send(Buffer.alloc(64 * 1024 * 1024 + 1));
    expect((await client.closed).code).toBe(1009);
  });

  it('reads no faster than the other side takes it', async () => {
    const stuck = later<{ sent: () => number }>();
    upstream.serve((socket) => {
      const piece = 'x'.repeat(256 * 1024);
      let sent = 0;
      const more = (): void => {
        while (socket.bufferedAmount < 1024 * 1024 && sent < 400) {
          sent += 1;
          socket.send(piece, more);
        }
      };
      more();
      stuck.resolve({ sent: () => sent });
    });
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const client = await open(realtime, bearer(token));
    client.socket.pause();
    const { sent } = await stuck.promise;
    let before = -1;
    await expect
      .poll(
        () => {
          const still = sent() === before;
          before = sent();
          return still;
        },
        { interval: 200, timeout: 5_000 },
      )
      .toBe(true);
    expect(before).toBeLessThan(400);
    client.socket.resume();
    await expect.poll(() => client.messages.length, { timeout: 10_000 }).toBe(400);
    await ended(client);
  });
});

describe('who may open one', () => {
  const refusal = async (path: string, options: Parameters<typeof openSession>[1] = {}) =>
    (await open(path, options).then(
      () => null,
      (error: unknown) => error,
    )) as { readonly status: number; readonly body: { readonly error: { readonly code: string } } } | null;

  it.each([
    ['no token', realtime, {}, 401, 'invalid_token'],
    ['a foreign page', realtime, { origin: 'https://evil.example' }, 403, 'origin_refused'],
    ['another host', realtime, { headers: { host: 'evil.example' } }, 421, 'host_refused'],
  ])('not with %s, and is answered in plain HTTP', async (_name, path, options, status, code) => {
    expect(await refusal(path, options)).toMatchObject({ status, body: { error: { code } } });
    expect(upstream.seen).toHaveLength(0);
  });

  it.each([
    ['the wrong capability', ['openai:chat'], realtime, 403, 'insufficient_scope'],
    ['another model', ['openai:realtime:gpt-realtime-mini'], realtime, 403, 'insufficient_scope'],
    [
      'no model where the scope names one',
      ['openai:realtime:gpt-*'],
      '/openai/v1/realtime?intent=transcription',
      403,
      'insufficient_scope',
    ],
    ['two models', ['openai:realtime'], `${realtime}&model=gpt-5`, 400, 'invalid_request'],
    ['a path that takes none', ['openai:*'], '/openai/v1/embeddings', 404, 'unknown_endpoint'],
  ])('not with %s', async (_name, scopes, path, status, code) => {
    const { token } = await gateway.grant({ scopes });
    expect(await refusal(path, bearer(token))).toMatchObject({ status, body: { error: { code } } });
    expect(upstream.seen).toHaveLength(0);
  });

  it('only with an opening that is one', async () => {
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const answer = await rawRequest(
      gateway.port,
      `GET ${realtime} HTTP/1.1\r\nHost: 127.0.0.1:${gateway.port}\r\nAuthorization: Bearer ${token}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 7\r\n\r\n`,
    );
    expect(answer.status).toBe(400);
  });

  it('by WebSocket alone where there is nothing else', async () => {
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const answer = await fetch(`${gateway.url}${realtime}`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(426);
  });

  it('gets the provider’s own answer when that is no session', async () => {
    upstream.refuse((_request, response) => {
      response.writeHead(403, { 'content-type': 'application/json', 'x-request-id': 'req_1' });
      response.end(JSON.stringify({ error: { code: 'model_not_found', message: `no ${keyOf('openai')}` } }));
    });
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const answered = await refusal(realtime, bearer(token));
    expect(answered).toMatchObject({
      status: 403,
      headers: { 'x-request-id': 'req_1' },
      body: { error: { code: 'model_not_found' } },
    });
    expect(JSON.stringify(answered)).not.toContain(keyOf('openai'));
    expect(await gateway.row((row) => row.status === 403 && row.outcome === 'upstream_error')).toMatchObject({
      costMicroUsd: 0,
    });
    await gateway.heal();
  });
});

describe('the end of the right to it', () => {
  it('cuts it at once, and says why', async () => {
    const { token, grantId } = await gateway.grant({ scopes: ['openai:realtime'] });
    const client = await open(realtime, bearer(token));
    await gateway.revoke(grantId);
    const { code, reason } = await client.closed;
    expect(code).toBe(1008);
    expect(reason).toMatch(/^invalid_token/);
    expect(client.messages.map((text) => JSON.parse(text).error?.code)).toEqual(['invalid_token']);
    expect(await gateway.row(idOf(client))).toMatchObject({
      outcome: 'denied',
      errorCode: 'invalid_token',
      status: 101,
    });
  });

  it('comes when the budget is spent, and no later', async () => {
    const turns = { done: 0 };
    upstream.serve((socket) => {
      socket.on('message', () => {
        turns.done += 1;
        const usage = { input_tokens: 10_000, output_tokens: 4_096, total_tokens: 14_096 };
        socket.send(responseDone(usage));
      });
    });
    const { token } = await gateway.grant({ scopes: ['openai:realtime'], budgetLeftMicroUsd: 2_000_000 });
    const client = await open(realtime, bearer(token));
    const again = (): void => {
      if (client.socket.readyState === client.socket.OPEN) client.socket.send('{"type":"response.create"}');
    };
    client.socket.on('message', again);
    again();
    const { code, reason } = await client.closed;
    expect([code, reason.split(':')[0]]).toEqual([1008, 'budget_exceeded']);
    const row = await gateway.row(idOf(client));
    expect(row).toMatchObject({ outcome: 'denied', errorCode: 'budget_exceeded' });
    expect(turns.done).toBeGreaterThan(1);
    expect(row.costMicroUsd).toBeGreaterThan(0);
    expect(row.costMicroUsd).toBeLessThanOrEqual(2_000_000);
  });

  it('comes as well when the provider talks on by itself', async () => {
    upstream.serve((socket) => {
      socket.once('message', () => {
        const usage = { input_tokens: 10_000, output_tokens: 4_096, total_tokens: 14_096 };
        for (let turn = 0; turn < 100; turn += 1) socket.send(responseDone(usage));
      });
    });
    const { token } = await gateway.grant({ scopes: ['openai:realtime'], budgetLeftMicroUsd: 2_000_000 });
    const client = await open(realtime, bearer(token));
    client.socket.send('{"type":"response.create"}');
    expect((await client.closed).reason).toMatch(/^budget_exceeded/);
  });

  it('does not come for a budget that is too small to begin with: it is refused before', async () => {
    const { token } = await gateway.grant({ scopes: ['openai:realtime'], budgetLeftMicroUsd: 100 });
    await expect(open(realtime, bearer(token))).rejects.toMatchObject({
      status: 402,
      body: { error: { code: 'budget_exceeded' } },
    });
  });
});

describe('the end of the gateway', () => {
  it('closes sessions as one that goes away does, and writes their rows', async () => {
    const leaving = await startTestGateway({ upstreams: [{ provider: 'openai', baseUrl: `${upstream.origin}/v1` }] });
    const { token } = await leaving.grant({ scopes: ['openai:realtime'] });
    const client = await openSession(`${leaving.url}${realtime}`, bearer(token));
    await leaving.close(0);
    expect(await client.closed).toMatchObject({ code: 1001, reason: expect.stringMatching(/^gateway_exited/) });
    expect(leaving.rows).toHaveLength(1);
    expect(leaving.rows[0]).toMatchObject({ status: 101, outcome: 'upstream_error', errorCode: 'gateway_exited' });
  });
});

describe('a session that no key of the pool gets', () => {
  it('is told of no more once its row is told', async () => {
    const openai = { provider: 'openai', baseUrl: `${upstream.origin}/v1`, weight: 1 };
    const pooled = await startTestGateway({ upstreams: [openai, { ...openai, isDefault: false }] });
    const { token } = await pooled.grant({ scopes: ['openai:realtime'] });
    upstream.refuse((_request, response) => response.writeHead(500).end());
    await expect(openSession(`${pooled.url}${realtime}`, bearer(token))).rejects.toMatchObject({ status: 500 });
    expect(upstream.seen).toHaveLength(2);
    const { requestId } = await pooled.row((row) => row.status === 500);
    const told = (id: string) => pooled.opened.filter((request) => request.requestId === id).length;
    const before = told(requestId);
    upstream.refuse(null);
    const client = await openSession(`${pooled.url}${realtime}`, bearer(token));
    await expect.poll(() => pooled.opened.some((request) => request.requestId !== requestId)).toBe(true);
    expect(told(requestId)).toBe(before);
    client.socket.close(1000);
    await client.closed;
    await pooled.close();
  });
});

describe('responses over a WebSocket', () => {
  const path = '/openai/v1/responses';
  const answer = (id: string): string =>
    JSON.stringify({
      type: 'response.completed',
      response: {
        ...{ id, model: 'gpt-5-mini-2025-08-07', status: 'completed', output: [] },
        usage: {
          input_tokens: 1_000,
          output_tokens: 500,
          total_tokens: 1_500,
          output_tokens_details: { reasoning_tokens: 200 },
        },
      },
    });

  beforeEach(() => {
    upstream.serve((socket) => {
      let count = 0;
      socket.on('message', () => {
        count += 1;
        socket.send(JSON.stringify({ type: 'response.created', response: { id: `resp_${count}`, usage: null } }));
        socket.send(answer(`resp_${count}`));
      });
    });
  });

  const create = (model: string, more: object = {}): string =>
    JSON.stringify({ type: 'response.create', model, input: 'hi', ...more });

  async function rowOf(client: SessionClient) {
    client.socket.close(1000);
    return gateway.row(idOf(client));
  }

  it('sums its calls into one row', async () => {
    const { token } = await gateway.grant({ scopes: ['openai:chat:gpt-5*'] });
    const client = await open(path, bearer(token));
    client.socket.send(create('gpt-5-mini'));
    client.socket.send(create('gpt-5-mini', { previous_response_id: 'resp_1' }));
    await client.message(({ response }) => (response as { id?: string })?.id === 'resp_2');
    expect(upstream.received[0]?.text).toBe(create('gpt-5-mini'));
    await expect.poll(() => client.messages.length).toBe(4);
    expect(await rowOf(client)).toMatchObject({
      ...{ inputTokens: 2_000, outputTokens: 1_000, reasoningTokens: 400, model: 'gpt-5-mini', outcome: 'ok' },
      ...{ pricedModel: 'gpt-5-mini-2025-08-07', costMicroUsd: 2 * (250 + 1_000) },
    });
  });

  it('refuses a call to another model by a message, and goes on', async () => {
    const { token } = await gateway.grant({ scopes: ['openai:chat:gpt-5*'] });
    const client = await open(path, bearer(token));
    client.socket.send(create('o3-pro'));
    const refused = await client.message(({ type }) => type === 'error');
    expect(refused).toMatchObject({ status: 403, error: { code: 'insufficient_scope' } });
    client.socket.send('{"type":"response.create","model":"gpt-5","model":"o3-pro"}');
    client.socket.send('not json');
    await expect.poll(() => client.messages.length).toBe(3);
    expect(upstream.received).toEqual([]);
    client.socket.send(create('gpt-5'));
    await client.message(({ type }) => type === 'response.completed');
    expect(await rowOf(client)).toMatchObject({ outcome: 'ok', inputTokens: 1_000 });
  });

  it('takes a use for each call', async () => {
    const { token } = await gateway.grant({ scopes: ['openai:chat'], usesLeft: 2 });
    const client = await open(path, bearer(token));
    for (let call = 0; call < 3; call += 1) client.socket.send(create('gpt-5-mini'));
    expect(await client.message(({ type }) => type === 'error')).toMatchObject({
      error: { code: 'token_already_used' },
    });
    await expect.poll(() => upstream.received.length).toBe(2);
    await rowOf(client);
  });

  it('sets aside what each call can cost, and refuses what the budget does not hold', async () => {
    const { token } = await gateway.grant({ scopes: ['openai:chat'], budgetLeftMicroUsd: 5_000 });
    const client = await open(path, bearer(token));
    client.socket.send(create('gpt-5-mini', { max_output_tokens: 1_000 }));
    await client.message(({ type }) => type === 'response.completed');
    client.socket.send(create('gpt-5-mini', { max_output_tokens: 4_000 }));
    expect(await client.message(({ type }) => type === 'error')).toMatchObject({
      error: { code: 'budget_exceeded' },
      status: 402,
    });
    client.socket.send(create('nobody-knows-this-model', { max_output_tokens: 1 }));
    await client.message(({ error }) => (error as { code?: string })?.code === 'price_unknown');
    expect(upstream.received).toHaveLength(1);
    const held = gateway.opened.filter(({ requestId }) => requestId === idOf(client));
    expect(held.map((request) => ('reservedMicroUsd' in request ? request.reservedMicroUsd : null))).toEqual([
      0,
      expect.any(Number),
    ]);
    expect(held.at(-1)).toMatchObject({ model: 'gpt-5-mini' });
    expect(await rowOf(client)).toMatchObject({ costMicroUsd: 1_250, outcome: 'ok' });
  });
});

describe('Gemini Live', () => {
  const path = '/gemini/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent';
  const usage = (promptTokenCount: number, responseTokenCount: number) => ({
    usageMetadata: { promptTokenCount, responseTokenCount, totalTokenCount: promptTokenCount + responseTokenCount },
  });
  const setup = (model: string): string => JSON.stringify({ setup: { model: `models/${model}` } });

  it('takes the last count of each turn, in binary frames as Google sends them', async () => {
    upstream.serve((socket) => {
      const say = (message: object): void => socket.send(Buffer.from(JSON.stringify(message)), { binary: true });
      socket.once('message', () => {
        say({ setupComplete: {} });
        say({ serverContent: { modelTurn: { parts: [{ text: 'a' }] } }, ...usage(10, 2) });
        say({ serverContent: { turnComplete: true }, ...usage(10, 5) });
        say({ serverContent: { modelTurn: { parts: [{ text: 'b' }] } } });
        say({ ...usage(20, 7) });
        say({ serverContent: { turnComplete: true } });
      });
    });
    const { token } = await gateway.grant({ scopes: ['gemini:realtime:gemini-*'] });
    const client = await open(path, { headers: { 'x-goog-api-key': token } });
    client.socket.send(setup('gemini-2.5-flash'));
    await expect.poll(() => client.messages.length).toBe(6);
    client.socket.close(1000);
    expect(await gateway.row(idOf(client))).toMatchObject({
      ...{ inputTokens: 30, outputTokens: 12, model: 'gemini-2.5-flash', provider: 'gemini', outcome: 'ok' },
    });
    expect(upstream.seen[0]?.headers['x-goog-api-key']).toBe(keyOf('gemini'));
  });

  it('is closed when the setup names a model that no scope allows', async () => {
    const { token } = await gateway.grant({ scopes: ['gemini:realtime:gemini-2*'] });
    const client = await open(path, { headers: { 'x-goog-api-key': token } });
    client.socket.send(setup('gemini-3-pro'));
    const { code, reason } = await client.closed;
    expect([code, reason.split(':')[0]]).toEqual([1008, 'insufficient_scope']);
    expect(upstream.received).toEqual([]);
  });
});

describe('OpenAI’s own clients', () => {
  /** They always ask for TLS, which the gateway does not offer on loopback: their socket is told to leave it out. */
  const plain = (): https.Agent =>
    Object.assign(new https.Agent(), {
      createConnection: ({ port }: { readonly port: number }) => net.connect(port, '127.0.0.1'),
    });

  it('talk live', async () => {
    upstream.serve((socket) => {
      socket.send(JSON.stringify({ type: 'session.created', session: { type: 'realtime' } }));
      socket.on('message', () => socket.send(responseDone(spokenUsage)));
    });
    const { token } = await gateway.grant({ scopes: ['openai:realtime'] });
    const client = new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: token });
    const live = new OpenAIRealtimeWS({ model: 'gpt-realtime', options: { agent: plain() } }, client);
    const done = later<string>();
    live.on('session.created', () => live.send({ type: 'response.create' }));
    live.on('response.done', (event) => done.resolve(event.response.id ?? ''));
    expect(await done.promise).toBe('resp_1');
    live.close();
    expect(await gateway.row((row) => row.endpoint.endsWith('/realtime') && row.inputTokens === 132)).toMatchObject({
      outcome: 'ok',
    });
  });
});
