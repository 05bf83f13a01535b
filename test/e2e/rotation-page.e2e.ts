import { expect, type Page, test } from '@playwright/test';
import type { Rotation } from '#shared/model/rotation.ts';
import { type OpenaiKeyService, openaiAdminKey, startOpenaiKeyService } from '#test/fakes/openai-key-service.ts';
import { type DesktopApp, launchApp } from './fixture/desktop-app.ts';

const firstSecret = 'sk-proj-made-by-hand-0123456789-last';

let service: OpenaiKeyService;
let app: DesktopApp;
let dashboard: Page;

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  service = await startOpenaiKeyService(firstSecret);
  app = await launchApp();
  dashboard = await app.dashboard();
  await app.gatewayUrl();
  await app.toll.json(['key', 'add', 'openai', '--base-url', service.baseUrl], firstSecret);
});

test.afterAll(async () => {
  await app.close();
  await service.close();
});

async function goTo(route: string): Promise<void> {
  await dashboard.evaluate((address) => {
    location.hash = address;
  }, route);
}

async function chooseForKey(item: string): Promise<void> {
  await goTo('/keys');
  await dashboard.getByRole('button', { name: /^What to do with OpenAI/ }).click();
  await dashboard.getByRole('menuitem', { name: item }).click();
}

test('a key that is not connected is connected first, with an admin key that no window shows again', async () => {
  await chooseForKey('Rotate now…');
  const dialog = dashboard.getByRole('dialog', { name: /^Connect OpenAI/ });
  await expect(dialog.getByRole('button', { name: 'Connect' })).toBeDisabled();
  await dialog.getByLabel('Admin key').fill(openaiAdminKey);
  await dialog.getByLabel('Project').fill('proj_test');
  await dialog.getByRole('button', { name: 'Connect' }).click();
  await expect(dialog).toHaveCount(0);
  await goTo('/rotation?part=admin');
  await expect(dashboard.getByRole('table', { name: 'Admin keys' })).toContainText('1 key');
  expect(await dashboard.content()).not.toContain(openaiAdminKey);
});

test('Rotate now changes the key; the page follows it step by step, and the row of the key tells of it', async () => {
  await chooseForKey('Rotate now…');
  const dialog = dashboard.getByRole('dialog', { name: /^Rotate OpenAI/ });
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await dialog.getByRole('button', { name: 'Rotate now' }).click();
  await expect(dialog).toHaveCount(0);
  const steps = dashboard.getByRole('list', { name: 'Steps' });
  await expect(steps.locator('[aria-current="step"]')).toHaveText('Canary');
  expect(service.keys.map(({ keyId }) => keyId)).toEqual(['key_by_hand', 'key_1']);
  await goTo('/keys');
  await expect(dashboard.getByRole('link', { name: 'changing now: canary' })).toBeVisible();
});

test('Roll back, from the history, leaves the old key serving and no other', async () => {
  await goTo('/rotation?part=history');
  await dashboard.getByRole('button', { name: /changing now|waiting/ }).click();
  await expect(dashboard.getByRole('list', { name: 'Every step' })).toContainText('Make the new key');
  await dashboard.getByRole('button', { name: 'Roll back…' }).click();
  await dashboard.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
  await expect(dashboard.getByRole('list', { name: 'Changes' })).toContainText('rolled back');
  await expect(dashboard.getByRole('list', { name: 'Every step' })).toContainText('Destroy the new key');
  expect(service.keys.map(({ keyId }) => keyId)).toEqual(['key_by_hand']);
  const [rotation] = await app.toll.json<Rotation[]>(['rotation', 'history', '--limit', '1']);
  expect(rotation).toMatchObject({ state: 'rolled-back', oldKey: { state: 'living' }, newKey: { state: 'revoked' } });
});

test('left-over keys are looked for and revoked from the window', async () => {
  const [rotation] = await app.toll.json<Rotation[]>(['rotation', 'history', '--limit', '1']);
  service.keys.push({
    ...{ account: 'account_lost', keyId: 'key_lost', name: rotation?.keyName ?? '', secret: 'sk-proj-lost' },
    ...{ createdAt: 1_790_000_000, lastUsedAt: null },
  });
  await goTo('/rotation?part=admin');
  await dashboard.getByRole('button', { name: 'Look for them' }).click();
  await dashboard.getByRole('button', { name: `Revoke ${rotation?.keyName}` }).click();
  await dashboard.getByRole('dialog').getByRole('button', { name: 'Revoke key' }).click();
  await expect(dashboard.getByText('There are none.')).toBeVisible();
  expect(service.keys.map(({ keyId }) => keyId)).toEqual(['key_by_hand']);
});
