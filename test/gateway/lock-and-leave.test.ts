import { afterAll, beforeAll, expect, it } from 'vitest';
import { canaryKey } from '#test/fixtures/canary.ts';
import { demandOf } from '#test/unit/control/control-bench.ts';
import { callerOf, startControl } from '#test/unit/control/running-control.ts';
import { startForControl } from './support/gateway-host.ts';
import { chatCompletion, startUpstream, type TestUpstream } from './support/test-upstream.ts';

const cli = callerOf();
let upstream: TestUpstream;

beforeAll(async () => {
  upstream = await startUpstream();
  upstream.answer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chatCompletion));
  });
});

afterAll(() => upstream.close());

it('a call made behind a locked screen waits without a key, and is answered after the unlock with the token it had', async () => {
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const { control, until } = await startControl({ changes: { port: 0, clock, startGateway: startForControl } });
  const key = { provider: 'openai', secret: canaryKey('openai'), baseUrl: `${upstream.origin}/v1`, verify: false };
  await control.perform('credential.add', key, cli);
  await control.perform('settings.update', { whenScreenLocks: 'wait' }, cli);
  const { id } = await control.perform('request.create', demandOf({ scopes: ['openai:chat'] }), cli);
  const waiting = control.perform('request.wait', { id }, cli);
  await control.perform('request.approve', { id, approval: {} }, cli);
  const { token, grantId } = await waiting;
  const call = async (): Promise<number> => {
    const answer = await fetch(`${control.gatewayUrl}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: '{"model":"gpt-5-mini"}',
    });
    await answer.text();
    return answer.status;
  };
  expect(await call()).toBe(200);

  control.away('locked', true);
  await control.perform('gateway.pause', { paused: false }, cli);
  const held = call();
  await (await fetch(`${control.gatewayUrl}/healthz`)).text();
  expect(upstream.seen).toHaveLength(1);
  control.away('locked', false);
  expect(await held).toBe(200);
  expect(upstream.seen).toHaveLength(2);
  await until('usage', async () => {
    const { total } = await control.perform('usage.list', { filter: {}, offset: 0, limit: 1 }, cli);
    return total === 2;
  });
  expect(await control.perform('grant.list', {}, cli)).toMatchObject([{ id: grantId, status: 'active' }]);
});
