import { once } from 'node:events';
import type { Socket } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RawUpstream, startRawUpstream } from './support/raw-upstream.ts';
import { startTestGateway, type TestGateway } from './support/test-gateway.ts';

/** What becomes of calls when a provider closes the connections that are kept to it. */
let upstream: RawUpstream;
let gateway: TestGateway;

const said = 'The gate is open.';
const messages = [{ role: 'user' as const, content: 'Hello' }];
const completion = {
  ...{ id: 'c', object: 'chat.completion', created: 1, model: 'gpt-4o-mini' },
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: said } }],
  usage: { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 },
};
const message = {
  ...{ id: 'm', type: 'message', role: 'assistant', model: 'claude-opus-4-8', stop_reason: 'end_turn' },
  content: [{ type: 'text', text: said }],
  usage: { input_tokens: 10, output_tokens: 10 },
};

/** Answers whole, and leaves the connection open. */
function answer(socket: Socket, request: string): void {
  const text = JSON.stringify(request.includes('/v1/messages') ? message : completion);
  socket.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
}

/** Calls with an official SDK that may try again as often as it does by itself, or not at all. */
const sdks = {
  openai: async (token: string, options: { readonly maxRetries?: number }) => {
    const client = new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: token, ...options });
    const { choices } = await client.chat.completions.create({ model: 'gpt-4o-mini', messages });
    return choices[0]?.message.content;
  },
  anthropic: async (token: string, options: { readonly maxRetries?: number }) => {
    const client = new Anthropic({ baseURL: `${gateway.url}/anthropic`, authToken: token, apiKey: null, ...options });
    const { content } = await client.messages.create({ model: 'claude-opus-4-8', max_tokens: 50, messages });
    return content[0]?.type === 'text' ? content[0].text : null;
  },
};

beforeAll(async () => {
  upstream = await startRawUpstream();
  gateway = await startTestGateway({
    upstreams: [
      { provider: 'openai', baseUrl: `${upstream.origin}/v1` },
      { provider: 'anthropic', baseUrl: upstream.origin },
    ],
  });
});

beforeEach(() => gateway.heal());

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

describe.each(['openai', 'anthropic'] as const)('a connection kept to %s', (sdk) => {
  /** A tool that has made one call, whose connection is kept. */
  async function startTool() {
    for (const socket of upstream.connections) socket.destroy();
    await expect.poll(() => upstream.connections.size).toBe(0);
    upstream.answer(answer);
    const { token, grantId } = await gateway.grant({ budgetLeftMicroUsd: 1_000_000 });
    const rows = () => gateway.rows.filter((row) => row.grantId === grantId);
    expect(await sdks[sdk](token, { maxRetries: 0 })).toBe(said);
    const [kept] = upstream.connections;
    if (kept === undefined) throw new Error('No connection is kept');
    return { token, rows, kept, before: upstream.requests };
  }

  it.each(['end', 'resetAndDestroy'] as const)('that the provider closes by %s is not used again', async (way) => {
    const { token, rows, kept, before } = await startTool();
    const closed = once(kept, 'close');
    kept[way]();
    await closed;
    expect(await sdks[sdk](token, { maxRetries: 0 })).toBe(said);
    expect(upstream.requests).toBe(before + 1);
    expect(upstream.connections.has(kept)).toBe(false);
    await expect.poll(() => rows().map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
  });

  /** The provider’s closing and the next call cross: whether that call was looked at, nobody can tell. */
  const closeOnce = (kept: Socket) =>
    upstream.answer((socket, request) => (socket === kept ? socket.resetAndDestroy() : answer(socket, request)));

  it('that is closed while the next call is under way: 502, and nothing is sent twice', async () => {
    const { token, rows, kept, before } = await startTool();
    closeOnce(kept);
    const failure = await sdks[sdk](token, { maxRetries: 0 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ status: 502 });
    expect(JSON.stringify((failure as { readonly error?: unknown }).error)).toContain('upstream_unreachable');
    expect(upstream.requests).toBe(before + 1);
    await expect.poll(() => rows().length).toBe(2);
    const [, row] = rows();
    expect(row).toMatchObject({ status: 502, outcome: 'upstream_error', errorCode: 'upstream_unreachable' });
    expect(row?.costMicroUsd).toBeGreaterThan(0);
  });

  it('that is closed while the next call is under way: the SDK asks again by itself and is served', async () => {
    const { token, rows, kept, before } = await startTool();
    closeOnce(kept);
    expect(await sdks[sdk](token, {})).toBe(said);
    expect(upstream.requests).toBe(before + 2);
    await expect.poll(() => rows().map(({ status }) => status)).toEqual([200, 502, 200]);
  });
});
