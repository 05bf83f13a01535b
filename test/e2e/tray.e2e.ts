import { expect, test } from '@playwright/test';
import { canaryKey } from '#test/fixtures/canary.ts';
import { type DesktopApp, launchApp } from './fixture/desktop-app.ts';
import { askByDeviceCode, redeem } from './fixture/device-flow.ts';
import { pickFromTrayMenu } from './fixture/tray-icon.ts';
import { startUpstream, type Upstream, upstreamAnswer } from './fixture/upstream.ts';

test.describe.configure({ mode: 'serial' });
test.skip(process.platform !== 'linux', 'xdotool drives the tray of a Linux desktop');

let upstream: Upstream;
let app: DesktopApp;
let gateway: string;
let token: string;

test.beforeAll(async () => {
  upstream = await startUpstream();
  app = await launchApp({ args: ['--hidden'] });
  gateway = await app.gatewayUrl();
  await app.toll.json(['key', 'add', 'openai', '--base-url', upstream.baseUrl('openai')], canaryKey('openai'));
});

test.afterAll(async () => {
  await app.close();
  await upstream.stop();
});

function chat(): Promise<Response> {
  return fetch(`${gateway}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] }),
  });
}

async function gatewayState(): Promise<string> {
  return (await app.toll.json<{ gateway: { state: string } }>(['status'])).gateway.state;
}

test('started at login, the app shows its icon and no window', async () => {
  const visible = await app.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows()
      .filter((window) => window.isVisible())
      .map((window) => window.getTitle()),
  );
  expect(visible).toEqual([]);
});

test('a request is allowed from the icon’s own menu', async () => {
  const device = await askByDeviceCode(gateway, 'site-builder', 'openai:chat');
  await expect.poll(() => app.promptVisible()).toBe(true);
  await pickFromTrayMenu({
    ...{ down: 1, downInSubmenu: 1, screenshot: test.info().outputPath('tray-menu.png') },
    isDone: async () => (await app.toll.json<unknown[]>(['requests'])).length === 0,
  });
  await expect.poll(() => app.promptVisible()).toBe(false);
  const { status, body } = await redeem(gateway, 'site-builder', device);
  expect(status).toBe(200);
  expect(body.scope).toBe('openai:chat');
  token = body.access_token ?? '';
  const answer = await chat();
  expect(answer.status).toBe(200);
  expect(await answer.text()).toContain(upstreamAnswer);
  const log = await app.toll.json<{ event: string; actor: string }[]>(['log']);
  expect(log.find(({ event }) => event === 'access-granted')?.actor).toBe('tray');
});

test('a budget that is nearly spent is topped up from the menu', async () => {
  const [usage] = await app.toll.json<{ costMicroUsd: number }[]>(['usage', '--by', 'tool']);
  const budget = Math.ceil((usage?.costMicroUsd ?? 0) * 1.1);
  expect(budget).toBeGreaterThan(0);
  await app.toll.json(['limit', 'set', '--everything', '--per', 'month', '--budget', (budget / 1_000_000).toFixed(6)]);
  const limit = async () =>
    (await app.toll.json<{ topUpMicroUsd: number; warned: number | null }[]>(['limit', 'list']))[0];
  expect(await limit()).toMatchObject({ topUpMicroUsd: 0, warned: 80 });
  expect((await chat()).status).toBe(402);
  await pickFromTrayMenu({
    ...{ down: 1, screenshot: test.info().outputPath('tray-top-up.png') },
    isDone: async () => (await limit())?.topUpMicroUsd !== 0,
  });
  await expect.poll(limit).toMatchObject({ topUpMicroUsd: 250_000, warned: null });
  await expect.poll(async () => (await chat()).status).toBe(200);
});

test('the gateway is paused and resumed from the menu', async () => {
  await pickFromTrayMenu({ down: 3, isDone: async () => (await gatewayState()) === 'paused' });
  const refused = await chat();
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ error: { code: 'gateway_paused' } });
  await expect.poll(async () => (await app.toll.json<{ status: number }[]>(['usage']))[0]?.status).toBe(503);

  await pickFromTrayMenu({ down: 3, isDone: async () => (await gatewayState()) === 'running' });
  await expect.poll(async () => (await chat()).status).toBe(200);
});

test('ending everything from the menu leaves no access, and the gateway paused', async () => {
  await pickFromTrayMenu({ down: 6, isDone: async () => (await gatewayState()) === 'paused' });
  expect((await chat()).status).toBe(503);
  const grants = await app.toll.json<{ status: string }[]>(['grants']);
  expect(grants.filter(({ status }) => status === 'active')).toEqual([]);
});

test('quitting from the menu ends the app cleanly', async () => {
  let isClosed = false;
  app.electron.on('close', () => {
    isClosed = true;
  });
  await pickFromTrayMenu({ down: 6, isDone: async () => isClosed });
  const { code, stderr } = await app.toll.run(['status', '--json']);
  expect(code).toBe(1);
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'not_running' } });
});
