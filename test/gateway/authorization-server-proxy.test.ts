import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from './support/test-gateway.ts';

let folder: string;
let server: http.Server;
let gateway: TestGateway;
let last: { url: string; headers: http.IncomingHttpHeaders; body: string } | null = null;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'toll-as-'));
  const socketPath = path.join(folder, 'authorization.sock');
  server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      last = { url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() };
      response.writeHead(201, { 'content-type': 'application/json', 'cache-control': 'no-store', 'set-cookie': 'a=b' });
      response.end('{"made":true}');
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  gateway = await startTestGateway({ upstreams: [], configuration: { authorizationServerPath: socketPath } });
});

afterAll(async () => {
  await gateway.close();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

it('takes its requests over, with the caller told by us and by nobody else', async () => {
  const answer = await fetch(`${gateway.url}/oauth/device_authorization?x=1`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'x-tollkeeper-caller': '127.0.0.1:1>2' },
    body: 'client_id=tool&scope=openai%3Achat',
  });
  expect(answer.status).toBe(201);
  expect(await answer.json()).toEqual({ made: true });
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('set-cookie')).toBeNull();
  expect(answer.headers.get('x-tollkeeper-request-id')).toMatch(/^req_/);
  expect(last?.url).toBe('/oauth/device_authorization?x=1');
  expect(last?.body).toBe('client_id=tool&scope=openai%3Achat');
  expect(last?.headers.host).toBe(`127.0.0.1:${gateway.port}`);
  expect(last?.headers['x-tollkeeper-caller']).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\d+>${gateway.port}$`));
});

it.each([
  '/.well-known/oauth-authorization-server',
  '/.well-known/oauth-protected-resource',
  '/.well-known/oauth-protected-resource/openai',
  '/.well-known/jwks.json',
])('serves %s without a token', async (wanted) => {
  expect((await fetch(gateway.url + wanted)).status).toBe(201);
  expect(last?.url).toBe(wanted);
});

it.each(['/oauth', '/oauth/', '/oauth/anything', '/.well-known/', '/.well-known/openid-configuration'])(
  'never asks it for %s',
  async (wanted) => {
    last = null;
    expect((await fetch(gateway.url + wanted)).status).toBeGreaterThanOrEqual(401);
    expect(last).toBeNull();
  },
);

it('takes no large body to it', async () => {
  last = null;
  const answer = await fetch(`${gateway.url}/oauth/token`, { method: 'POST', body: 'x'.repeat(70_000) });
  expect(answer.status).toBe(413);
  expect(last).toBeNull();
});

it('writes no row for it', () => {
  expect(gateway.rows.filter((row) => row.outcome !== 'denied')).toHaveLength(0);
});

it('says so when it is not there yet', async () => {
  const early = await startTestGateway({ upstreams: [] });
  const answer = await fetch(`${early.url}/oauth/token`, { method: 'POST', body: 'grant_type=x' });
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain('gateway_starting');
  expect(answer.headers.get('retry-after')).toBe('2');
  await early.close();
});
