import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { spawnNodeGateway } from '#main/host/spawn-gateway-node.ts';
import type { GatewayMessage, GatewayProcess } from '#shared/contract/port.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

function spawnScript(source: string): { readonly gateway: GatewayProcess; readonly log: [string, unknown][] } {
  const entry = join(temporaryFolder(), 'gateway.mjs');
  writeFileSync(entry, source);
  const log: [string, unknown][] = [];
  const gateway = spawnNodeGateway({ entry, log: (event, facts) => void log.push([event, facts]) });
  onTestFinished(() => gateway.kill());
  return { gateway, log };
}

function exitOf(gateway: GatewayProcess): Promise<string | null> {
  return new Promise((resolve) => gateway.onExit(resolve));
}

test('passes on what is in the contract and drops the rest', async () => {
  const { gateway, log } = spawnScript(`
    process.send({ type: 'nonsense' });
    process.send({ type: 'listening', port: 1, addresses: [] });
  `);
  const message = await new Promise<GatewayMessage>((resolve) => gateway.onMessage(resolve));
  expect(message).toEqual({ type: 'listening', port: 1, addresses: [] });
  expect(log.map(([event]) => event)).toEqual(['gateway-message-refused']);
});

test('gives it nothing of our environment', async () => {
  process.env.TOLLKEEPER_CANARY = 'canary';
  onTestFinished(() => {
    delete process.env.TOLLKEEPER_CANARY;
  });
  const { gateway } = spawnScript(`
    const names = Object.keys(process.env).filter((name) => !name.startsWith('NODE_CHANNEL'));
    process.send({ type: 'listening', port: 1, addresses: names });
  `);
  const message = await new Promise<GatewayMessage>((resolve) => gateway.onMessage(resolve));
  expect(message).toMatchObject({ addresses: ['PATH'] });
});

test('tells why it ended, and null when it was told to', async () => {
  const crashed = spawnScript('process.exit(3)');
  expect(await exitOf(crashed.gateway)).toBe('exit code 3');
  const killed = spawnScript('setInterval(() => {}, 1000)');
  killed.gateway.kill();
  expect(await exitOf(killed.gateway)).toBe('signal SIGKILL');
  const told = spawnScript("process.on('message', () => process.exit(0))");
  told.gateway.send({ type: 'shut-down', graceMs: 0 });
  expect(await exitOf(told.gateway)).toBeNull();
});

test('writes what it says on stderr to the log', async () => {
  const { gateway, log } = spawnScript("process.stderr.write('hello'); process.exitCode = 1;");
  await exitOf(gateway);
  expect(log).toContainEqual(['gateway-stderr', { text: 'hello' }]);
});

test('hands on all the facts it wrote before it tells of its end, however that came', async () => {
  const { gateway } = spawnScript(`
    import { writeSync } from 'node:fs';
    import { Socket } from 'node:net';
    const facts = new Socket({ fd: 4, readable: false, writable: true });
    for (let line = 0; line < 2_000; line += 1) facts.write('x'.repeat(99) + '\\n');
    facts.write('', () => process.kill(process.pid, 'SIGKILL'));
  `);
  let bytes = 0;
  gateway.onFacts((chunk) => {
    bytes += chunk.length;
  });
  expect(await exitOf(gateway)).toBe('signal SIGKILL');
  expect(bytes).toBe(200_000);
});
