import { once } from 'node:events';
import http from 'node:http';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { expect, it, onTestFinished } from 'vitest';
import type { CanaryLease, UpstreamLease } from '#shared/contract/port.ts';
import { openSession } from './support/session-client.ts';
import { leaseOf, startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { type Answer, chatCompletion, startUpstream, type TestUpstream } from './support/test-upstream.ts';

const oldKey = 'sk-old-CANARY-0123456789';
const newKey = 'sk-new-CANARY-0123456789';

/** One credential whose new key is tried. */
interface CanaryBench {
  readonly gateway: TestGateway;
  readonly upstream: TestUpstream;
  readonly token: string;
  readonly openai: OpenAI;
  /** Which key each call came with, in order. */
  keys(): readonly ('old' | 'new')[];
  /** The other keys' answers stay fine. */
  answerNew(answer: Answer): void;
  chat(body?: unknown): Promise<Response>;
  lease(changes: Partial<UpstreamLease>): Promise<void>;
}

const fine: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chatCompletion));
};

function failing(status: number): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":{"message":"No."}}');
  };
}

const canary: CanaryLease = { version: 2, secret: newKey, share: 10 };
const body = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] };

/** The same as the Responses API says it. */
const openaiResponse = {
  ...{ id: 'resp_1', object: 'response', created_at: 1, status: 'completed', model: 'gpt-4o-mini-2024-07-18' },
  output: [
    {
      ...{ id: 'msg_1', type: 'message', role: 'assistant', status: 'completed' },
      content: [{ type: 'output_text', text: 'Hello.', annotations: [] }],
    },
  ],
  usage: { input_tokens: 1000, output_tokens: 500, total_tokens: 1500 },
};

async function startBench(share = 100): Promise<CanaryBench> {
  const upstream = await startUpstream();
  let ofNew = fine;
  const isNew = (headers: Readonly<Record<string, unknown>>): boolean => headers.authorization === `Bearer ${newKey}`;
  upstream.answer((request, response) => (isNew(request.headers) ? ofNew : fine)(request, response));
  const base = leaseOf({ provider: 'openai', baseUrl: `${upstream.origin}/v1`, secret: oldKey }, 0);
  const gateway = await startTestGateway({ upstreams: [{ ...base, canary: { ...canary, share } }] });
  onTestFinished(async () => {
    await gateway.close();
    await upstream.close();
  });
  const { token } = await gateway.grant();
  return {
    ...{ gateway, upstream, token },
    openai: new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: token, maxRetries: 0 }),
    keys: () => upstream.seen.map(({ headers }) => (isNew(headers) ? 'new' : 'old')),
    answerNew(answer) {
      ofNew = answer;
    },
    chat: (sent = body) =>
      fetch(`${gateway.url}/openai/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: typeof sent === 'string' ? sent : JSON.stringify(sent),
      }),
    lease: (changes) => gateway.update({ upstreams: [{ ...base, canary: { ...canary, share }, ...changes }] }),
  };
}

it('takes exactly its share of the calls, the first among them, and goes on counting when the snapshot changes', async () => {
  const bench = await startBench(10);
  for (let call = 0; call < 15; call += 1) expect((await bench.chat()).status).toBe(200);
  await bench.lease({ acceptedAt: 1 });
  for (let call = 0; call < 15; call += 1) expect((await bench.chat()).status).toBe(200);
  expect(bench.keys().flatMap((key, index) => (key === 'new' ? [index] : []))).toEqual([0, 10, 20]);
  await expect.poll(() => bench.gateway.canaryCalls).toEqual([null, null, null]);
});

it('a refused key falls back to the present one within the same call, of which its caller learns nothing, and is tried no more', async () => {
  const bench = await startBench();
  bench.answerNew(failing(401));
  const response = await bench.chat();
  expect(response.status).toBe(200);
  expect([...response.headers.keys()].filter((name) => name.startsWith('x-tollkeeper'))).toEqual([
    'x-tollkeeper-request-id',
  ]);
  expect(await response.json()).toEqual(chatCompletion);
  await expect.poll(() => bench.gateway.canaryCalls).toEqual([401]);
  expect(bench.gateway.health).toEqual([]);
  for (let call = 0; call < 3; call += 1) expect((await bench.chat()).status).toBe(200);
  expect(bench.keys()).toEqual(['new', 'old', 'old', 'old', 'old']);
  const id = response.headers.get('x-tollkeeper-request-id') ?? '';
  expect(await bench.gateway.row(id)).toMatchObject({ outcome: 'ok', status: 200, errorCode: null, inputTokens: 1000 });
  expect(bench.gateway.rows.filter(({ requestId }) => requestId === id)).toHaveLength(1);
});

it.each([400, 402, 403, 404])('%i is a refusal when the same call goes well with the present key', async (status) => {
  const bench = await startBench();
  bench.answerNew(failing(status));
  expect((await bench.chat()).status).toBe(200);
  await expect.poll(() => bench.gateway.canaryCalls).toEqual([status]);
  expect(bench.keys()).toEqual(['new', 'old']);
});

it('what the call itself has wrong is told to its caller, and is not held against the new key', async () => {
  const bench = await startBench();
  bench.upstream.answer(failing(400));
  const response = await bench.chat();
  expect(response.status).toBe(400);
  expect(bench.keys()).toEqual(['new', 'old']);
  expect(bench.gateway.canaryCalls).toEqual([]);
});

it('a limit of the new key alone costs no caller anything, and says nothing of the key', async () => {
  const bench = await startBench();
  bench.answerNew(failing(429));
  expect((await bench.chat()).status).toBe(200);
  expect(bench.gateway.canaryCalls).toEqual([]);
  expect(bench.gateway.health).toEqual([]);
});

it('an upstream that breaks is asked once, as without a trial', async () => {
  const bench = await startBench();
  bench.answerNew(failing(500));
  expect((await bench.chat()).status).toBe(500);
  expect(bench.keys()).toEqual(['new']);
  expect(bench.gateway.canaryCalls).toEqual([]);
});

it('calls that come together try the key one at a time until it was taken once', async () => {
  const bench = await startBench();
  const arrived: (() => void)[] = [];
  let seenNew: () => void = () => undefined;
  const first = new Promise<void>((resolve) => {
    seenNew = resolve;
  });
  bench.answerNew((request, response) => {
    arrived.push(() => fine(request, response));
    seenNew();
  });
  const held = bench.chat();
  await first;
  expect(await bench.gateway.countKey('credential-1', 2)).toBe(1);
  expect(await bench.gateway.countKey('credential-1', 1)).toBe(1);
  await Promise.all(Array.from({ length: 4 }, async () => expect((await bench.chat()).status).toBe(200)));
  expect(bench.keys()).toEqual(['new', 'old', 'old', 'old', 'old']);
  arrived.shift()?.();
  expect((await held).status).toBe(200);
  bench.answerNew(fine);
  await bench.chat();
  expect(bench.keys().at(-1)).toBe('new');
});

it('a body that passes as a stream and a live session use the present key', async () => {
  const bench = await startBench();
  const long = { ...body, messages: [{ role: 'user', content: 'word '.repeat(20_000) }] };
  expect((await bench.chat(long)).status).toBe(200);
  expect(bench.keys()).toEqual(['old']);
  const upgrades: (string | undefined)[] = [];
  bench.upstream.server.on('upgrade', (request, socket) => {
    upgrades.push(request.headers.authorization);
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
  });
  const refusal: unknown = await openSession(`${bench.gateway.url}/openai/v1/realtime?model=gpt-realtime`, {
    headers: { authorization: `Bearer ${bench.token}` },
  }).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ status: 403 });
  expect(upgrades).toEqual([`Bearer ${oldKey}`]);
});

it('holds for calls that are translated from another protocol', async () => {
  const bench = await startBench();
  bench.upstream.answer((request, response) => {
    const isNew = request.headers.authorization === `Bearer ${newKey}`;
    if (isNew) failing(401)(request, response);
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(openaiResponse));
  });
  const anthropic = new Anthropic({ baseURL: bench.gateway.url, apiKey: bench.token, maxRetries: 0 });
  const message = await anthropic.messages.create({
    ...{ model: 'openai/gpt-4o-mini', max_tokens: 50 },
    messages: [{ role: 'user', content: 'Hi' }],
  });
  expect(message.content).toMatchObject([{ type: 'text', text: 'Hello.' }]);
  expect(bench.keys()).toEqual(['new', 'old']);
  await expect.poll(() => bench.gateway.canaryCalls).toEqual([401]);
});

it('a stream keeps the key that it began with over the change, and is counted until its end', async () => {
  const bench = await startBench();
  await bench.lease({ canary: null });
  let end: () => void = () => undefined;
  bench.upstream.answer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content: 'Hel' } }] })}\n\n`);
    end = () => {
      response.write(`data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: { content: 'lo.' } }] })}\n\n`);
      response.end('data: [DONE]\n\n');
    };
  });
  const stream = await bench.openai.chat.completions.create({
    ...{ model: 'gpt-4o-mini', stream: true },
    messages: [{ role: 'user', content: 'Hi' }],
  });
  const parts = stream[Symbol.asyncIterator]();
  expect((await parts.next()).value?.choices[0]?.delta.content).toBe('Hel');
  await bench.lease({ canary: null, secret: newKey, credentialVersion: 2 });
  expect(await bench.gateway.countKey('credential-1', 1)).toBe(1);
  expect(await bench.gateway.countKey('credential-1', 2)).toBe(0);
  expect(await bench.gateway.countKey('credential-2', 1)).toBe(0);
  end();
  expect((await parts.next()).value?.choices[0]?.delta.content).toBe('lo.');
  expect((await parts.next()).done).toBe(true);
  await bench.gateway.row((row) => row.stream);
  expect(await bench.gateway.countKey('credential-1', 1)).toBe(0);
});

it('a call that waits for its body counts, because it goes out with the key that it was given', async () => {
  const bench = await startBench();
  await bench.lease({ canary: null });
  const text = JSON.stringify(body);
  const request = http.request(`${bench.gateway.url}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${bench.token}`, 'content-type': 'application/json', expect: '100-continue' },
      'content-length': Buffer.byteLength(text),
    },
  });
  request.flushHeaders();
  await once(request, 'continue');
  await bench.lease({ canary: null, secret: newKey, credentialVersion: 2 });
  expect(await bench.gateway.countKey('credential-1', 1)).toBe(1);
  request.end(text);
  const [answer] = await once(request, 'response');
  answer.resume();
  await once(answer, 'end');
  expect(answer.statusCode).toBe(200);
  expect(bench.keys()).toEqual(['old']);
  await bench.gateway.row((row) => row.outcome === 'ok');
  expect(await bench.gateway.countKey('credential-1', 1)).toBe(0);
});
