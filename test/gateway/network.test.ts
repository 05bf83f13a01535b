import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { GatewayConfiguration } from '#shared/contract/port.ts';
import { type Network, plainNetwork } from '#shared/model/network.ts';
import { startFakeProxy } from '#test/fakes/fake-proxy.ts';
import { authorityPem, serverTls } from '#test/fixtures/tls/tls-files.ts';
import { openSession } from './support/session-client.ts';
import { startTestGateway } from './support/test-gateway.ts';
import { chatCompletion } from './support/test-upstream.ts';

/** The user's network between the gateway and its providers: a proxy, an authority of their own, and no answer at all. */
let upstream: https.Server;
let port: number;

beforeAll(async () => {
  upstream = https.createServer(serverTls, (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chatCompletion));
  });
  const sessions = new WebSocketServer({ server: upstream });
  sessions.on('connection', (socket) => void socket.on('message', (data, binary) => socket.send(data, { binary })));
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  port = (upstream.address() as AddressInfo).port;
});

afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});

async function gatewayWith(
  network: Partial<Network>,
  options: { readonly baseUrl?: string; readonly timeouts?: GatewayConfiguration['timeouts'] } = {},
) {
  const { baseUrl = 'https://upstream.test/v1', timeouts } = options;
  const gateway = await startTestGateway({
    upstreams: [{ provider: 'openai', baseUrl }],
    configuration: { network: { ...plainNetwork, ...network }, ...(timeouts === undefined ? {} : { timeouts }) },
  });
  onTestFinished(() => gateway.close());
  const { token } = await gateway.grant();
  const call = (): Promise<Response> =>
    fetch(`${gateway.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [] }),
    });
  return { gateway, token, call };
}

async function proxyTo(options: { readonly credentials?: string; readonly isHung?: boolean } = {}) {
  const proxy = await startFakeProxy({ leadsTo: port, ...options });
  onTestFinished(() => proxy.close());
  return proxy;
}

async function messageOf(answer: Response): Promise<{ readonly code: string; readonly message: string }> {
  return ((await answer.json()) as { readonly error: { readonly code: string; readonly message: string } }).error;
}

it('calls through the proxy, with TLS to the provider itself', async () => {
  const proxy = await proxyTo();
  const { call } = await gatewayWith({ proxy: proxy.url, certificates: [authorityPem] });
  const answer = await call();
  expect(await answer.json()).toEqual(chatCompletion);
  expect(proxy.asked).toEqual([{ authority: 'upstream.test:443', credentials: null }]);
});

it('opens live sessions the same way', async () => {
  const proxy = await proxyTo();
  const { gateway, token } = await gatewayWith({ proxy: proxy.url, certificates: [authorityPem] });
  const session = await openSession(`${gateway.url}/openai/v1/realtime?model=gpt-realtime`, {
    headers: { authorization: `Bearer ${token}` },
  });
  session.socket.send('{"type":"x"}');
  expect(await session.message(() => true)).toEqual({ type: 'x' });
  expect(proxy.asked).toHaveLength(1);
  session.socket.close();
  await session.closed;
});

it('says that the provider’s certificate is not trusted, and what to do', async () => {
  const proxy = await proxyTo();
  const { call, gateway } = await gatewayWith({ proxy: proxy.url });
  const answer = await call();
  expect(answer.status).toBe(502);
  const { code, message } = await messageOf(answer);
  expect(code).toBe('upstream_unreachable');
  expect(message).toContain('NODE_EXTRA_CA_CERTS');
  expect(await gateway.row(answer.headers.get('x-tollkeeper-request-id') ?? '')).toMatchObject({
    ...{ status: 502, outcome: 'upstream_error', errorCode: 'upstream_unreachable', costMicroUsd: 0 },
  });
});

it('says that the proxy wants a password, and never which was tried', async () => {
  const proxy = await proxyTo({ credentials: 'Basic right' });
  const { call } = await gatewayWith({ proxy: proxy.url.replace('//', '//ada:wrong-word@') });
  const answer = await call();
  const { code, message } = await messageOf(answer);
  expect(code).toBe('upstream_unreachable');
  expect(message).toContain('407');
  expect(message).not.toContain('wrong-word');
});

it('takes another way without a restart', async () => {
  const proxy = await proxyTo();
  const { gateway, call } = await gatewayWith({}, { baseUrl: `https://localhost:${port}/v1` });
  expect((await call()).status).toBe(502);
  gateway.applyNetwork({
    network: { ...plainNetwork, proxy: proxy.url, certificates: [authorityPem] },
    timeouts: { connect: 5_000, firstByte: 5_000, idle: 5_000 },
  });
  await gateway.heal();
  expect((await call()).status).toBe(200);
  expect(proxy.asked).toEqual([]);
});

it('says which deadline has passed: a proxy that hangs', async () => {
  const proxy = await proxyTo({ isHung: true });
  const { call } = await gatewayWith(
    { proxy: proxy.url },
    { timeouts: { connect: 60, firstByte: 5_000, idle: 5_000 } },
  );
  const answer = await call();
  expect(answer.status).toBe(504);
  expect(await messageOf(answer)).toMatchObject({
    code: 'upstream_timeout',
    message: expect.stringContaining('proxy'),
  });
});

it('says which deadline has passed: a provider that takes the connection and never answers', async () => {
  const hung = net.createServer(() => undefined);
  await new Promise<void>((resolve) => hung.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void hung.close());
  const baseUrl = `http://127.0.0.1:${(hung.address() as AddressInfo).port}/v1`;
  const { call, gateway } = await gatewayWith(
    {},
    { baseUrl, timeouts: { connect: 5_000, firstByte: 60, idle: 5_000 } },
  );
  const answer = await call();
  expect(answer.status).toBe(504);
  expect(await messageOf(answer)).toMatchObject({
    ...{ code: 'upstream_timeout', message: expect.stringContaining('firstByteTimeoutSeconds') },
  });
  expect(await gateway.row(answer.headers.get('x-tollkeeper-request-id') ?? '')).toMatchObject({
    ...{ status: 504, outcome: 'upstream_error', errorCode: 'upstream_timeout' },
  });
});

it('ends a live session in which nobody says anything', async () => {
  const { gateway, token } = await gatewayWith(
    { certificates: [authorityPem] },
    { baseUrl: `https://localhost:${port}/v1`, timeouts: { connect: 5_000, firstByte: 5_000, idle: 60 } },
  );
  const session = await openSession(`${gateway.url}/openai/v1/realtime?model=gpt-realtime`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(await session.closed).toMatchObject({ code: 1011, reason: expect.stringMatching(/^upstream_timeout/) });
  expect(await gateway.row((row) => row.status === 101)).toMatchObject({ errorCode: 'upstream_timeout' });
});

it('says which deadline has passed: a provider that never completes the opening of a session', async () => {
  const hung = net.createServer(() => undefined);
  await new Promise<void>((resolve) => hung.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void hung.close());
  const baseUrl = `http://127.0.0.1:${(hung.address() as AddressInfo).port}/v1`;
  const { gateway, token } = await gatewayWith({}, { baseUrl, timeouts: { connect: 60, firstByte: 60, idle: 5_000 } });
  const opening = openSession(`${gateway.url}/openai/v1/realtime?model=gpt-realtime`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await expect(opening).rejects.toMatchObject({ status: 504, body: { error: { code: 'upstream_timeout' } } });
});
