import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import { expect, test } from '@playwright/test';
import { canaryTrial } from '#main/control/rotation/live-switch.ts';
import type { AdminKey, Rotation } from '#shared/model/rotation.ts';
import { type OpenaiKeyService, openaiAdminKey, startOpenaiKeyService } from '#test/fakes/openai-key-service.ts';
import { approvedToken, type Headless, startHeadless } from './fixture/headless.ts';
import { freshFolder } from './fixture/places.ts';

const firstSecret = 'sk-proj-made-by-hand-0123456789-last';
const answer = 'The toll is three pence.';
const models = new LLMock({ port: 0 });

let service: OpenaiKeyService;

test.beforeAll(async () => {
  models.onMessage(/toll/, { content: answer });
  await models.start();
  service = await startOpenaiKeyService(firstSecret, models.url);
});

test.afterAll(async () => {
  await service.close();
  await models.stop();
});

async function latest({ toll }: Headless): Promise<Rotation | undefined> {
  return (await toll.json<Rotation[]>(['rotation', 'history', '--limit', '1']))[0];
}

/** A tool at work: so many calls that every fourth of them makes a whole trial of a new key. Each answer must be the model's. */
async function work({ ready }: Headless, token: string): Promise<void> {
  for (let call = 0; call < 4 * canaryTrial.calls; call += 1) {
    const response = await fetch(`${ready.gateway}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'What is the toll?' }] }),
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain(answer);
  }
}

/** Kills control in the moment in which the provider has done what was asked, and does not answer. */
async function killAt(headless: Headless, method: string, act: () => Promise<unknown>): Promise<void> {
  const hangs = new Promise<void>((resolve) => {
    service.onHang = resolve;
  });
  service.faults.push({ method, path: /service_accounts|api_keys/, kind: 'hang' });
  await act();
  await hangs;
  const ended = once(headless.child, 'exit');
  headless.child.kill('SIGKILL');
  await ended;
}

test('control killed after the provider made the key, and again after it deleted the old one: one key serves, and no other is left', async () => {
  const home = freshFolder();
  const passphraseFile = path.join(freshFolder(), 'passphrase');
  writeFileSync(passphraseFile, 'a passphrase of the tests\n', { mode: 0o600 });
  const start = (): Promise<Headless> =>
    startHeadless({ home, vault: 'passphrase', environment: { TOLLKEEPER_PASSPHRASE_FILE: passphraseFile } });

  const first = await start();
  const { id } = await first.toll.json<{ id: string }>(
    ['key', 'add', 'openai', '--base-url', service.baseUrl],
    firstSecret,
  );
  await first.toll.json<AdminKey>(['key', 'admin', 'add', 'openai'], openaiAdminKey);
  await first.toll.json(['rotation', 'connect', id, '--set', 'project=proj_test']);
  await killAt(first, 'POST', () => first.toll.json(['key', 'rotate', id]));
  expect(service.keys.map(({ keyId }) => keyId)).toEqual(['key_by_hand', 'key_1']);

  const second = await start();
  await expect.poll(async () => (await latest(second))?.step).toBe('canary');
  const token = await approvedToken(second.toll, ['--tool', 'worker', '--scope', 'openai:chat']);
  await expect
    .poll(async () => {
      await work(second, token);
      return (await latest(second))?.step;
    })
    .toBe('drain');
  expect(service.keys.map(({ keyId }) => keyId)).toEqual(['key_by_hand', 'key_2']);
  expect(service.uses.get(service.keys[1]?.secret ?? '')).toBeGreaterThanOrEqual(canaryTrial.calls);
  const { id: rotationId } = (await latest(second)) ?? { id: '' };
  await killAt(second, 'DELETE', () => second.toll.json(['rotation', 'continue', rotationId, '--force']));

  const third = await start();
  await expect.poll(async () => (await latest(third))?.state).toBe('done');
  expect(service.keys.map(({ keyId }) => keyId)).toEqual(['key_2']);
  expect(await third.toll.json(['rotation', 'orphans'])).toMatchObject({ orphans: [], unreachable: [] });
  expect(await third.toll.json(['key', 'verify', id])).toMatchObject({ outcome: 'accepted' });
  expect(await third.stop()).toBe(0);
  expect(first.log() + second.log() + third.log()).not.toContain(openaiAdminKey);
});
