import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { startUpstream, type TestUpstream } from './support/test-upstream.ts';

let upstream: TestUpstream;
let gateway: TestGateway;
let token: string;

beforeAll(async () => {
  upstream = await startUpstream();
  upstream.answer((request, response) => {
    const list = request.url.startsWith('/v1beta')
      ? { models: [{ name: 'models/gemini-2.5-flash' }] }
      : { data: request.headers['x-api-key'] === undefined ? [{ id: 'gpt-5' }, { id: 'o3' }] : [{ id: 'claude-x' }] };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(list));
  });
  gateway = await startTestGateway({
    upstreams: [
      { provider: 'openai', baseUrl: `${upstream.origin}/v1` },
      { provider: 'anthropic', baseUrl: upstream.origin },
      { provider: 'gemini', baseUrl: upstream.origin },
      { provider: 'mistral', baseUrl: 'http://127.0.0.1:9' },
    ],
  });
  const target = { provider: 'openai', model: 'gpt-5' };
  await gateway.update({
    aliases: [{ name: 'fast', targets: [target], timeouts: {}, fallbackOn: [] }],
  });
  token = (await gateway.grant()).token;
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const everything = ['fast', 'openai/gpt-5', 'openai/o3', 'anthropic/claude-x', 'gemini/gemini-2.5-flash'];

describe('the list of models', () => {
  it('is the same in all three protocols, and leaves out a provider that does not answer', async () => {
    const openai = await new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: token, maxRetries: 0 }).models.list();
    expect(openai.data.map(({ id }) => id)).toEqual(everything);
    const anthropic = await new Anthropic({ baseURL: gateway.url, apiKey: token, maxRetries: 0 }).models.list();
    expect(anthropic.data.map(({ id }) => id)).toEqual(everything);
    const google = new GoogleGenAI({ apiKey: token, vertexai: false, httpOptions: { baseUrl: gateway.url } });
    const names: (string | undefined)[] = [];
    for await (const model of await google.models.list()) names.push(model.name);
    expect(names).toEqual(everything.map((id) => `models/${id}`));
  });

  it('is asked for once, each provider with its own key, and leaves a row', async () => {
    const before = upstream.seen.length;
    const answer = await fetch(`${gateway.url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    expect(upstream.seen).toHaveLength(before);
    const keys = upstream.seen.map(
      ({ headers }) => headers.authorization ?? headers['x-api-key'] ?? headers['x-goog-api-key'],
    );
    expect(keys.sort()).toEqual([keyOf('anthropic'), keyOf('gemini'), `Bearer ${keyOf('openai')}`].sort());
    const row = await gateway.row(answer.headers.get('x-tollkeeper-request-id') ?? '');
    expect(row).toMatchObject({ outcome: 'ok', status: 200, endpoint: 'GET /v1/models' });
  });

  it('holds only what the token may list and use', async () => {
    const narrow = await gateway.grant({ scopes: ['openai:models', 'openai:chat:o*'] });
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: narrow.token, maxRetries: 0 });
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['openai/o3']);
    const none = await gateway.grant({ scopes: ['*:chat'] });
    const refused = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: none.token, maxRetries: 0 });
    await expect(refused.models.list()).rejects.toMatchObject({ status: 403, code: 'insufficient_scope' });
  });
});
