import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { canaryKey } from '#test/fixtures/canary.ts';
import { demandOf } from '#test/unit/control/control-bench.ts';
import { callerOf, startControl } from '#test/unit/control/running-control.ts';
import { startForControl } from './support/gateway-host.ts';
import { startUpstream, type TestUpstream } from './support/test-upstream.ts';

const streams = 100;
const cli = callerOf();
const event = 'data: {"model":"gpt-4o-mini","choices":[{"delta":{"content":"x"}}]}\n\n';

let upstream: TestUpstream;

beforeAll(async () => {
  upstream = await startUpstream();
  upstream.answer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event);
  });
});

afterAll(() => upstream.close());

async function openStream(url: string, token: string): Promise<IncomingMessage> {
  const request = http.request(`${url}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    agent: false,
  });
  request.end('{"model":"gpt-4o-mini","stream":true}');
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  response.resume();
  await once(response, 'data');
  return response;
}

it('panic cuts a hundred streams of ten tools, writes every row, and leaves nothing that works', async () => {
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const changes = { port: 0, clock, startGateway: startForControl };
  const { control, until } = await startControl({ changes });
  const key = { provider: 'openai', secret: canaryKey('openai'), baseUrl: `${upstream.origin}/v1`, verify: false };
  await control.perform('credential.add', key, cli);
  const url = control.gatewayUrl ?? '';
  const tokens = await Promise.all(
    Array.from({ length: 10 }, async (_unused, index) => {
      const { id } = await control.perform('request.create', demandOf({ tool: `tool-${index}` }), cli);
      const answer = control.perform('request.wait', { id }, cli);
      await control.perform('request.approve', { id, approval: {} }, cli);
      return (await answer).token;
    }),
  );
  const waiting = await control.perform('request.create', demandOf({ tool: 'asks' }), cli);
  const refused = control
    .perform('request.wait', { id: waiting.id }, cli)
    .catch((error: { code: string }) => error.code);
  const open = await Promise.all(
    Array.from({ length: streams }, (_unused, index) => openStream(url, tokens[index % tokens.length] ?? '')),
  );
  await until('running', async () => (await control.perform('usage.running', {}, cli)).length === streams);

  const cut = open.map((response) => new Promise((resolve) => response.once('close', resolve)));
  const done = await control.perform('panic', {}, callerOf('tray'));
  expect(done).toMatchObject({ grantsEnded: 10, requestsDenied: 1, callsCut: streams, streamsCut: streams });
  expect(done.gatewayAnswered).toBe(true);
  expect(done.durationMs).toBeGreaterThan(0);
  await Promise.all(cut);
  expect(await refused).toBe('access_denied');

  await until('usage', async () => {
    const { total } = await control.perform('usage.list', { filter: {}, offset: 0, limit: 1 }, cli);
    return total === streams;
  });
  const { records } = await control.perform('usage.list', { filter: {}, offset: 0, limit: 1_000 }, cli);
  expect(new Set(records.map(({ requestId }) => requestId)).size).toBe(streams);
  expect(records.every(({ outcome, errorCode }) => outcome === 'denied' && errorCode === 'invalid_token')).toBe(true);

  const call = () =>
    fetch(`${url}/openai/v1/chat/completions`, { method: 'POST', headers: { authorization: `Bearer ${tokens[0]}` } });
  expect((await call()).status).toBe(503);
  const { id } = await control.perform('request.create', demandOf({ tool: 'after' }), cli);
  await control.perform('request.approve', { id, approval: {} }, cli);
  expect((await call()).status).toBe(401);
});
