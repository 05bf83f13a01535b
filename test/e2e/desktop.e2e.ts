import { expect, type Page, test } from '@playwright/test';
import OpenAI from 'openai';
import type { UsageRecord } from '#shared/model/usage.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { type DesktopApp, launchApp } from './fixture/desktop-app.ts';
import { askByDeviceCode, redeem } from './fixture/device-flow.ts';
import { startUpstream, type Upstream, upstreamAnswer } from './fixture/upstream.ts';

test.describe.configure({ mode: 'serial' });

let upstream: Upstream;
let app: DesktopApp;
let dashboard: Page;
let gateway: string;

test.beforeAll(async () => {
  upstream = await startUpstream({ latencyMs: 5 });
  app = await launchApp();
  dashboard = await app.dashboard();
  gateway = await app.gatewayUrl();
});

test.afterAll(async () => {
  await app.close();
  await upstream.stop();
});

test('the windows are sandboxed and can reach nothing but their api', async () => {
  for (const page of [dashboard, await app.prompt()]) {
    expect(await page.evaluate(() => typeof (globalThis as { require?: unknown }).require)).toBe('undefined');
    expect(await page.evaluate(() => Object.keys((globalThis as unknown as { api: object }).api).sort())).toEqual([
      'call',
      'shell',
      'subscribe',
    ]);
    const fetched = await page.evaluate(
      (url) =>
        fetch(url).then(
          () => 'reached',
          () => 'refused',
        ),
      `${gateway}/healthz`,
    );
    expect(fetched).toBe('refused');
  }
});

test('the prompt window may not do what only the dashboard may', async () => {
  const prompt = await app.prompt();
  const answer = await prompt.evaluate(() =>
    (globalThis as unknown as { api: { call(name: string, input: object): Promise<unknown> } }).api.call(
      'credential.list',
      {},
    ),
  );
  expect(answer).toMatchObject({ ok: false, error: { code: 'access_denied' } });
});

test('a key goes into the keychain through the window', async () => {
  await dashboard.getByRole('link', { name: 'Add a key' }).first().click();
  const dialog = dashboard.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'Provider' }).click();
  await dashboard.getByRole('option', { name: 'OpenAI', exact: true }).click();
  await dialog.getByLabel('Key', { exact: true }).fill(canaryKey('openai'));
  await dialog.getByRole('button', { name: 'More' }).click();
  await dialog.getByLabel('Base URL').fill(upstream.baseUrl('openai'));
  await dialog.getByRole('button', { name: 'Add key' }).click();
  await expect(dialog.getByText(/accepted/i)).toBeVisible();
  await dialog.getByRole('button', { name: 'Done' }).click();
  const keys = await app.toll.json<{ provider: string; fingerprint: string }[]>(['key', 'list']);
  expect(keys).toMatchObject([{ provider: 'openai', fingerprint: `…${canaryKey('openai').slice(-4)}` }]);
});

test('a tool asks by device code, the prompt is clicked, and the SDK gets its answer', async () => {
  const device = await askByDeviceCode(gateway, 'site-builder', 'openai:chat openai:models');
  const prompt = await app.prompt();
  await expect.poll(() => app.promptVisible()).toBe(true);
  await expect(prompt.getByText(device.user_code)).toBeVisible();
  await expect(prompt.getByRole('heading', { name: /site-builder/ })).toBeVisible();
  const focused = await prompt.evaluate(() => document.activeElement?.tagName);
  expect(focused).toBe('BODY');
  await prompt.getByRole('button', { name: 'Allow', exact: true }).click();
  await expect.poll(() => app.promptVisible()).toBe(false);
  const { status, body } = await redeem(gateway, 'site-builder', device);
  expect(status).toBe(200);
  const openai = new OpenAI({ baseURL: `${gateway}/openai/v1`, apiKey: body.access_token ?? '', maxRetries: 0 });
  const answer = await openai.chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'hello' }],
  });
  expect(answer.choices[0]?.message.content).toBe(upstreamAnswer);
});

test('the overview shows what was used', async () => {
  await dashboard.getByRole('link', { name: 'Overview' }).click();
  const byTool = dashboard.getByRole('table', { name: 'Use by tool' });
  await expect(byTool.getByRole('row', { name: /site-builder/ })).toBeVisible();
});

test('a prompt that is denied gives the tool access_denied', async () => {
  const device = await askByDeviceCode(gateway, 'curious', 'openai:files');
  const prompt = await app.prompt();
  await prompt.getByRole('button', { name: 'Deny', exact: true }).click();
  const { status, body } = await redeem(gateway, 'curious', device);
  expect(status).toBe(400);
  expect(body.error).toBe('access_denied');
});

test('ending access in the window cuts the open stream, and the next call is 401', async () => {
  const device = await askByDeviceCode(gateway, 'streamer', 'openai:chat openai:models');
  const prompt = await app.prompt();
  await prompt.getByRole('button', { name: 'Allow', exact: true }).click();
  const { body } = await redeem(gateway, 'streamer', device);
  const openai = new OpenAI({ baseURL: `${gateway}/openai/v1`, apiKey: body.access_token ?? '', maxRetries: 0 });
  const stream = await openai.chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'slowly' }],
    stream: true,
  });
  const reading = (async () => {
    for await (const part of stream) expect(part.object).toBe('chat.completion.chunk');
  })();
  const cut = expect(reading).rejects.toThrow();
  await dashboard.getByRole('link', { name: 'Access' }).click();
  const row = dashboard.getByRole('row', { name: /streamer/ });
  await row.getByRole('button', { name: /End/ }).click();
  await dashboard.getByRole('dialog').getByRole('button', { name: /End/ }).click();
  await cut;
  await expect(openai.models.list()).rejects.toMatchObject({ status: 401 });
  await expect
    .poll(async () => (await app.toll.json<UsageRecord[]>(['usage'])).filter(({ tool }) => tool === 'streamer').length)
    .toBe(1);
});
