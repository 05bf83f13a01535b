import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { startUpstream, type TestUpstream } from './support/test-upstream.ts';

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
      { provider: 'groq', definition: 'groq', baseUrl: 'http://192.0.2.1/openai' },
    ],
    configuration: { maxBodyBytes: 1_000_000 },
  });
  token = (await gateway.grant()).token;
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

interface Call {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

async function call({ path = '/openai/v1/chat/completions', method = 'POST', headers, body }: Call) {
  const answer = await fetch(gateway.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, code: /"code":"([a-z_]+)"/.exec(text)?.[1] };
}

describe('authentication', () => {
  it('without a token answers 401 with a bare challenge that says where to ask', async () => {
    const answer = await fetch(`${gateway.url}/openai/v1/models`);
    expect(answer.status).toBe(401);
    const challenge = answer.headers.get('www-authenticate') ?? '';
    expect(challenge).toMatch(
      /^Bearer realm="tollkeeper", resource_metadata="http:\/\/127\.0\.0\.1:\d+\/\.well-known\/oauth-protected-resource"$/,
    );
    await answer.text();
  });

  it.each([
    ['garbage', () => 'not-a-token'],
    ['a provider key', () => 'sk-proj-somebody-elses-key'],
    ['a cut token', () => token.slice(0, -4)],
    [
      'an unsigned token',
      () => `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${token.split('.')[1]}.`,
    ],
    ['an unknown reference token', () => 'tk_0000000000000000'],
    ['an endless token', () => 'x'.repeat(20_000)],
  ])('refuses %s', async (_name, make) => {
    const answer = await call({ headers: { authorization: `Bearer ${make()}` } });
    expect(answer.status).toBe(401);
    expect(answer.code).toBe('invalid_token');
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"');
    expect(answer.text).not.toContain(make());
  });

  it.each([
    ['another audience', { aud: 'http://127.0.0.1:1' }],
    ['another issuer', { iss: 'http://evil.example' }],
    ['no grant', { grant_id: undefined }],
    ['an unknown grant', { grant_id: 'grant-of-nobody' }],
    ['no jti', { jti: undefined }],
    ['no sub', { sub: undefined }],
    ['no client_id', { client_id: undefined }],
    ['no iat', { iat: undefined }],
    ['a past end', { exp: 1_000_000_000 }],
    ['a key it is bound to', { cnf: { jkt: 'thumbprint' } }],
  ])('refuses a well-signed token with %s', async (_name, claims) => {
    const grant = await gateway.grant({ claims });
    const answer = await call({ headers: { authorization: `Bearer ${grant.token}` } });
    expect(answer.status).toBe(401);
    expect(answer.code).toBe('invalid_token');
  });

  it.each(['JWT', 'id_token+jwt'])('refuses the type %s', async (typ) => {
    const grant = await gateway.grant({ typ });
    expect((await call({ headers: { authorization: `Bearer ${grant.token}` } })).status).toBe(401);
  });

  it('takes a reference token, and refuses it when it is revoked', async () => {
    const { grantId } = await gateway.grant();
    const reference = await gateway.reference(grantId);
    expect(
      (await call({ path: '/openai/v1/models', method: 'GET', headers: { authorization: `Bearer ${reference}` } }))
        .status,
    ).toBe(200);
    await gateway.revoke(grantId);
    expect((await call({ headers: { authorization: `Bearer ${reference}` } })).status).toBe(401);
  });

  it('refuses one revoked token while its grant lives', async () => {
    const grant = await gateway.grant();
    const headers = { authorization: `Bearer ${grant.token}` };
    expect((await call({ path: '/openai/v1/models', method: 'GET', headers })).status).toBe(200);
    await gateway.update({ revokedTokenIds: [grant.tokenId] });
    expect((await call({ path: '/openai/v1/models', method: 'GET', headers })).status).toBe(401);
  });

  it('refuses a token whose time is over', async () => {
    const grant = await gateway.grant({ expiresIn: -1 });
    expect((await call({ headers: { authorization: `Bearer ${grant.token}` } })).code).toBe('invalid_token');
  });

  it('refuses two different tokens, and takes the same one twice', async () => {
    expect((await call({ headers: { 'x-api-key': 'another' } })).status).toBe(401);
    const twice = await call({ path: '/openai/v1/models', method: 'GET', headers: { 'x-api-key': token } });
    expect(twice.status).toBe(200);
  });

  it('refuses a token in the query with the header to use, unless the tool may', async () => {
    const path = `/gemini/v1beta/models?pageSize=5&key=${token}`;
    const refused = await fetch(gateway.url + path);
    expect(refused.status).toBe(401);
    const text = await refused.text();
    expect(text).toContain('"code":"token_in_query"');
    expect(text).toContain('x-goog-api-key');
    const allowed = await gateway.grant({ queryToken: true });
    const answer = await fetch(`${gateway.url}/gemini/v1beta/models?pageSize=5&%6bey=${allowed.token}`);
    expect(answer.status).toBe(200);
    await answer.text();
    expect(upstream.seen.at(-1)?.url).toBe('/v1beta/models?pageSize=5');
  });
});

describe('authorization', () => {
  it('names the scope that is missing', async () => {
    const grant = await gateway.grant({ scopes: ['openai:models'] });
    const answer = await call({ headers: { authorization: `Bearer ${grant.token}` }, body: '{"model":"gpt-5"}' });
    expect(answer.status).toBe(403);
    expect(answer.code).toBe('insufficient_scope');
    expect(answer.headers.get('www-authenticate')).toMatch(/error="insufficient_scope".*scope="openai:chat"/);
    expect(answer.headers.get('x-should-retry')).toBe('false');
  });

  it.each([
    ['the allowed model', '{"model":"gpt-5-mini"}', 200],
    ['another model', '{"model":"gpt-4o"}', 403],
    ['no model', '{}', 403],
    ['two models, the allowed one first', '{"model":"gpt-5","model":"gpt-4o"}', 400],
    ['two models, the allowed one last', '{"model":"gpt-4o","model":"gpt-5"}', 400],
    ['a second model in disguise', '{"model":"gpt-5","\\u006dodel":"gpt-4o"}', 400],
    ['a second model in capitals', '{"model":"gpt-5","Model":"gpt-4o"}', 400],
    ['an escaped name of another model', '{"model":"gpt\\u002d4o"}', 403],
    ['an escaped name of the allowed model', '{"model":"gpt\\u002d5"}', 200],
    ['a model that is no string', '{"model":["gpt-5"]}', 400],
    ['a model deeper down only', '{"x":{"model":"gpt-5"}}', 403],
    ['a model in a text only', '{"x":"\\"model\\":\\"gpt-5\\""}', 403],
    ['two documents', '{"model":"gpt-5"}{"model":"gpt-4o"}', 400],
    ['no document', 'model=gpt-5', 400],
    ['a comment that hides the end', '{"model":"gpt-5"/*"*/,"model":"gpt-4o"/*"*/}', 400],
  ])('under a model glob: %s', async (_name, body, status) => {
    const grant = await gateway.grant({ scopes: ['openai:chat:gpt-5*'] });
    const headers = { authorization: `Bearer ${grant.token}`, 'content-type': 'application/json' };
    expect((await call({ headers, body })).status).toBe(status);
  });

  it.each([
    ['a form of another kind', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['a form that two readers may part differently', { 'content-type': 'multipart/form-data; boundary=x; boundary=y' }],
    ['a compressed body', { 'content-type': 'application/json', 'content-encoding': 'gzip' }],
  ])('under a model glob: %s tells no model, so it is refused', async (_name, extra) => {
    const grant = await gateway.grant({ scopes: ['openai:chat:gpt-5*'] });
    const headers = { authorization: `Bearer ${grant.token}`, ...extra };
    expect((await call({ headers, body: '{"model":"gpt-5"}' })).status).toBe(403);
  });

  it('reads the model from the path where the protocol has it there', async () => {
    const grant = await gateway.grant({ scopes: ['gemini:chat:gemini-2.5-*'] });
    const headers = { authorization: `Bearer ${grant.token}` };
    const path = (model: string) => `/gemini/v1beta/models/${model}:generateContent`;
    expect((await call({ path: path('gemini-2.5-flash'), headers, body: '{}' })).status).toBe(200);
    expect((await call({ path: path('gemini-1.5-pro'), headers, body: '{"model":"gemini-2.5-flash"}' })).status).toBe(
      403,
    );
    expect(
      (await call({ path: path('gemini-2.5-flash'), headers: { authorization: `Bearer ${token}` }, body: '{}' }))
        .status,
    ).toBe(200);
  });

  it.each([
    ['unknown_provider', 404, '/acme/v1/chat/completions', 'POST'],
    ['no_credential', 503, '/mistral/v1/chat/completions', 'POST'],
    ['no_credential', 503, '/groq/openai/v1/models', 'GET'],
    ['unknown_endpoint', 404, '/openai/v1/admin', 'POST'],
    ['method_not_allowed', 405, '/openai/v1/chat/completions', 'PUT'],
    ['unknown_endpoint', 404, '/v1/fine_tuning/jobs', 'POST'],
    ['method_not_allowed', 405, '/v1/chat/completions', 'PUT'],
    ['invalid_request', 400, '/v1/chat/completions', 'POST'],
  ])('%s', async (code, status, path, method) => {
    const answer = await call({ path, method });
    expect(answer.status).toBe(status);
    expect(answer.code).toBe(code);
    const row = await gateway.row(answer.headers.get('x-tollkeeper-request-id') ?? '');
    expect(row).toMatchObject({ outcome: 'denied', status, errorCode: code, tool: 'test-tool' });
  });

  it('says which methods a path takes', async () => {
    expect((await call({ method: 'PATCH', path: '/openai/v1/models' })).headers.get('allow')).toBe('GET');
  });

  it('takes no body beyond the limit, told or not', async () => {
    const body = new Uint8Array(1_000_001);
    const told = await call({ body, headers: { 'content-type': 'application/octet-stream' } });
    expect(told.status).toBe(413);
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(body.subarray(0, 600_000));
        controller.enqueue(body.subarray(0, 600_000));
        controller.close();
      },
    });
    const untold = await fetch(`${gateway.url}/openai/v1/files`, {
      ...{ method: 'POST', body: stream, duplex: 'half' },
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
    });
    expect(untold.status).toBe(413);
    expect(await untold.text()).toContain('request_too_large');
    const row = await gateway.row(untold.headers.get('x-tollkeeper-request-id') ?? '');
    expect(row).toMatchObject({ outcome: 'denied', errorCode: 'request_too_large' });
  });

  it('does not tell who may not call a provider whether there is a key for it', async () => {
    const narrow = await gateway.grant({ scopes: ['openai:chat'] });
    const headers = { authorization: `Bearer ${narrow.token}` };
    const answer = await call({ path: '/mistral/v1/chat/completions', headers, body: '{"model":"x"}' });
    expect(answer).toMatchObject({ status: 403, code: 'insufficient_scope' });
    expect(answer.headers.get('www-authenticate')).toContain('scope="mistral:chat"');
  });

  it.each([
    ['in another character set', 'application/json; charset=utf-7'],
    ['called a form', 'application/x-www-form-urlencoded'],
  ])('does not trust a model that it reads in a body %s', async (_name, contentType) => {
    const narrow = await gateway.grant({ scopes: ['openai:chat:gpt-5-mini'] });
    const headers = { authorization: `Bearer ${narrow.token}`, 'content-type': contentType };
    const answer = await call({ headers, body: '{"model":"gpt-5-mini","x":"&model=gpt-5"}' });
    expect(answer).toMatchObject({ status: 403, code: 'insufficient_scope' });
  });

  it('passes nothing while it is paused', async () => {
    await gateway.update({ paused: true });
    const answer = await call({ body: '{}' });
    await gateway.update({ paused: false });
    expect(answer.status).toBe(503);
    expect(answer.code).toBe('gateway_paused');
    expect(answer.headers.get('retry-after')).toBe('2');
  });
});

describe('the shape of an error', () => {
  it("is the called protocol's", async () => {
    const headers = { authorization: 'Bearer wrong' };
    const openai = JSON.parse((await call({ headers })).text);
    const anthropic = JSON.parse((await call({ path: '/anthropic/v1/messages', headers })).text);
    const gemini = JSON.parse((await call({ path: '/gemini/v1beta/models/m:generateContent', headers })).text);
    expect(openai.error).toMatchObject({ code: 'invalid_token', type: 'authentication_error', param: null });
    expect(anthropic).toMatchObject({ type: 'error', error: { type: 'authentication_error', code: 'invalid_token' } });
    expect(gemini.error).toMatchObject({ code: 401, status: 'UNAUTHENTICATED' });
    expect(gemini.error.details[0].metadata.code).toBe('invalid_token');
  });
});
