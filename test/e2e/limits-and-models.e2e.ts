import { expect, type Locator, type Page, test } from '@playwright/test';
import { canaryKey } from '#test/fixtures/canary.ts';
import { type DesktopApp, launchApp } from './fixture/desktop-app.ts';
import { askByDeviceCode, redeem } from './fixture/device-flow.ts';
import { startUpstream, type Upstream, upstreamAnswer } from './fixture/upstream.ts';

test.describe.configure({ mode: 'serial' });

const tool = 'site-builder';

let upstream: Upstream;
let app: DesktopApp;
let dashboard: Page;
let gateway: string;
let token: string;

test.beforeAll(async () => {
  upstream = await startUpstream();
  app = await launchApp();
  dashboard = await app.dashboard();
  gateway = await app.gatewayUrl();
  await app.toll.json(['key', 'add', 'openai', '--base-url', upstream.baseUrl('openai')], canaryKey('openai'));
  const device = await askByDeviceCode(gateway, tool, 'openai:chat');
  const [request] = await app.toll.json<{ id: string }[]>(['requests']);
  await app.toll.json(['approve', request?.id ?? '', '--budget', '5']);
  const { body } = await redeem(gateway, tool, device);
  token = body.access_token ?? '';
});

test.afterAll(async () => {
  await app.close();
  await upstream.stop();
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly choices?: { message: { content: string } }[];
    readonly error?: { code: string; message: string };
  };
}

async function chat(path: string, model: string): Promise<Answer> {
  const response = await fetch(`${gateway}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }] }),
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

async function open(page: string): Promise<void> {
  await dashboard.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: page, exact: true }).click();
  await expect(dashboard.getByRole('heading', { level: 1, name: page })).toBeVisible();
}

async function pick(dialog: Locator, name: string, option: string): Promise<void> {
  await dialog.getByRole('combobox', { name, exact: true }).click();
  await dashboard.getByRole('option', { name: option, exact: true }).click();
}

test('a limit set in the window refuses the next call, and Activity explains it', async () => {
  await open('Limits');
  await dashboard.getByRole('button', { name: 'Set a limit' }).click();
  const dialog = dashboard.getByRole('dialog');
  await dialog.getByText('A tool', { exact: true }).click();
  await dialog.getByLabel('Tool', { exact: true }).fill(tool);
  await dialog.getByLabel('Dollars').fill('0.000001');
  await expect(dialog.getByText(`${tool} may spend <$0.01 a day.`)).toBeVisible();
  await dialog.getByRole('button', { name: 'Set the limit' }).click();
  await expect(dashboard.getByRole('list', { name: `Limits of ${tool}` }).getByRole('listitem')).toHaveCount(1);

  const refused = await chat('/openai/v1/chat/completions', 'gpt-4o');
  expect(refused.status).toBe(402);
  expect(refused.body.error?.message).toContain(tool);
  expect(refused.body.error?.message).toContain('a day');

  await open('Activity');
  await dashboard.getByRole('row', { name: new RegExp(`${tool}.*refused 402`) }).click();
  const details = dashboard.getByRole('dialog', { name: 'Request' });
  await expect(details.getByText('budget_exceeded')).toBeVisible();
  await expect(details.getByText('nothing was paid', { exact: false })).toBeVisible();
  await details.getByRole('button', { name: 'Close' }).click();
});

test('money that is added lets the tool call again', async () => {
  await open('Limits');
  const limits = dashboard.getByRole('list', { name: `Limits of ${tool}` });
  await limits.getByRole('button', { name: `Add money to ${tool}` }).click();
  await dashboard.getByRole('menuitem', { name: 'Add $5', exact: true }).click();
  await expect(limits.getByText('with $5.00 added')).toBeVisible();
  expect((await chat('/openai/v1/chat/completions', 'gpt-4o')).status).toBe(200);
  await expect(limits.getByText(/of \$5\.00/)).toBeVisible();
});

test('a limit that was removed comes back with Undo', async () => {
  const limits = dashboard.getByRole('list', { name: `Limits of ${tool}` });
  await limits.getByRole('button', { name: /What to do with/ }).click();
  await dashboard.getByRole('menuitem', { name: /Remove/ }).click();
  await dashboard.getByRole('dialog').getByRole('button', { name: 'Remove limit' }).click();
  await expect(limits).toHaveCount(0);
  expect(await app.toll.json<unknown[]>(['limit', 'list'])).toEqual([]);
  await dashboard.getByRole('button', { name: 'Undo' }).click();
  await expect(limits.getByText('with $5.00 added')).toBeVisible();
  await expect
    .poll(() => app.toll.json<{ topUpMicroUsd: number }[]>(['limit', 'list']))
    .toMatchObject([{ topUpMicroUsd: 5_000_000, warnAt: [80, 95] }]);
});

test('the budget of a tool\u2019s access can be raised on the Access page', async () => {
  await open('Access');
  const row = dashboard.getByRole('row', { name: new RegExp(tool) });
  await expect(row.getByText('of $5.00')).toBeVisible();
  await row.getByRole('button', { name: `Add money to ${tool}` }).click();
  await dashboard.getByRole('menuitem', { name: 'Add $20', exact: true }).click();
  await expect(row.getByText('of $25.00')).toBeVisible();
});

test('an alias made in the window can be called', async () => {
  await open('Models');
  await dashboard.getByRole('button', { name: 'Add an alias' }).click();
  const dialog = dashboard.getByRole('dialog');
  await dialog.getByLabel('Name').fill('fast');
  await pick(dialog, 'Provider 1', 'Groq');
  await dialog.getByRole('combobox', { name: 'Model 1' }).or(dialog.getByLabel('Model 1')).first().fill('llama-4');
  await dialog.getByRole('button', { name: 'Add another to fall back on' }).click();
  await pick(dialog, 'Provider 2', 'OpenAI');
  await dialog.getByLabel('Model 2').fill('gpt-4o');
  await dialog.getByLabel('Model 2').press('Alt+ArrowUp');
  await dialog.getByRole('button', { name: 'Add alias' }).click();
  const models = dashboard.getByRole('list', { name: 'Models of fast, best first' }).getByRole('listitem');
  await expect(models).toHaveText([/openai\/gpt-4o.*serves now/, /groq\/llama-4.*no key/]);

  const answer = await chat('/v1/chat/completions', 'fast');
  expect(answer.body.choices?.[0]?.message.content).toBe(upstreamAnswer);
  expect(answer.headers.get('x-tollkeeper-upstream')).toContain('openai');
});

test('the cost of a call explains itself', async () => {
  await open('Activity');
  const newest = dashboard.getByRole('row', { name: new RegExp(`${tool}.*gpt-4o.*ok`) }).first();
  await newest.click();
  const details = dashboard.getByRole('dialog', { name: 'Request' });
  const lines = details.getByRole('table', { name: 'What the cost is made of' });
  await expect(lines.getByRole('row', { name: /^input 21 \$2\.50 \/ M \$0\.000053$/ })).toBeVisible();
  await expect(lines.getByRole('row', { name: /^output 9 \$10\.00 \/ M \$0\.000090$/ })).toBeVisible();
  await expect(details.getByText(/Prices from .+ \(\d{4}-\d{2}-\d{2}\)/)).toBeVisible();
  await details.getByRole('button', { name: 'Close' }).click();
});

test('a price of one\u2019s own counts from the next call on', async () => {
  await dashboard.evaluate(() => {
    location.hash = '/settings?part=prices';
  });
  await dashboard.getByRole('button', { name: 'Set a price' }).click();
  const dialog = dashboard.getByRole('dialog');
  await pick(dialog, 'Provider', 'OpenAI');
  await dialog.getByLabel('Model').fill('gpt-4o');
  await dialog.getByLabel('input', { exact: true }).fill('10');
  await dialog.getByLabel('output', { exact: true }).fill('20');
  await dialog.getByRole('button', { name: 'Set the price' }).click();
  await expect(dashboard.getByRole('list', { name: 'Your own prices' })).toContainText('$10.00 input');
  expect((await chat('/openai/v1/chat/completions', 'gpt-4o')).status).toBe(200);
  await expect
    .poll(async () => (await app.toll.json<{ costMicroUsd: number }[]>(['usage']))[0]?.costMicroUsd)
    .toBe(21 * 10 + 9 * 20);
});
