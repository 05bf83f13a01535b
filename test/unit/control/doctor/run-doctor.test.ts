import { chmodSync } from 'node:fs';
import { expect, test } from 'vitest';
import { refusalsPerMinute } from '#main/control/usage/refusal-allowance.ts';
import type { OperationOutput } from '#shared/contract/operations.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';
import { callerOf, type RunningControl, startControl } from '../running-control.ts';

const cli = callerOf();

async function stateOf(
  running: RunningControl,
  id: string,
): Promise<OperationOutput<'doctor.run'>[number] | undefined> {
  const checks = await running.control.perform('doctor.run', {}, cli);
  return checks.find((check) => check.id === id);
}

test('finds everything in order, and a missing key worth saying', async () => {
  const running = await startControl();
  const checks = await running.control.perform('doctor.run', {}, cli);
  expect(checks.filter(({ state }) => state !== 'ok').map(({ id }) => id)).toEqual(['providers']);
  expect(checks.map(({ id }) => id)).toEqual([
    'vault',
    'gateway',
    'clock',
    'ledger',
    'audit',
    'disk',
    'modes',
    'providers',
  ]);
});

test('finds files that others may read, and names them', async () => {
  const running = await startControl();
  chmodSync(running.paths.run, 0o755);
  expect(await stateOf(running, 'modes')).toMatchObject({
    state: 'failed',
    message: expect.stringContaining(running.paths.run),
  });
});

test('finds a clock that is behind what already happened', async () => {
  const running = await startControl();
  running.clock.setWall(running.clock.now() - 86_400_000);
  expect((await stateOf(running, 'clock'))?.state).toBe('failed');
});

test('finds a gateway and a provider that do not answer', async () => {
  const running = await startControl({
    changes: { fetch: () => Promise.reject(new TypeError('fetch failed')) },
  });
  const input = { provider: 'openai', secret: 'sk-0123456789abcdefABCDEF0123', verify: false };
  const { id } = await running.control.perform('credential.add', input, cli);
  expect((await stateOf(running, 'gateway'))?.state).toBe('failed');
  expect(await stateOf(running, `provider:${id}`)).toMatchObject({
    state: 'failed',
    message: expect.stringContaining('api.openai.com'),
  });
});

test('sends no key when it looks whether a provider can be reached', async () => {
  const calls: { readonly url: string; readonly init: RequestInit | undefined }[] = [];
  const running = await startControl({
    changes: {
      fetch: async (url, init) => {
        calls.push({ url: String(url), init });
        return new Response(null, { status: 200 });
      },
    },
  });
  const secret = 'sk-canary-0123456789abcdefABCDEF';
  await running.control.perform('credential.add', { provider: 'openai', secret, verify: false }, cli);
  await running.control.perform('doctor.run', {}, cli);
  expect(calls.map(({ init }) => init?.method ?? 'GET').sort()).toEqual(['GET', 'HEAD']);
  expect(JSON.stringify(calls)).not.toContain(secret);
});

test('tells how many refused calls without a token were only counted', async () => {
  const running = await startControl();
  const settled = Array.from({ length: refusalsPerMinute + 7 }, (_, index) =>
    usageRecord({ requestId: `r${index}`, outcome: 'denied', grantId: null, tool: null, costMicroUsd: null }),
  );
  running.gateways.current.report({ settled });
  expect(await stateOf(running, 'ledger')).toMatchObject({ state: 'warning', message: expect.stringContaining('7') });
  const page = await running.control.perform('usage.list', { filter: {}, offset: 0, limit: 1 }, cli);
  expect(page.total).toBe(refusalsPerMinute);
});
