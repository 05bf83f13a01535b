import { expect, test } from 'vitest';
import { startAhead } from '#main/host/start-ahead.ts';
import type { GatewayMessage } from '#shared/contract/port.ts';
import { createFakeGatewayHost } from '#test/fakes/fake-gateway.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('the first who asks gets the process that is there, and hears what it said before', async () => {
  const host = createFakeGatewayHost();
  const ahead = startAhead(host.start);
  await turn();
  const gateway = ahead.startGateway();
  const heard: GatewayMessage['type'][] = [];
  gateway.onMessage(({ type }) => heard.push(type));
  await turn();
  expect(heard).toEqual(['started']);
  expect(gateway.pid).toBe(host.started[0]?.pid);
  expect(ahead.startGateway().pid).toBe(host.started[1]?.pid);
});

test('an end before anybody listened is told', async () => {
  const host = createFakeGatewayHost();
  const ahead = startAhead(host.start);
  host.current.die('exit code 3');
  const reasons: (string | null)[] = [];
  ahead.startGateway().onExit((reason) => reasons.push(reason));
  await turn();
  expect(reasons).toEqual(['exit code 3']);
});

test('one that nobody took is ended, one that was taken is not', () => {
  const host = createFakeGatewayHost();
  startAhead(host.start).discard();
  expect(host.current.isRunning).toBe(false);
  const taken = startAhead(host.start);
  taken.startGateway();
  taken.discard();
  expect(host.current.isRunning).toBe(true);
});
