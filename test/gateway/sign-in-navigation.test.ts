import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest } from './support/raw-request.ts';
import { startTestGateway, type TestGateway } from './support/test-gateway.ts';

const reached: string[] = [];
let folder: string;
let authorization: Server;
let gateway: TestGateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'toll-sign-in-'));
  const authorizationServerPath = join(folder, 'authorization.sock');
  authorization = createServer((request, response) => {
    reached.push(`${request.method} ${request.url}`);
    response.end('page');
  });
  await new Promise<void>((resolve) => authorization.listen(authorizationServerPath, resolve));
  gateway = await startTestGateway({ upstreams: [], configuration: { authorizationServerPath } });
});

afterAll(async () => {
  await gateway.close();
  authorization.closeAllConnections();
  authorization.close();
  await rm(folder, { recursive: true });
});

interface Sent {
  readonly line: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
}

/** What a browser sends when a link of another site leads to the page. */
const navigation: Sent = {
  line: 'GET /oauth/authorize?client_id=x HTTP/1.1',
  host: '127.0.0.1:PORT',
  headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' },
};

async function send({ line, host, headers }: Sent): Promise<number> {
  const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
  const text = [line, `Host: ${host}`, ...lines, 'Connection: close'].join('\r\n');
  return (await rawRequest(gateway.port, `${text.replaceAll('PORT', String(gateway.port))}\r\n\r\n`)).status;
}

function changed(headers: Sent['headers']): Sent {
  return { ...navigation, headers: { ...navigation.headers, ...headers } };
}

describe('a navigation of the browser to the page where a sign-in begins', () => {
  it.each(['cross-site', 'same-site', 'none', 'same-origin'])('gets there from %s', async (site) => {
    reached.length = 0;
    expect(await send(changed({ 'Sec-Fetch-Site': site }))).toBe(200);
    expect(reached).toEqual(['GET /oauth/authorize?client_id=x']);
  });

  it.each([
    ['a fetch', changed({ 'Sec-Fetch-Mode': 'no-cors' })],
    ['a fetch with CORS', changed({ 'Sec-Fetch-Mode': 'cors', 'Sec-Fetch-Dest': 'empty' })],
    ['an image', changed({ 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' })],
    ['a frame', changed({ 'Sec-Fetch-Dest': 'iframe' })],
    ['an object', changed({ 'Sec-Fetch-Dest': 'object' })],
    ['a WebSocket', changed({ 'Sec-Fetch-Mode': 'websocket', 'Sec-Fetch-Dest': 'websocket' })],
    ['an upgrade', changed({ Upgrade: 'websocket' })],
    ['no mode', { ...navigation, headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'document' } }],
    ['no destination', { ...navigation, headers: { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' } }],
    ['two modes', changed({ 'Sec-Fetch-Mode': ['navigate', 'cors'] })],
    ['two destinations', changed({ 'Sec-Fetch-Dest': ['document', 'iframe'] })],
    ['two sites', changed({ 'Sec-Fetch-Site': ['cross-site', 'none'] })],
    ['a site unheard of', changed({ 'Sec-Fetch-Site': 'elsewhere' })],
    ['an Origin', changed({ Origin: 'https://evil.example' })],
    ['an opaque Origin', changed({ Origin: 'null' })],
    ['a form', { ...changed({ 'Content-Length': '0' }), line: 'POST /oauth/authorize HTTP/1.1' }],
    ['a body', changed({ 'Content-Length': '3' })],
    ['HEAD', { ...navigation, line: 'HEAD /oauth/authorize HTTP/1.1' }],
    ['the page that waits', { ...navigation, line: 'GET /oauth/authorize/wait?ticket=x HTTP/1.1' }],
    ['a path below', { ...navigation, line: 'GET /oauth/authorize/ HTTP/1.1' }],
    ['the device page', { ...navigation, line: 'GET /oauth/device HTTP/1.1' }],
    ['the token endpoint', { ...navigation, line: 'GET /oauth/token HTTP/1.1' }],
    ['the metadata', { ...navigation, line: 'GET /.well-known/oauth-authorization-server HTTP/1.1' }],
    ['liveness', { ...navigation, line: 'GET /healthz HTTP/1.1' }],
    ['a provider', { ...navigation, line: 'GET /openai/v1/models HTTP/1.1' }],
  ] satisfies [string, Sent][])('opens nothing to %s', async (_name, sent) => {
    reached.length = 0;
    expect(await send(sent)).toBe(403);
    expect(reached).toEqual([]);
  });

  it('opens nothing under another name of this machine', async () => {
    reached.length = 0;
    expect(await send({ ...navigation, host: 'rebound.example:PORT' })).toBe(421);
    expect(await send({ ...navigation, line: 'GET //oauth/authorize HTTP/1.1' })).toBe(400);
    expect(await send({ ...navigation, line: 'GET /oauth/x/../authorize HTTP/1.1' })).toBe(400);
    expect(reached).toEqual([]);
  });
});
