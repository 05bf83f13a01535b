import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keyOf, startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { chatCompletion, startUpstream, type TestUpstream } from './support/test-upstream.ts';

let upstream: TestUpstream;
let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startTestGateway({
    upstreams: [
      { provider: 'openai', baseUrl: `${upstream.origin}/v1` },
      { provider: 'anthropic', baseUrl: upstream.origin },
      { provider: 'gemini', baseUrl: upstream.origin },
      { provider: 'house-llm', definition: 'custom', baseUrl: `${upstream.origin}/api/v1` },
      { provider: 'ollama', definition: 'ollama', baseUrl: upstream.origin, secret: '' },
    ],
  });
  token = (await gateway.grant()).token;
});

beforeEach(async () => {
  await gateway.heal();
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

const chat = '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi \\u00e9"}]}';

function post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body,
  });
}

describe('what goes upstream', () => {
  it('is the body byte for byte, with the provider key in place of the token', async () => {
    const answer = await post('/openai/v1/chat/completions', chat);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(chatCompletion);
    const [seen] = upstream.seen;
    expect(seen?.url).toBe('/v1/chat/completions');
    expect(seen?.body.toString()).toBe(chat);
    expect(seen?.headers.authorization).toBe(`Bearer ${keyOf('openai')}`);
    expect(seen?.headers.host).toBe(new URL(upstream.origin).host);
  });

  it.each([
    ['authorization', 'Bearer '],
    ['authorization', 'Token '],
    ['x-api-key', ''],
    ['api-key', ''],
    ['x-goog-api-key', ''],
    ['xi-api-key', ''],
    ['private-token', ''],
  ])('takes the token in %s: %s', async (header, prefix) => {
    const answer = await fetch(`${gateway.url}/openai/v1/models`, { headers: { [header]: `${prefix}${token}` } });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
    const headers = JSON.stringify(upstream.seen[0]?.headers);
    expect(headers).not.toContain(token);
    expect(headers).toContain(keyOf('openai'));
  });

  it('carries no credential, cookie or address of the caller, whatever the header is called', async () => {
    const answer = await post('/openai/v1/chat/completions', chat, {
      cookie: 'session=1',
      forwarded: 'for=10.0.0.1',
      'proxy-authorization': 'Basic eDp5',
      'x-forwarded-for': '10.0.0.1',
      'x-mine': `prefix ${token}`,
      'x-tollkeeper-caller': '127.0.0.1:1>2',
      'x-forwarded-prefix': '/x',
      'x-http-method-override': 'DELETE',
      'x-original-url': '/v1/files',
      'x-passes': 'yes',
    });
    await answer.arrayBuffer();
    const headers = upstream.seen[0]?.headers ?? {};
    expect(JSON.stringify(headers)).not.toContain(token);
    for (const name of [
      'cookie',
      'forwarded',
      'proxy-authorization',
      'x-forwarded-for',
      'x-mine',
      'x-tollkeeper-caller',
      'x-forwarded-prefix',
      'x-http-method-override',
      'x-original-url',
    ]) {
      expect(headers[name]).toBeUndefined();
    }
    expect(headers['x-passes']).toBe('yes');
    expect(headers['accept-encoding']).toBe('identity');
  });

  it('carries no credential in the query, whatever the parameter is called', async () => {
    const query = `?a=1&access_token=x&%24httpHeaders=authorization:x&mine=${token}&api-version=2`;
    await (await post(`/openai/v1/chat/completions${query}`, chat)).arrayBuffer();
    expect(upstream.seen[0]?.url).toBe('/v1/chat/completions?a=1&api-version=2');
  });

  it("puts each provider's key where that provider wants it, and its required headers", async () => {
    await (
      await post('/anthropic/v1/messages?beta=true', '{"model":"claude-sonnet-4-5","max_tokens":9}')
    ).arrayBuffer();
    await (await post('/gemini/v1beta/models/gemini-2.5-flash:generateContent?alt=json', '{}')).arrayBuffer();
    await (await post('/house-llm/v1/chat/completions', chat)).arrayBuffer();
    await (await post('/ollama/v1/chat/completions', chat)).arrayBuffer();
    const [anthropic, gemini, custom, ollama] = upstream.seen;
    expect(anthropic?.url).toBe('/v1/messages?beta=true');
    expect(anthropic?.headers['x-api-key']).toBe(keyOf('anthropic'));
    expect(anthropic?.headers.authorization).toBeUndefined();
    expect(anthropic?.headers['anthropic-version']).toBe('2023-06-01');
    expect(gemini?.url).toBe('/v1beta/models/gemini-2.5-flash:generateContent?alt=json');
    expect(gemini?.headers['x-goog-api-key']).toBe(keyOf('gemini'));
    expect(custom?.url).toBe('/api/v1/chat/completions');
    expect(custom?.headers.authorization).toBe(`Bearer ${keyOf('house-llm')}`);
    expect(ollama?.headers.authorization).toBeUndefined();
  });

  it('keeps the headers that the caller set itself', async () => {
    await (await post('/anthropic/v1/messages', '{"model":"m"}', { 'anthropic-version': '2099-01-01' })).arrayBuffer();
    expect(upstream.seen[0]?.headers['anthropic-version']).toBe('2099-01-01');
  });
});

describe('what comes back', () => {
  it("is the upstream's answer, its status and errors included, with a request id", async () => {
    const text = '{"error":{"message":"slow down","type":"x","code":"rate_limit_exceeded"}}\n';
    upstream.answer((_request, response) => {
      response
        .writeHead(429, { 'content-type': 'application/json', 'retry-after': '7', 'x-request-id': 'abc' })
        .end(text);
    });
    const answer = await post('/openai/v1/chat/completions', chat);
    expect(answer.status).toBe(429);
    expect(await answer.text()).toBe(text);
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(answer.headers.get('x-request-id')).toBe('abc');
    const id = answer.headers.get('x-tollkeeper-request-id') ?? '';
    expect(await gateway.row(id)).toMatchObject({
      status: 429,
      outcome: 'upstream_error',
      errorCode: null,
      costMicroUsd: 0,
    });
  });

  it('passes a redirect on without following it', async () => {
    upstream.answer((_request, response) => {
      response.writeHead(307, { location: 'http://127.0.0.1:9/elsewhere' }).end();
    });
    const answer = await fetch(`${gateway.url}/openai/v1/models`, {
      headers: { authorization: `Bearer ${token}` },
      redirect: 'manual',
    });
    expect(answer.status).toBe(307);
    expect(upstream.seen).toHaveLength(1);
  });

  it('has no cookies and no CORS headers', async () => {
    upstream.answer((_request, response) => {
      response
        .writeHead(200, {
          'set-cookie': 'a=b',
          'access-control-allow-origin': '*',
          'x-tollkeeper-request-id': 'forged',
        })
        .end('{}');
    });
    const answer = await post('/openai/v1/chat/completions', chat);
    await answer.text();
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    expect(answer.headers.get('x-tollkeeper-request-id')).toMatch(/^req_[0-9a-f]{24}$/);
  });

  it('never holds the provider key, however the upstream cuts it', async () => {
    const key = keyOf('openai');
    upstream.answer((_request, response) => {
      response.writeHead(401, { 'x-echo': `key ${key}` });
      response.write(`{"error":"wrong key ${key.slice(0, 9)}`);
      setImmediate(() => response.end(`${key.slice(9)} and ${key}, tail ${key.slice(0, 5)}`));
    });
    const answer = await post('/openai/v1/chat/completions', chat);
    const text = await answer.text();
    expect(text).not.toContain(key);
    expect(text).toBe(
      `{"error":"wrong key ${'*'.repeat(key.length)} and ${'*'.repeat(key.length)}, tail ${key.slice(0, 5)}`,
    );
    expect(JSON.stringify([...answer.headers])).not.toContain(key);
  });
});

describe('the row', () => {
  it('has usage, price and the true model', async () => {
    const answer = await post('/openai/v1/chat/completions', chat);
    await answer.arrayBuffer();
    const row = await gateway.row(answer.headers.get('x-tollkeeper-request-id') ?? '');
    expect(row).toMatchObject({
      tool: 'test-tool',
      provider: 'openai',
      credentialId: 'credential-1',
      model: 'gpt-4o-mini',
      endpoint: 'POST /openai/v1/chat/completions',
      stream: false,
      status: 200,
      outcome: 'ok',
      errorCode: null,
      inputTokens: 1000,
      outputTokens: 500,
      costMicroUsd: 450,
    });
    expect(row.firstByteMs).not.toBeNull();
    expect(gateway.rows.filter((other) => other.requestId === row.requestId)).toHaveLength(1);
  });

  it('of a listing costs nothing', async () => {
    const answer = await fetch(`${gateway.url}/openai/v1/models`, { headers: { authorization: `Bearer ${token}` } });
    await answer.arrayBuffer();
    const row = await gateway.row(answer.headers.get('x-tollkeeper-request-id') ?? '');
    expect(row).toMatchObject({ outcome: 'ok', costMicroUsd: 0, model: null });
  });
});

it('listens on both loopback addresses with one port', async () => {
  expect(gateway.addresses[0]).toBe('127.0.0.1');
  for (const address of gateway.addresses) {
    const host = address.includes(':') ? `[${address}]` : address;
    expect(await (await fetch(`http://${host}:${gateway.port}/healthz`)).json()).toEqual({ status: 'ok' });
  }
});
