import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { later } from './support/later.ts';
import { keyOf, startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { chatCompletion, startUpstream, type TestUpstream } from './support/test-upstream.ts';

/** What goes wrong on the way through a translation: the upstream is Groq's chat, the caller speaks Anthropic's messages. */
let upstream: TestUpstream;
let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startTestGateway({
    upstreams: [
      { provider: 'groq', baseUrl: upstream.origin },
      { provider: 'mistral', baseUrl: upstream.origin },
      { provider: 'openai', baseUrl: `${upstream.origin}/v1` },
    ],
  });
  token = (await gateway.grant()).token;
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

const model = 'groq/llama-4';

function ask(more: Readonly<Record<string, unknown>> = {}, init: RequestInit = {}): Promise<Response> {
  return fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'x-api-key': token, 'content-type': 'application/json', 'anthropic-beta': 'mark-2026' },
    body: JSON.stringify({ model, max_tokens: 50, messages: [{ role: 'user', content: 'Hi' }], ...more }),
    ...init,
  });
}

/** Writes up to `most` pieces; tells how many went before nothing moved for 200 turns of the event loop with I/O in each. */
async function fill(target: NodeJS.WritableStream, piece: string, most: number): Promise<number> {
  for (let written = 1; written <= most; written += 1) {
    let moved = target.write(piece);
    target.once('drain', () => {
      moved = true;
    });
    for (let turn = 0; turn < 200 && !moved; turn += 1) {
      await fetch(`${gateway.url}/healthz`).then((answer) => answer.arrayBuffer());
    }
    if (!moved) return written;
  }
  return most;
}

const rowOf = (answer: Response) => gateway.row(answer.headers.get('x-tollkeeper-request-id') ?? '');
const chunk = (delta: unknown, reason: string | null = null) =>
  `data: ${JSON.stringify({ id: '1', model: 'llama-4', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`;

describe('a translated call', () => {
  it('carries the provider’s key and no header of the caller’s, and is metered by what the upstream told', async () => {
    const answer = await ask({ top_k: 3 });
    expect(await answer.json()).toMatchObject({ type: 'message', content: [{ type: 'text', text: 'Hello.' }] });
    expect(answer.headers.get('x-tollkeeper-dropped')).toBe('top_k');
    expect(answer.headers.get('x-tollkeeper-upstream')).toMatch(/^groq\/llama-4;credential=/);
    const [seen] = upstream.seen;
    expect(seen?.url).toBe('/openai/v1/chat/completions');
    expect(seen?.headers).toMatchObject({ authorization: `Bearer ${keyOf('groq')}` });
    expect(Object.keys(seen?.headers ?? {}).sort()).toEqual([
      ...['accept-encoding', 'authorization', 'content-length', 'content-type', 'host'],
    ]);
    expect(await rowOf(answer)).toMatchObject({
      ...{ provider: 'groq', model: 'llama-4', outcome: 'ok', status: 200 },
      ...{ inputTokens: 1000, outputTokens: 500, endpoint: 'POST /v1/messages', stream: false },
    });
  });

  it('keeps the provider’s key out of the answer, even where the upstream tells it', async () => {
    upstream.answer((_request, response) => {
      const error = { message: `Incorrect API key provided: ${keyOf('groq')}`, type: 'invalid_request_error' };
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
    });
    const answer = await ask();
    expect(answer.status).toBe(400);
    const text = await answer.text();
    expect(text).toContain('Incorrect API key provided');
    expect(text).not.toContain(keyOf('groq'));
    expect(await rowOf(answer)).toMatchObject({ outcome: 'upstream_error', status: 400, costMicroUsd: 0 });
  });

  it('that can’t be made is refused, and costs nothing', async () => {
    const image = { type: 'document', source: { type: 'file', file_id: 'file-1' } };
    const answer = await ask({ messages: [{ role: 'user', content: [image] }] });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ type: 'error', error: { code: 'invalid_request' } });
    expect(upstream.seen).toHaveLength(0);
    expect(await rowOf(answer)).toMatchObject({ outcome: 'denied', errorCode: 'invalid_request', costMicroUsd: 0 });
  });

  it('whose stream outgrows its budget is cut, and the gateway lives', async () => {
    const grant = await gateway.grant({ budgetLeftMicroUsd: 500 });
    upstream.raw((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const events = chunk({ content: 'x' }).repeat(1_000);
      const more = (): void => {
        if (!response.destroyed) response.write(events, () => setImmediate(more));
      };
      more();
    });
    const answer = await ask(
      { model: 'groq/llama-3.3-70b-versatile', stream: true },
      { headers: { 'x-api-key': grant.token, 'content-type': 'application/json' } },
    );
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    expect(await rowOf(answer)).toMatchObject({ outcome: 'denied', errorCode: 'budget_exceeded' });
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
  });

  it.each([204, 302, 304])('that is answered with %i is a bad gateway', async (status) => {
    upstream.answer((_request, response) => response.writeHead(status, { location: 'https://example.com/' }).end());
    const answer = await ask();
    expect(answer.status).toBe(502);
    const error = { type: 'api_error', message: 'The provider’s answer could not be read.' };
    expect(await answer.json()).toMatchObject({ type: 'error', error });
  });

  it('streams as the upstream does: the first words are there before the last are said', async () => {
    const goOn = later();
    upstream.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk({ content: 'first' }));
      void goOn.promise.then(() => response.end(`${chunk({ content: 'last' })}${chunk({}, 'stop')}data: [DONE]\n\n`));
    });
    const answer = await ask({ stream: true });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('first')) text += (await reader?.read())?.value ?? '';
    expect(text).not.toContain('last');
    goOn.resolve();
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) text += next.value;
    expect(text).toContain('last');
    expect(text).toContain('message_stop');
    expect(await rowOf(answer)).toMatchObject({ outcome: 'ok', stream: true });
  });

  it('that is cut in the middle ends without a closing event, and says so in its row', async () => {
    const cut = later();
    upstream.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk({ content: 'first' }));
      void cut.promise.then(() => response.destroy());
    });
    const answer = await ask({ stream: true });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('first')) text += (await reader?.read())?.value ?? '';
    cut.resolve();
    await expect(
      (async () => {
        for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) text += next.value;
      })(),
    ).rejects.toThrow();
    expect(text).not.toContain('message_stop');
    expect(await rowOf(answer)).toMatchObject({ outcome: 'upstream_error' });
  });

  it('that ends without a reason tells of it in the caller’s words', async () => {
    upstream.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(chunk({ content: 'half' }));
    });
    const answer = await ask({ stream: true });
    const text = await answer.text();
    expect(text).toContain('event: error');
    expect(text).not.toContain('message_stop');
    expect(await rowOf(answer)).toMatchObject({ outcome: 'upstream_error', errorCode: 'upstream_unreachable' });
  });

  it('ends at the upstream when its caller leaves', async () => {
    const gone = later();
    upstream.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunk({ content: 'first' }));
      response.once('close', () => gone.resolve());
    });
    const controller = new AbortController();
    const answer = await ask({ stream: true }, { signal: controller.signal });
    controller.abort();
    await gone.promise;
    expect(await rowOf(answer)).toMatchObject({ outcome: 'client_aborted' });
  });

  it('is not read faster than its caller takes it', async () => {
    const sent = later<number>();
    const most = 128;
    upstream.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      void fill(response, chunk({ content: 'x'.repeat(1024 * 1024) }), most).then(sent.resolve);
    });
    const controller = new AbortController();
    const answer = await ask({ stream: true }, { signal: controller.signal });
    expect(await sent.promise).toBeLessThan(most / 2);
    controller.abort();
    expect((await rowOf(answer)).outcome).toBe('client_aborted');
  });

  it('goes on with the next model of an alias, in another protocol, where the first fails', async () => {
    upstream.answer((request, response) => {
      const limited = request.headers.authorization === `Bearer ${keyOf('groq')}`;
      const error = { error: { message: 'slow down', type: 'rate_limit_error' } };
      response
        .writeHead(limited ? 429 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(limited ? error : chatCompletion));
    });
    await gateway.update({
      aliases: [
        {
          name: 'fast',
          targets: [
            { provider: 'groq', model: 'llama-4' },
            { provider: 'mistral', model: 'mistral-large' },
          ],
          timeouts: {},
          fallbackOn: ['429'],
        },
      ],
    });
    const answer = await ask({ model: 'fast' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-tollkeeper-upstream')).toMatch(/^mistral\/mistral-large;/);
    expect(answer.headers.get('x-tollkeeper-attempts')).toContain('groq/llama-4;status=429');
    expect(await answer.json()).toMatchObject({ content: [{ text: 'Hello.' }] });
  });

  it('counts tokens where the provider does, and costs nothing', async () => {
    upstream.answer((_request, response) => response.writeHead(200).end('{"input_tokens":11}'));
    const count = (named: string) =>
      fetch(`${gateway.url}/v1/messages/count_tokens`, {
        method: 'POST',
        headers: { 'x-api-key': token, 'content-type': 'application/json' },
        body: JSON.stringify({ model: named, messages: [{ role: 'user', content: 'Hi' }] }),
      });
    const answer = await count('openai/gpt-5');
    expect(await answer.json()).toEqual({ input_tokens: 11 });
    expect(upstream.seen[0]?.url).toBe('/v1/responses/input_tokens');
    expect(await rowOf(answer)).toMatchObject({ outcome: 'ok', costMicroUsd: 0 });
    expect((await count('groq/llama-4')).status).toBe(404);
  });

  describe('of embeddings', () => {
    const texts = ['a', 'b'];

    async function embed(
      told: Readonly<Record<string, unknown>>,
    ): Promise<{ readonly answer: Response; body: unknown }> {
      await gateway.update({ upstreams: [{ ...geminiLease(), baseUrl: upstream.origin }] });
      upstream.answer((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ embeddings: [{ values: [0.5, -1] }, { values: [2, 3] }], ...told }));
      });
      const answer = await fetch(`${gateway.url}/v1/embeddings`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gemini/gemini-embedding-001', input: texts, dimensions: 2 }),
      });
      return { answer, body: await answer.json() };
    }

    it('goes to Gemini, and tells the tokens that its row has where Gemini tells none', async () => {
      const { answer, body } = await embed({});
      const row = await rowOf(answer);
      expect(row).toMatchObject({ outcome: 'ok', estimated: true, outputTokens: 0 });
      expect(row.inputTokens).toBeGreaterThan(texts.length);
      expect(body).toMatchObject({
        data: [
          { index: 0, embedding: [0.5, -1] },
          { index: 1, embedding: [2, 3] },
        ],
        usage: { prompt_tokens: row.inputTokens, total_tokens: row.inputTokens },
      });
      expect(upstream.seen.at(-1)?.url).toBe('/v1beta/models/gemini-embedding-001:batchEmbedContents');
      expect(JSON.parse(upstream.seen.at(-1)?.body.toString() ?? '')).toEqual({
        requests: texts.map((text) => ({
          model: 'models/gemini-embedding-001',
          content: { parts: [{ text }] },
          outputDimensionality: 2,
        })),
      });
    });

    it('tells what Gemini told', async () => {
      const { answer, body } = await embed({ usageMetadata: { promptTokenCount: 7 } });
      expect(body).toMatchObject({ usage: { prompt_tokens: 7, total_tokens: 7 } });
      expect(await rowOf(answer)).toMatchObject({ inputTokens: 7, outputTokens: 0 });
    });
  });
});

function geminiLease() {
  return {
    ...{ provider: 'gemini', definition: 'gemini', credentialId: 'credential-9', credentialVersion: 1 },
    ...{ secret: keyOf('gemini'), isDefault: true, weight: null, acceptedAt: null },
  };
}
