import { expect, type Page, test } from '@playwright/test';
import { type DesktopApp, launchApp } from './fixture/desktop-app.ts';

test.describe.configure({ mode: 'serial' });

interface Waiting {
  readonly id: string;
  readonly tool: string;
  readonly inbox: string | null;
  readonly confirmation: string | null;
}

let app: DesktopApp;
let dashboard: Page;

test.beforeAll(async () => {
  app = await launchApp();
  await app.gatewayUrl();
  dashboard = await app.dashboard();
});

test.afterAll(async () => {
  await app.close();
});

function ask(tool: string, ...more: readonly string[]) {
  return app.toll.run(['request', '--tool', tool, '--scope', 'openai:chat', ...more, '--json']);
}

async function askedId(tool: string): Promise<string> {
  return (JSON.parse((await ask(tool)).stdout) as { id: string }).id;
}

function waiting(): Promise<Waiting[]> {
  return app.toll.json<Waiting[]>(['requests']);
}

async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: test.info().outputPath(name) });
}

test('of fifty requests from ten tools in a minute, five tools are put before a person in one window, and two can wait', async () => {
  test.setTimeout(120_000);
  await app.toll.json(['policy', 'add', 'allow', '--tool', 'tool-0', '--scope', 'openai:chat']);
  await app.toll.json(['approve', await askedId('tool-1')]);
  for (let count = 0; count < 2; count += 1) await app.toll.json(['deny', await askedId('tool-2')]);
  const codes: (number | null)[] = [];
  for (let round = 0; round < 5; round += 1) {
    const tools = Array.from({ length: 10 }, (_, index) => index);
    const answers = await Promise.all(
      tools.map((index) => ask(`tool-${index}`, ...(index >= 8 ? ['--background'] : []))),
    );
    codes.push(...answers.map(({ code }) => code));
  }
  expect(codes.filter((code) => code === 1)).toHaveLength(5);
  const all = await waiting();
  const toolsOf = (requests: readonly Waiting[]) => [...new Set(requests.map(({ tool }) => tool))].sort();
  expect(toolsOf(all.filter(({ inbox }) => inbox === null))).toEqual([
    'tool-3',
    'tool-4',
    'tool-5',
    'tool-6',
    'tool-7',
  ]);
  expect(toolsOf(all.filter(({ inbox }) => inbox !== null))).toEqual(['tool-8', 'tool-9']);
  const prompt = await app.prompt();
  await expect.poll(() => app.promptVisible()).toBe(true);
  await expect(prompt.getByRole('tab')).toHaveCount(all.filter(({ inbox }) => inbox === null).length);
  await picture(prompt, 'prompt.png');
});

test('what can wait stands in the inbox, with the tool that is not heard', async () => {
  await dashboard.getByRole('link', { name: 'Access' }).click();
  const inbox = dashboard.getByRole('region', { name: 'Inbox' });
  await expect(inbox.getByRole('button', { name: /tool-8/ })).toBeVisible();
  await expect(inbox.getByText('asked 5 times since')).toBeVisible();
  await picture(dashboard, 'inbox.png');
  await inbox.getByRole('button', { name: 'Listen to tool-2 again' }).click();
  await expect(inbox.getByRole('button', { name: 'Listen to tool-2 again' })).toBeHidden();
  expect(await app.toll.json(['requests', '--silenced'])).toEqual([]);
});

test('the prompt goes when all at it are denied, and the inbox stays', async () => {
  const prompt = await app.prompt();
  await prompt.getByRole('button', { name: 'Deny all' }).click();
  await expect.poll(() => app.promptVisible()).toBe(false);
  expect(new Set((await waiting()).map(({ tool }) => tool))).toEqual(new Set(['tool-8', 'tool-9']));
});

test('an unusual request is allowed only with the number that stands beside it', async () => {
  await ask('tool-1', 'openai:files');
  const prompt = await app.prompt();
  await expect.poll(() => app.promptVisible()).toBe(true);
  const request = (await waiting()).find(({ tool }) => tool === 'tool-1');
  const allow = prompt.getByRole('button', { name: 'Allow', exact: true });
  await expect(prompt.locator('[data-answerable="true"]')).toBeVisible();
  await expect(prompt.getByText('Not as usual')).toBeVisible();
  await expect(allow).toBeDisabled();
  await picture(prompt, 'unusual.png');
  const refused = await prompt.evaluate(
    (id) =>
      (globalThis as unknown as { api: { call(name: string, input: object): Promise<unknown> } }).api.call(
        'request.approve',
        { id, approval: {} },
      ),
    request?.id,
  );
  expect(refused).toMatchObject({ ok: false, error: { code: 'confirmation_required' } });
  await prompt.getByRole('textbox', { name: /type \d\d/ }).fill(request?.confirmation ?? '');
  await allow.click();
  await expect.poll(() => app.promptVisible()).toBe(false);
  expect((await waiting()).every(({ inbox }) => inbox !== null)).toBe(true);
});

test('the questions are counted, by who answered', async () => {
  await dashboard.getByRole('link', { name: 'Settings' }).click();
  await dashboard.getByRole('tab', { name: 'Prompts' }).click();
  await expect(dashboard.getByText(/\d+ for you, 10 answered without you/)).toBeVisible();
  await expect(dashboard.getByText('You, at the prompt').first()).toBeVisible();
  await picture(dashboard, 'questions.png');
});
