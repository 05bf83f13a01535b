import { expect, test } from 'vitest';
import { attackTool } from '#main/control/doctor/attack-range.ts';
import { callerOf, startControl } from '../running-control.ts';

const wish = { origin: 'http://127.0.0.1:4567', keyThumbprint: 'A'.repeat(43) };

test('an attack gets a provider, a key and grants that are good for nothing else, and leaves none of them', async () => {
  const running = await startControl();
  const cli = callerOf();
  const begun = await running.control.perform('attack.begin', wish, cli);
  const before = running.gateways.current.snapshot;
  expect(before?.upstreams).toEqual([
    expect.objectContaining({ provider: begun.provider, baseUrl: 'http://127.0.0.1:4567/v1', secret: begun.key }),
  ]);
  expect(new Set(before?.grants.flatMap(({ scopes }) => scopes))).toEqual(new Set([`${begun.provider}:chat`]));
  expect(new Set(before?.grants.map(({ tool }) => tool))).toEqual(new Set([attackTool]));
  expect(await running.control.perform('credential.list', {}, cli)).toEqual([]);
  await expect(running.control.perform('attack.begin', wish, cli)).rejects.toMatchObject({ code: 'conflict' });
  await running.control.perform('attack.end', {}, cli);
  expect(running.gateways.current.snapshot?.upstreams).toEqual([]);
  const grants = await running.control.perform('grant.list', { includeEnded: true }, cli);
  expect(grants.filter(({ status }) => status === 'active')).toEqual([]);
  const events = await running.control.perform('audit.list', { limit: 50 }, cli);
  expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(['attack-begun', 'attack-ended']));
  expect(JSON.stringify(events)).not.toContain(begun.key);
});

test('an attack whose doctor goes away ends by itself', async () => {
  const running = await startControl();
  const gone: (() => void)[] = [];
  const doctor = { ...callerOf(), onDisconnect: (listener: () => void) => void gone.push(listener) };
  await running.control.perform('attack.begin', wish, doctor);
  for (const listener of gone) listener();
  await expect.poll(() => running.gateways.current.snapshot?.upstreams).toEqual([]);
  await expect(running.control.perform('attack.begin', wish, callerOf())).resolves.toMatchObject({
    key: expect.any(String),
  });
});
