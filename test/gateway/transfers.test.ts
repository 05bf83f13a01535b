import { randomBytes } from 'node:crypto';
import http from 'node:http';
import { Readable } from 'node:stream';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { later } from './support/later.ts';
import { keyOf, startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { startUpstream, type TestUpstream } from './support/test-upstream.ts';

/** Uploads, downloads and batches: bytes that are large, forms that name a model, and calls whose cost comes later. */
let upstream: TestUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startTestGateway({
    upstreams: [
      { provider: 'openai', baseUrl: `${upstream.origin}/v1` },
      { provider: 'anthropic', baseUrl: upstream.origin },
      { provider: 'gemini', baseUrl: upstream.origin },
    ],
  });
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const transcript = {
  text: 'hello',
  usage: {
    type: 'tokens',
    input_tokens: 14,
    input_token_details: { text_tokens: 0, audio_tokens: 14 },
    output_tokens: 45,
    total_tokens: 59,
  },
};

beforeEach(async () => {
  await gateway.heal();
  upstream.seen.length = 0;
  upstream.raw(null);
  upstream.answer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(transcript));
  });
});

function sdk(token: string): OpenAI {
  return new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: token, maxRetries: 0 });
}

async function transcribe(
  token: string,
  model: string,
  size = 1_000,
): Promise<OpenAI.Audio.TranscriptionCreateResponse> {
  const file = await toFile(randomBytes(size), 'speech.wav', { type: 'audio/wav' });
  return sdk(token).audio.transcriptions.create({ file, model });
}

async function rowOf(path: string) {
  return gateway.row((row) => row.endpoint.endsWith(path) && row.outcome === 'ok');
}

describe('a form', () => {
  it.each([1_000, 400_000])('of %i bytes names its model, in whichever order its fields come', async (size) => {
    const { token, grantId } = await gateway.grant({ scopes: ['openai:audio:gpt-4o-*'] });
    expect((await transcribe(token, 'gpt-4o-transcribe', size)).text).toBe('hello');
    expect(upstream.seen[0]?.headers.authorization).toBe(`Bearer ${keyOf('openai')}`);
    expect(upstream.seen[0]?.body.length).toBeGreaterThan(size);
    const row = await gateway.row((candidate) => candidate.grantId === grantId);
    expect(row).toMatchObject({ model: 'gpt-4o-transcribe', inputTokens: 14, inputAudioTokens: 14, outputTokens: 45 });
    expect(row.costMicroUsd).toBeGreaterThan(0);
  });

  it('with another model is refused', async () => {
    const { token } = await gateway.grant({ scopes: ['openai:audio:gpt-4o-*'] });
    await expect(transcribe(token, 'whisper-1')).rejects.toMatchObject({ status: 403, code: 'insufficient_scope' });
    await expect(transcribe(token, 'whisper-1', 400_000)).rejects.toMatchObject({ status: 403 });
    expect(upstream.seen).toHaveLength(0);
  });

  it('that names two is refused under a scope that names one', async () => {
    const { token } = await gateway.grant({ scopes: ['openai:audio:gpt-4o-*'] });
    const body = new FormData();
    body.append('model', 'gpt-4o-transcribe');
    body.append('model', 'whisper-1');
    const answer = await fetch(`${gateway.url}/openai/v1/audio/transcriptions`, {
      ...{ method: 'POST', headers: { authorization: `Bearer ${token}` }, body },
    });
    expect(answer.status).toBe(400);
    expect(upstream.seen).toHaveLength(0);
  });

  it('is priced under a budget, and refused where its model has no price', async () => {
    const { token } = await gateway.grant({ scopes: ['openai:audio'], budgetLeftMicroUsd: 5_000_000 });
    expect((await transcribe(token, 'gpt-4o-mini-transcribe')).text).toBe('hello');
    await expect(transcribe(token, 'nobody-knows-this')).rejects.toMatchObject({ status: 402, code: 'price_unknown' });
  });

  it('that is too large to be read first tells its model all the same', async () => {
    const { token, grantId } = await gateway.grant({ scopes: ['openai:audio'] });
    await transcribe(token, 'gpt-4o-mini-transcribe', 300_000);
    expect(await gateway.row((row) => row.grantId === grantId)).toMatchObject({ model: 'gpt-4o-mini-transcribe' });
  });
});

/** Bytes that are made as they are asked for. */
function bytesOnTheFly(total: number): Readable {
  let left = total;
  return new Readable({
    highWaterMark: 64 * 1024,
    read() {
      const size = Math.min(left, 64 * 1024);
      left -= size;
      this.push(size === 0 ? null : Buffer.alloc(size, 0x61));
    },
  });
}

const large = 200 * 1024 * 1024;
const flat = 64 * 1024 * 1024;

describe('200 MB', () => {
  it('go up without being held', async () => {
    let received = 0;
    upstream.raw((request, response) => {
      request.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      request.on('end', () => response.end('{"id":"file-1"}'));
    });
    const { token } = await gateway.grant({ scopes: ['openai:files'] });
    const before = process.memoryUsage();
    let peak = 0;
    const watch = setInterval(() => {
      const { arrayBuffers } = process.memoryUsage();
      peak = Math.max(peak, arrayBuffers - before.arrayBuffers);
    }, 5);
    const answer = later<number>();
    const request = http.request(
      `${gateway.url}/openai/v1/files`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'multipart/form-data; boundary=x' },
      },
      (response) => {
        response.resume();
        answer.resolve(response.statusCode ?? 0);
      },
    );
    bytesOnTheFly(large).pipe(request);
    expect(await answer.promise).toBe(200);
    clearInterval(watch);
    expect(received).toBe(large);
    expect(peak).toBeLessThan(flat);
  });

  it('come down no faster than the caller takes them', async () => {
    let sent = 0;
    upstream.raw((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': String(large) });
      const source = bytesOnTheFly(large);
      source.on('data', (chunk: Buffer) => {
        sent += chunk.length;
      });
      source.pipe(response);
    });
    const { token } = await gateway.grant({ scopes: ['openai:files'] });
    const response = await new Promise<http.IncomingMessage>((resolve) =>
      http.get(
        `${gateway.url}/openai/v1/files/file-1/content`,
        { headers: { authorization: `Bearer ${token}` } },
        resolve,
      ),
    );
    let before = -1;
    await expect
      .poll(
        () => {
          const still = sent === before;
          before = sent;
          return still;
        },
        { interval: 200, timeout: 10_000 },
      )
      .toBe(true);
    expect(before).toBeLessThan(flat);
    let received = 0;
    for await (const chunk of response) received += (chunk as Buffer).length;
    expect(received).toBe(large);
    expect(await rowOf('/files/file-1/content')).toMatchObject({ status: 200, costMicroUsd: 0, outcome: 'ok' });
  });
});

it('passes ranges on, and their answers back', async () => {
  upstream.answer((request, response) => {
    response.writeHead(206, { 'content-range': 'bytes 2-4/10', 'accept-ranges': 'bytes' }).end(request.headers.range);
  });
  const { token } = await gateway.grant({ scopes: ['openai:files'] });
  const answer = await fetch(`${gateway.url}/openai/v1/files/file-2/content`, {
    headers: { authorization: `Bearer ${token}`, range: 'bytes=2-4' },
  });
  expect([answer.status, answer.headers.get('content-range'), await answer.text()]).toEqual([
    206,
    'bytes 2-4/10',
    'bytes=2-4',
  ]);
});

it('passes sound back byte by byte', async () => {
  const sound = randomBytes(100_000);
  upstream.answer((_request, response) => void response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(sound));
  const { token } = await gateway.grant({ scopes: ['openai:audio'] });
  const answer = await sdk(token).audio.speech.create({ model: 'gpt-4o-mini-tts', voice: 'alloy', input: 'hello' });
  expect(Buffer.from(await answer.arrayBuffer()).equals(sound)).toBe(true);
});

describe('batches', () => {
  const call = (token: string, method: string, path: string, body?: object): Promise<Response> =>
    fetch(`${gateway.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  const paths = [
    ['openai', '/openai/v1/batches', '/openai/v1/batches/batch_1/cancel'],
    ['anthropic', '/anthropic/v1/messages/batches', '/anthropic/v1/messages/batches/msgbatch_1/cancel'],
  ] as const;

  it.each(paths)('of %s are made with their own scope, and their cost is told as unknown', async (provider, path) => {
    const { token: chat } = await gateway.grant({ scopes: [`${provider}:chat`] });
    expect((await call(chat, 'POST', path, {})).status).toBe(403);
    const { token, grantId } = await gateway.grant({ scopes: [`${provider}:batches`] });
    expect((await call(token, 'POST', path, { input_file_id: 'file-1' })).status).toBe(200);
    expect(await gateway.row((row) => row.grantId === grantId)).toMatchObject({
      costMicroUsd: null,
      priceVersion: null,
    });
  });

  it.each(paths)('of %s can’t be made under a budget, but read and cancelled', async (provider, path, cancel) => {
    const { token, grantId } = await gateway.grant({ scopes: [`${provider}:batches`], budgetLeftMicroUsd: 5_000_000 });
    const refused = await call(token, 'POST', path, {});
    expect(refused.status).toBe(402);
    expect(await refused.text()).toContain('price_unknown');
    expect((await call(token, 'GET', path)).status).toBe(200);
    expect((await call(token, 'POST', cancel)).status).toBe(200);
    const row = await gateway.row(
      (candidate) => candidate.grantId === grantId && candidate.endpoint.endsWith('/cancel'),
    );
    expect(row).toMatchObject({ costMicroUsd: 0, outcome: 'ok' });
  });

  it('of Gemini are made where generating is, with the model in the path', async () => {
    const { token, grantId } = await gateway.grant({ scopes: ['gemini:batches:gemini-2.5-*'] });
    const answer = await call(token, 'POST', '/gemini/v1beta/models/gemini-2.5-flash:batchGenerateContent', {});
    expect(answer.status).toBe(200);
    expect(await gateway.row((row) => row.grantId === grantId)).toMatchObject({
      costMicroUsd: null,
      model: 'gemini-2.5-flash',
    });
  });

  it('results are read for nothing, however often', async () => {
    upstream.answer((_request, response) => {
      const line = {
        custom_id: 'a',
        result: {
          type: 'succeeded',
          message: { model: 'claude-haiku-4-5', usage: { input_tokens: 10, output_tokens: 5 } },
        },
      };
      response.writeHead(200, { 'content-type': 'application/x-jsonl' }).end(`${JSON.stringify(line)}\n`);
    });
    const { token, grantId } = await gateway.grant({ scopes: ['anthropic:batches'], budgetLeftMicroUsd: 1 });
    expect((await call(token, 'GET', '/anthropic/v1/messages/batches/msgbatch_1/results')).status).toBe(200);
    expect(await gateway.row((row) => row.grantId === grantId)).toMatchObject({ costMicroUsd: 0, inputTokens: 0 });
  });
});
