import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import type AxeCore from 'axe-core';
import type { RotationOverview } from '#shared/model/rotation.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { type DesktopApp, launchApp } from './fixture/desktop-app.ts';
import { askByDeviceCode, redeem } from './fixture/device-flow.ts';
import { root } from './fixture/places.ts';
import { startUpstream, type Upstream } from './fixture/upstream.ts';

test.describe.configure({ mode: 'serial' });

const axeSource = readFileSync(path.join(root, 'node_modules/axe-core/axe.min.js'), 'utf8');
const pages = [
  'overview',
  'keys',
  'rotation',
  'access',
  'alerts',
  'limits',
  'models',
  'activity',
  'connect',
  'settings',
] as const;
const themes = ['light', 'dark'] as const;

type InPage = { axe?: typeof AxeCore; api: { call(name: string, input: object): Promise<{ ok: boolean }> } };

let upstream: Upstream;
let app: DesktopApp;
let dashboard: Page;
let gateway: string;
let keyId: string;

test.beforeAll(async () => {
  upstream = await startUpstream();
  app = await launchApp();
  dashboard = await app.dashboard();
  gateway = await app.gatewayUrl();
  const key = await app.toll.json<{ id: string }>(
    ['key', 'add', 'openai', '--base-url', upstream.baseUrl('openai')],
    canaryKey('openai'),
  );
  keyId = key.id;
  await app.toll.json(['rotation', 'schedule', keyId, '--every', '3d', '--hours', '09-17']);
  await app.toll.json(['limit', 'set', '--everything', '--budget', '5', '--per', 'day']);
  await app.toll.json(['limit', 'set', '--tool', 'site-builder', '--requests-per-minute', '60']);
  await app.toll.json(['alias', 'set', 'fast', 'openai/gpt-4o', 'groq/llama-4']);
  const device = await askByDeviceCode(gateway, 'site-builder', 'openai:chat');
  const [request] = await app.toll.json<{ id: string }[]>(['requests']);
  await app.toll.json(['approve', request?.id ?? '']);
  const { body } = await redeem(gateway, 'site-builder', device);
  const answer = await fetch(`${gateway}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${body.access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] }),
  });
  expect(answer.status).toBe(200);
  await expect.poll(async () => (await app.toll.json<unknown[]>(['usage'])).length).toBe(1);
});

test.afterAll(async () => {
  await app.close();
  await upstream.stop();
});

/** What axe holds against the page as it is: serious and critical, one line each. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as InPage;
    if (!axe) throw new Error('axe is not in the page');
    const result = await axe.run(document, { resultTypes: ['violations'] });
    return result.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
  });
}

async function useTheme(theme: (typeof themes)[number]): Promise<void> {
  const answer = await dashboard.evaluate(
    (value) => (globalThis as unknown as InPage).api.call('settings.update', { theme: value }),
    theme,
  );
  expect(answer.ok).toBe(true);
  await expect(dashboard.locator('html')).toHaveAttribute('data-mantine-color-scheme', theme);
}

async function goTo(page: (typeof pages)[number]): Promise<void> {
  await dashboard.evaluate((route) => {
    location.hash = `/${route}`;
  }, page);
  await expect(dashboard.getByRole('heading', { level: 1, name: new RegExp(page, 'i') })).toBeVisible();
  await expect(dashboard.locator('[aria-busy="true"]')).toHaveCount(0);
  await dashboard.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
}

for (const theme of themes) {
  for (const page of pages) {
    test(`axe finds nothing serious on ${page}, ${theme}`, async () => {
      await useTheme(theme);
      await goTo(page);
      expect(await violations(dashboard)).toEqual([]);
    });
  }

  for (const address of [
    'part=keys',
    'part=history',
    'part=admin',
    'dialog=admin',
    'dialog=schedule&of=KEY',
  ] as const) {
    test(`axe finds nothing serious on rotation?${address}, ${theme}`, async () => {
      await useTheme(theme);
      await goTo('rotation');
      await dashboard.evaluate(
        (search) => {
          location.hash = `/rotation?${search}`;
        },
        address.replace('KEY', keyId),
      );
      if (address.startsWith('dialog')) await expect(dashboard.getByRole('dialog')).toHaveCSS('opacity', '1');
      await dashboard.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
      expect(await violations(dashboard)).toEqual([]);
      await goTo('overview');
    });
  }

  test(`axe finds nothing serious on the prompt, ${theme}`, async () => {
    await useTheme(theme);
    const prompt = await app.prompt();
    const device = await askByDeviceCode(gateway, `reader-${theme}`, 'openai:chat openai:models');
    await expect(prompt.getByText(device.user_code)).toBeVisible();
    await expect(prompt.locator('[data-answerable="true"]')).toBeVisible();
    await prompt.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
    expect(await violations(prompt)).toEqual([]);
    await prompt.getByRole('button', { name: 'Deny', exact: true }).click();
    expect((await redeem(gateway, `reader-${theme}`, device)).body.error).toBe('access_denied');
  });
}

test('Tab reaches every page’s link, and Enter opens it', async () => {
  await goTo('overview');
  await dashboard.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const reached: string[] = [];
  for (let step = 0; step < 12; step += 1) {
    await dashboard.keyboard.press('Tab');
    reached.push(await dashboard.evaluate(() => document.activeElement?.textContent ?? ''));
    if (reached.at(-1)?.startsWith('Keys')) break;
  }
  expect(reached[0]).toBe('Skip to content');
  expect(reached.at(-1)).toContain('Keys');
  await dashboard.keyboard.press('Enter');
  await expect(dashboard.getByRole('heading', { level: 1, name: 'Keys' })).toBeVisible();
});

test('the keyboard alone sets a key’s schedule, from the row of the key to the sentence that says what it means', async () => {
  await goTo('keys');
  await dashboard.getByRole('button', { name: /^What to do with OpenAI/ }).focus();
  await dashboard.keyboard.press('Enter');
  const wanted = dashboard.getByRole('menuitem', { name: 'Schedule…' });
  await expect(wanted).toBeVisible();
  for (let step = 0; step < 8; step += 1) {
    if (await wanted.evaluate((item) => item === document.activeElement)) break;
    await dashboard.keyboard.press('ArrowDown');
  }
  await expect(wanted).toBeFocused();
  await dashboard.keyboard.press('Enter');
  const dialog = dashboard.getByRole('dialog', { name: /^When OpenAI/ });
  await expect(dialog.getByRole('textbox', { name: 'Days' })).toBeFocused();
  await dashboard.keyboard.press('Control+a');
  await dashboard.keyboard.type('45');
  await expect(dialog).toContainText(/every 45 days between 9 and 17\. Next on \d+ \w+/);
  await dashboard.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(dashboard.getByRole('table', { name: 'Schedules' })).toContainText('every 45 days between 9 and 17');
  const [row] = await app.toll.json<RotationOverview[]>(['rotation', 'list']);
  expect(row?.setup.schedule).toMatchObject({ kind: 'every', days: 45, hours: { from: 9, to: 17 } });
});

test('Ctrl+K opens the palette, Enter goes to a page, Escape closes it', async () => {
  await dashboard.keyboard.press('Control+k');
  const field = dashboard
    .getByRole('textbox', { name: /Find an act/ })
    .or(dashboard.getByRole('searchbox', { name: /Find an act/ }));
  await expect(field.first()).toBeFocused();
  await dashboard.keyboard.type('Activity');
  await dashboard.keyboard.press('Enter');
  await expect(dashboard.getByRole('heading', { level: 1, name: 'Activity' })).toBeVisible();
  await dashboard.keyboard.press('Control+k');
  await expect(field.first()).toBeFocused();
  await dashboard.keyboard.press('Escape');
  await expect(field).toHaveCount(0);
});

test('the prompt has no focused answer, and Alt+D denies, but not before the minimum time', async () => {
  const prompt = await app.prompt();
  const device = await askByDeviceCode(gateway, 'hasty', 'openai:chat');
  await expect(prompt.getByText(device.user_code)).toBeVisible();
  await prompt.evaluate(() =>
    document.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyD', key: 'd', altKey: true })),
  );
  expect(await app.toll.json<unknown[]>(['requests'])).toHaveLength(1);
  expect(await prompt.evaluate(() => document.activeElement?.tagName)).toBe('BODY');
  await expect(prompt.locator('[data-answerable="true"]')).toBeVisible();
  expect(await prompt.evaluate(() => document.activeElement?.tagName)).toBe('BODY');
  await prompt.keyboard.press('Alt+d');
  await expect.poll(async () => (await app.toll.json<unknown[]>(['requests'])).length).toBe(0);
  expect((await redeem(gateway, 'hasty', device)).body.error).toBe('access_denied');
});

test('a window of 900 × 600 and a zoom of 200 % hold together', async () => {
  const resize = (width: number, height: number, zoom: number): Promise<void> =>
    app.electron.evaluate(
      ({ BrowserWindow }, size) => {
        const window = BrowserWindow.getAllWindows().find(({ webContents }) =>
          webContents.getURL().includes('dashboard'),
        );
        window?.setSize(size.width, size.height);
        window?.webContents.setZoomFactor(size.zoom);
      },
      { width, height, zoom },
    );
  for (const [width, height, zoom] of [
    [900, 600, 1],
    [1240, 800, 2],
    [900, 600, 2],
  ] as const) {
    await resize(width, height, zoom);
    await expect.poll(() => dashboard.evaluate(() => innerWidth)).toBeLessThanOrEqual(Math.ceil(width / zoom));
    for (const page of pages) {
      await goTo(page);
      const overflowing = await dashboard.evaluate(() => {
        const places = [document.documentElement, ...document.querySelectorAll('main')];
        return places.filter((place) => place.scrollWidth > place.clientWidth + 1).map(({ tagName }) => tagName);
      });
      await dashboard.screenshot({ path: test.info().outputPath(`${page}-${width}-${zoom}.png`) });
      expect.soft(overflowing, `${page} at ${width}×${height}, ${zoom * 100} %`).toEqual([]);
    }
  }
  await resize(1240, 800, 1);
});
