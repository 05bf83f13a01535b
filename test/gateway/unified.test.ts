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
    ],
  });
  token = (await gateway.grant()).token;
});

beforeEach(() => {
  upstream.seen.length = 0;
  upstream.answer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chatCompletion));
  });
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

function post(path: string, body: string, bearer = token): Promise<Response> {
  return fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body,
  });
}

describe('the unified API, where the provider speaks the caller\u2019s protocol', () => {
  it.each([
    [
      '/v1/chat/completions',
      '{"model":"openai/gpt-4o-mini","messages":[{"role":"user","content":"Hi \\u00e9"}]}',
      '/v1/chat/completions',
    ],
    ['/v1/responses', '{"input":"openai/gpt-4o-mini","model":"openai/gpt-4o-mini"}', '/v1/responses'],
    ['/v1/embeddings', '{ "model" : "openai/gpt-4o-mini", "input": [] }', '/v1/embeddings'],
    ['/v1/messages', '{"max_tokens":9,"model":"anthropic/gpt-4o-mini","messages":[]}', '/v1/messages'],
    ['/v1/messages/count_tokens', '{"model":"anthropic/gpt-4o-mini","messages":[]}', '/v1/messages/count_tokens'],
  ])('%s changes the model\u2019s name and no other byte', async (path, body, upstreamPath) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual(chatCompletion);
    const [seen] = upstream.seen;
    expect(seen?.url).toBe(upstreamPath);
    const at = body.lastIndexOf('"model"') + 7;
    expect(seen?.body.toString()).toBe(body.slice(0, at) + body.slice(at).replace(/(?:openai|anthropic)\/gpt/, 'gpt'));
    expect(answer.headers.get('x-tollkeeper-upstream')).toMatch(
      /^(openai|anthropic)\/gpt-4o-mini;credential=credential-[12]$/,
    );
    const row = await gateway.row(answer.headers.get('x-tollkeeper-request-id') ?? '');
    expect(row).toMatchObject({ model: 'gpt-4o-mini', outcome: 'ok', endpoint: `POST ${path}` });
  });

  it('names the model in Gemini\u2019s path as the provider does', async () => {
    const body = '{"contents":[]}';
    const answer = await post('/v1beta/models/gemini/gemini-2.5-flash:generateContent', body);
    expect(answer.status).toBe(200);
    expect(upstream.seen[0]?.url).toBe('/v1beta/models/gemini-2.5-flash:generateContent');
    expect(upstream.seen[0]?.body.toString()).toBe(body);
    expect(upstream.seen[0]?.headers['x-goog-api-key']).toBe(keyOf('gemini'));
  });

  it('asks for a scope that covers the model behind the name', async () => {
    const narrow = await gateway.grant({ scopes: ['openai:chat:gpt-4o*'] });
    expect((await post('/v1/chat/completions', '{"model":"openai/gpt-4o-mini"}', narrow.token)).status).toBe(200);
    const refused = await post('/v1/chat/completions', '{"model":"openai/gpt-5"}', narrow.token);
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('scope="openai:chat:gpt-5"');
  });

  it.each([
    ['unknown_model', 404, '{"model":"gpt-4o-mini"}'],
    ['no_credential', 503, '{"model":"mistral/mistral-large-latest"}'],
    ['unknown_model', 404, '{"model":"acme/x"}'],
    ['invalid_request', 400, '{"model":"openai/a","model":"openai/b"}'],
    ['invalid_request', 400, '{}'],
    ['invalid_request', 400, 'no json'],
  ])('%s', async (code, status, body) => {
    const answer = await post('/v1/chat/completions', body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { code } });
    expect(upstream.seen).toHaveLength(0);
  });
});
