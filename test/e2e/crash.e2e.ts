import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import type { Status } from '#shared/contract/status.ts';
import type { Grant } from '#shared/model/access.ts';
import type { LimitStatus } from '#shared/model/limit.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { approvedToken, type Headless, startHeadless } from './fixture/headless.ts';
import { freshFolder } from './fixture/places.ts';
import { startUpstream, type Upstream } from './fixture/upstream.ts';

const streams = 100;
const budgetMicroUsd = 20_000_000;

let upstream: Upstream;

test.beforeAll(async () => {
  upstream = await startUpstream({ latencyMs: 20 });
});

test.afterAll(() => upstream.stop());

/** A home whose vault outlives the process, with one key, and a tool under a budget of its own and two standing ones. */
async function startedHome(): Promise<{
  readonly headless: Headless;
  readonly token: string;
  again(): Promise<Headless>;
}> {
  const home = freshFolder();
  const passphraseFile = path.join(freshFolder(), 'passphrase');
  writeFileSync(passphraseFile, 'a passphrase of the tests\n', { mode: 0o600 });
  const again = (): Promise<Headless> =>
    startHeadless({ home, vault: 'passphrase', environment: { TOLLKEEPER_PASSPHRASE_FILE: passphraseFile } });
  const headless = await again();
  await headless.toll.json(['key', 'add', 'openai', '--base-url', upstream.baseUrl('openai')], canaryKey('openai'));
  await headless.toll.json(['limit', 'set', '--everything', '--budget', '30', '--per', 'month']);
  await headless.toll.json(['limit', 'set', '--tool', 'streamer', '--budget', '25', '--per', 'once']);
  const token = await approvedToken(headless.toll, ['--tool', 'streamer', '--scope', 'openai:chat', '--budget', '20']);
  return { headless, token, again };
}

async function call(headless: Headless, token: string, content: 'slowly' | 'at once'): Promise<Response> {
  const answer = await fetch(`${headless.ready.gateway}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'gpt-4o',
      max_tokens: 1_000,
      stream: content === 'slowly',
      messages: [{ role: 'user', content }],
    }),
  });
  expect(answer.status).toBe(200);
  return answer;
}

function idOf(answer: Response): string {
  return answer.headers.get('x-tollkeeper-request-id') ?? '';
}

/** Streams that have shown their first bytes, and go on. */
async function openStreams(headless: Headless, token: string): Promise<readonly string[]> {
  return Promise.all(
    Array.from({ length: streams }, async () => {
      const answer = await call(headless, token, 'slowly');
      const reader = answer.body?.getReader();
      await reader?.read();
      void (async () => {
        while (!(await reader?.read())?.done);
      })().catch(() => undefined);
      return idOf(answer);
    }),
  );
}

async function settledCalls(headless: Headless, token: string, count: number): Promise<readonly string[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const answer = await call(headless, token, 'at once');
      await answer.text();
      return idOf(answer);
    }),
  );
}

async function gatewayPid(headless: Headless): Promise<number> {
  const { pid } = (await headless.toll.json<Status>(['status'])).gateway;
  if (pid === null) throw new Error('There is no gateway');
  return pid;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function rowsOf(headless: Headless): Promise<readonly UsageRecord[]> {
  return headless.toll.json<UsageRecord[]>(['usage', '--limit', '500']);
}

/** Every call has just one row, none is free, and the grant and the limits have paid for all of them. */
async function expectTruth(headless: Headless, ids: readonly string[]): Promise<void> {
  await expect
    .poll(async () => (await rowsOf(headless)).map(({ requestId }) => requestId).sort())
    .toEqual([...ids].sort());
  const rows = await rowsOf(headless);
  for (const row of rows) expect(row.costMicroUsd, `${row.outcome} ${row.errorCode}`).toBeGreaterThan(0);
  const spent = rows.reduce((sum, { costMicroUsd }) => sum + (costMicroUsd ?? 0), 0);
  const [grant] = await headless.toll.json<Grant[]>(['grants']);
  expect(grant).toMatchObject({ spentMicroUsd: spent, budgetLeftMicroUsd: budgetMicroUsd - spent });
  const limits = await headless.toll.json<LimitStatus[]>(['limit', 'list']);
  expect(limits.map(({ used, running }) => ({ used, running }))).toEqual([
    { used: spent, running: 0 },
    { used: spent, running: 0 },
  ]);
}

function leftFiles(headless: Headless): readonly string[] {
  return readdirSync(path.join(headless.home, 'run')).filter((name) => name.startsWith('facts-'));
}

test('the gateway killed among a hundred streams: all have their row, and the budget paid for them', async () => {
  const { headless, token } = await startedHome();
  const pid = await gatewayPid(headless);
  const running = await openStreams(headless, token);
  const settled = await settledCalls(headless, token, 20);
  process.kill(pid, 'SIGKILL');
  await expectTruth(headless, [...running, ...settled]);
  const interrupted = (await rowsOf(headless)).filter(({ errorCode }) => errorCode === 'gateway_exited');
  expect(interrupted.map(({ requestId }) => requestId)).toEqual(expect.arrayContaining([...running]));
  expect(await headless.stop()).toBe(0);
});

test('control killed among a hundred streams: the gateway leaves what was not kept, and the next start settles it once', async () => {
  const { headless, token, again } = await startedHome();
  const pid = await gatewayPid(headless);
  const running = await openStreams(headless, token);
  const settled = await settledCalls(headless, token, 20);
  headless.child.kill('SIGKILL');
  await expect.poll(() => isAlive(pid)).toBe(false);
  const [file, ...others] = leftFiles(headless);
  expect(others).toEqual([]);
  const left = readFileSync(path.join(headless.home, 'run', file ?? ''));
  expect(left.length).toBeGreaterThan(1_000);
  expect(left.includes('streamer') || left.includes('req_') || left.includes('gpt-4o')).toBe(false);

  const next = await again();
  await expectTruth(next, [...running, ...settled]);
  expect(leftFiles(next)).toEqual([]);
  next.child.kill('SIGKILL');
  const third = await again();
  await expectTruth(third, [...running, ...settled]);
  expect(await third.stop()).toBe(0);
});

for (const [name, kill] of [
  ['the gateway, then control', (gateway: number, control: number) => [gateway, control]],
  ['control, then the gateway', (gateway: number, control: number) => [control, gateway]],
] as const) {
  test(`both killed at once among a hundred streams, ${name}: each call is settled at the next start`, async () => {
    const { headless, token, again } = await startedHome();
    const pid = await gatewayPid(headless);
    const settled = await settledCalls(headless, token, 20);
    const running = await openStreams(headless, token);
    await expect.poll(async () => (await rowsOf(headless)).length).toBe(settled.length);
    const status = await headless.toll.json<Status>(['status']);
    expect(status.runningRequests).toBe(streams);
    for (const victim of kill(pid, headless.child.pid ?? 0)) process.kill(victim, 'SIGKILL');
    await expect.poll(() => isAlive(pid)).toBe(false);
    const next = await again();
    await expectTruth(next, [...running, ...settled]);
    expect(await next.stop()).toBe(0);
  });
}
