import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { canaryKey } from '#test/fixtures/canary.ts';
import { type DesktopApp, launchApp } from './fixture/desktop-app.ts';
import { askByDeviceCode, redeem } from './fixture/device-flow.ts';
import { startUpstream, type Upstream } from './fixture/upstream.ts';

test.describe.configure({ mode: 'serial' });

/** Where pictures of what a newcomer sees are kept; without it, beside the test's results. */
const pictures = process.env.TOLLKEEPER_SCREENSHOTS;

let upstream: Upstream;
let app: DesktopApp;
let dashboard: Page;
let gateway: string;

test.beforeAll(async () => {
  upstream = await startUpstream();
  app = await launchApp();
  dashboard = await app.dashboard();
  gateway = await app.gatewayUrl();
});

test.afterAll(async () => {
  await app.close();
  await upstream.stop();
});

/** Takes a picture of a window in both themes and leaves it in the light one. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = pictures ?? test.info().outputPath();
  mkdirSync(folder, { recursive: true });
  for (const theme of ['dark', 'light'] as const) {
    await dashboard.evaluate(
      (value) =>
        (globalThis as unknown as { api: { call(name: string, input: object): Promise<unknown> } }).api.call(
          'settings.update',
          { theme: value },
        ),
      theme,
    );
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', theme);
    await page.screenshot({ path: path.join(folder, `${name}-${theme}.png`), animations: 'disabled' });
  }
}

test('a newcomer sees three steps, and the first one is to add a key', async () => {
  await expect(dashboard.getByText('Three steps to the first call')).toBeVisible();
  const steps = dashboard.getByRole('listitem').filter({ has: dashboard.getByRole('heading', { level: 2 }) });
  await expect(steps).toHaveCount(3);
  await expect(dashboard.locator('[aria-current="step"]')).toContainText('Add a key');
  await picture(dashboard, 'overview-empty');
});

test('once there is a key, the next step is to connect a tool', async () => {
  await app.toll.json(['key', 'add', 'openai', '--base-url', upstream.baseUrl('openai')], canaryKey('openai'));
  await expect(dashboard.locator('[aria-current="step"]')).toContainText('Connect a tool');
  await dashboard.getByRole('link', { name: 'Keys', exact: true }).click();
  await expect(dashboard.getByRole('row', { name: /OpenAI/ })).toBeVisible();
  await picture(dashboard, 'keys');
});

test('the lines to paste hold the address the gateway listens at', async () => {
  await dashboard.getByRole('link', { name: 'Connect', exact: true }).click();
  await expect(dashboard.getByRole('heading', { level: 1, name: 'Connect' })).toBeVisible();
  await expect(dashboard.getByRole('main').getByText(gateway).first()).toBeVisible();
  await picture(dashboard, 'connect');
});

test('after the first request the steps give way to the overview', async () => {
  const device = await askByDeviceCode(gateway, 'first-tool', 'openai:chat openai:models');
  const prompt = await app.prompt();
  await expect(prompt.locator('[data-answerable="true"]')).toBeVisible();
  await picture(prompt, 'prompt');
  await prompt.getByRole('button', { name: 'Allow', exact: true }).click();
  const { body } = await redeem(gateway, 'first-tool', device);
  for (const content of ['hello', 'again', 'and again']) {
    const answer = await fetch(`${gateway}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${body.access_token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content }] }),
    });
    expect(answer.status).toBe(200);
  }
  await dashboard.getByRole('link', { name: 'Overview', exact: true }).click();
  await expect(dashboard.getByText('Three steps to the first call')).toHaveCount(0);
  const byTool = dashboard.getByRole('table', { name: 'Use by tool' });
  await expect(byTool.getByRole('row', { name: /first-tool/ })).toBeVisible();
  await picture(dashboard, 'overview-full');
});

for (const name of ['Access', 'Activity', 'Settings']) {
  test(`${name} shows what there is`, async () => {
    await dashboard.getByRole('link', { name, exact: true }).click();
    await expect(dashboard.getByRole('heading', { level: 1, name })).toBeVisible();
    if (name !== 'Settings') await expect(dashboard.getByRole('main').getByText('first-tool').first()).toBeVisible();
    await picture(dashboard, name.toLowerCase());
  });
}
