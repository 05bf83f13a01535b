import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FakeSessionUpstream, startFakeSessionUpstream } from '#test/fakes/fake-session-upstream.ts';
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
});
