import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from './support/raw-request.ts';
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
      { provider: 'gemini', baseUrl: upstream.origin },
    ],
  });
  token = (await gateway.grant()).token;
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly host?: string | null;
  readonly headers?: readonly string[];
}

function send({ path = '/openai/v1/models', method = 'GET', host, headers = [] }: Sent) {
  const lines = [`${method} ${path} HTTP/1.1`];
  if (host !== null) {
    lines.push(`Host: ${(host ?? '127.0.0.1:PORT').replace('PORT', String(gateway.port))}`);
  }
  lines.push(`Authorization: Bearer ${token}`, ...headers, 'Connection: close');
  return rawRequest(gateway.port, `${lines.join('\r\n').replaceAll('PORT', String(gateway.port))}\r\n\r\n`);
}

describe('Host', () => {
  it.each(['127.0.0.1:PORT', 'localhost:PORT', 'LocalHost:PORT', '[::1]:PORT'])('lets %s in', async (host) => {
    expect((await send({ host })).status).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:PORT',
    'localhost',
    'localhost:1',
    'localhost.:PORT',
    'localhost.evil.example:PORT',
    '127.0.0.1',
    '127.0.0.2:PORT',
    '0.0.0.0:PORT',
    '2130706433:PORT',
    '[::ffff:127.0.0.1]:PORT',
    'localhost:PORT, evil.example',
    'user@localhost:PORT',
    '',
  ])('refuses %j', async (host) => {
    const before = upstream.seen.length;
    const answer = await send({ host });
    expect(answer.status).toBe(421);
    expect(answer.body).toContain('"code":"host_refused"');
    expect(upstream.seen).toHaveLength(before);
  });

  it('refuses two of them', async () => {
    const answer = await send({ headers: ['Host: 127.0.0.1:PORT'] });
    expect([400, 421]).toContain(answer.status);
  });

  it('refuses none', async () => {
    const answer = await send({ host: null });
    expect(answer.status).toBe(421);
    expect(answer.body).toContain('"code":"host_refused"');
  });

  it('is checked for liveness and authorization paths too', async () => {
    expect((await send({ path: '/healthz', host: 'evil.example' })).status).toBe(421);
    expect((await send({ path: '/oauth/token', method: 'POST', host: 'evil.example' })).status).toBe(421);
  });
});

describe('Origin and Sec-Fetch-Site', () => {
  it.each([
    ['Origin: http://127.0.0.1:PORT'],
    ['Origin: http://localhost:PORT'],
    ['Sec-Fetch-Site: none'],
    ['Sec-Fetch-Site: same-origin'],
  ])('lets %s in', async (header) => {
    expect((await send({ headers: [header] })).status).toBe(200);
  });

  it.each([
    ['Origin: https://evil.example'],
    ['Origin: null'],
    ['Origin: '],
    ['Origin: http://localhost:1'],
    ['Origin: https://localhost:PORT'],
    ['Origin: http://localhost:PORT.evil.example'],
    ['Origin: file://'],
    ['Origin: app://obsidian.md'],
    ['Sec-Fetch-Site: cross-site'],
    ['Sec-Fetch-Site: same-site'],
    ['Sec-Fetch-Site: nonsense'],
  ])('refuses %s', async (header) => {
    const answer = await send({ headers: [header] });
    expect(answer.status).toBe(403);
    expect(answer.body).toContain('"code":"origin_refused"');
    expect(answer.head).not.toContain('access-control-');
  });

  it('refuses a repeated header that says two things', async () => {
    const headers = ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Site: none'];
    expect((await send({ headers })).status).toBe(403);
    expect((await send({ headers: ['Origin: https://evil.example', 'Origin: http://localhost:PORT'] })).status).toBe(
      403,
    );
  });

  it('is seen behind any number of other headers', async () => {
    const many = Array.from({ length: 2_500 }, (_, index) => `x${index}: 1`);
    expect((await send({ headers: [...many, 'Origin: https://evil.example'] })).status).toBe(403);
  });

  it('refuses a preflight, and no answer ever has CORS headers', async () => {
    const answer = await send({
      method: 'OPTIONS',
      headers: ['Origin: https://evil.example', 'Access-Control-Request-Method: POST'],
    });
    expect(answer.status).toBe(403);
    expect(answer.head).not.toContain('access-control-');
  });

  it('writes a row for what it refuses', async () => {
    const answer = await send({ path: '/openai/v1/chat/completions', headers: ['Origin: https://evil.example'] });
    const id = /x-tollkeeper-request-id: (\S+)/.exec(answer.head)?.[1] ?? '';
    expect(await gateway.row(id)).toMatchObject({
      ...{ status: 403, outcome: 'denied', errorCode: 'origin_refused', tool: null, grantId: null },
      ...{ endpoint: 'GET /openai/v1/chat/completions', costMicroUsd: 0 },
    });
  });
});

describe('the path', () => {
  it.each([
    '/openai/v1/../v1/models',
    '/openai/v1/models/..',
    '/openai/../anthropic/v1/messages',
    '/openai/v1/./models',
    '/openai/v1/..;/models',
    '/openai/v1%2fmodels',
    '/openai/v1%2Fmodels',
    '/openai/v1/%2e%2e/models',
    '/openai/v1/%2e/models',
    '/openai/v1/%252e%252e/models',
    '/openai/v1/models%5c..',
    '/openai/v1\\models',
    '/openai//v1/models',
    '//openai/v1/models',
    '/openai/v1/models%00',
    '/openai/v1/models%0d%0aX-Y:1',
    '/openai/v1/models/%c3%a9',
    '/openai/v1/models/%zz',
    '/openai/v1/models#x',
    '/openai/v1/models/x%3fkey=y',
    '/openai/v1/models/x%23y',
    'http://evil.example/openai/v1/models',
    'http://127.0.0.1:PORT/openai/v1/models',
  ])('%s is refused before the upstream hears of it', async (path) => {
    const before = upstream.seen.length;
    const answer = await send({ path });
    expect(answer.status).toBe(400);
    expect(upstream.seen).toHaveLength(before);
  });

  it.each([
    ['/openai/v1/models/', 404],
    ['/openai/v1/Models', 404],
    ['/openai/v1/models;x', 404],
    ['/openai/v1/%6dodels', 404],
    ['/openai/v1/organization/admin_api_keys', 404],
    ['/openai/v1/fine_tuning/jobs', 404],
    ['/openai', 404],
    ['/openai/', 404],
    ['/', 404],
    ['/favicon.ico', 404],
    ['/__proto__/v1/models', 404],
    ['/constructor/v1/models', 404],
    ['/OPENAI/v1/models', 404],
    ['/.well-known/anything', 404],
    ['/oauth/keys', 404],
    ['/v1/files', 404],
  ])('%s leads nowhere', async (path, status) => {
    const before = upstream.seen.length;
    expect((await send({ path })).status).toBe(status);
    expect(upstream.seen).toHaveLength(before);
  });

  it('goes upstream exactly as it was decided on', async () => {
    await send({ path: '/gemini/v1beta/models/gemini-2.5%2Dflash:countTokens?x=%2f..%2f&y=1', method: 'POST' });
    expect(upstream.seen.at(-1)?.url).toBe('/v1beta/models/gemini-2.5%2Dflash:countTokens?x=%2f..%2f&y=1');
  });

  it('is refused when it is too long', async () => {
    const answer = await send({ path: `/openai/v1/models?x=${'y'.repeat(9_000)}` });
    expect(answer.status).toBe(413);
  });

  it('never lands in a row with what may be a secret in it', async () => {
    const secret = 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8';
    const answer = await send({ path: `/openai/v1/${secret}` });
    const id = /x-tollkeeper-request-id: (\S+)/.exec(answer.head)?.[1] ?? '';
    expect((await gateway.row(id)).endpoint).toBe('GET /openai/v1/…');
  });
});

describe('what HTTP itself allows', () => {
  it('refuses a header block that is too large', async () => {
    const answer = await send({ headers: [`X-Large: ${'x'.repeat(70_000)}`] });
    expect(answer.status).toBe(431);
  });

  it('refuses CONNECT', async () => {
    const answer = await rawRequest(
      gateway.port,
      'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n',
    );
    expect(answer.status).toBe(405);
  });

  it('refuses a length and chunks at once', async () => {
    const answer = await send({
      path: '/openai/v1/chat/completions',
      method: 'POST',
      headers: ['Content-Length: 3', 'Transfer-Encoding: chunked'],
    });
    expect(answer.status).toBe(400);
  });

  it('refuses a transfer coding that it would have to undo', async () => {
    const answer = await send({
      path: '/openai/v1/chat/completions',
      method: 'POST',
      headers: ['Transfer-Encoding: gzip, chunked'],
    });
    expect(answer.status).toBe(400);
  });

  it('names the request also where an expectation is unknown', async () => {
    const answer = await send({ path: '/healthz', headers: ['Expect: something'] });
    expect(answer.head).toContain('x-tollkeeper-request-id');
  });

  it('refuses what is not HTTP', async () => {
    expect((await rawRequest(gateway.port, 'hello\r\n\r\n')).status).toBe(400);
  });

  it('answers a WebSocket upgrade with an error that says what to do', async () => {
    const answer = await send({ headers: ['Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: x'] });
    expect(answer.status).toBe(404);
    expect(answer.body).toContain('WebSocket');
  });

  it('tells liveness and nothing else', async () => {
    const answer = await send({ path: '/healthz' });
    expect(answer.status).toBe(200);
    expect(answer.body).toBe('{"status":"ok"}');
    expect((await send({ path: '/healthz', method: 'POST' })).status).toBe(405);
  });
});
