import { expect, onTestFinished, test } from 'vitest';
import type { PresenceCheck } from '#shared/model/presence.ts';
import { startKeyConsole } from '#test/fakes/key-console.ts';
import { callerOf, startControl } from '../running-control.ts';

const oldSecret = `gsk_CANARYold${'a'.repeat(16)}OLD1`;
const newSecret = `gsk_CANARYnew${'b'.repeat(16)}NEW2`;
const deadSecret = `gsk_CANARYdead${'c'.repeat(16)}BAD3`;

test('a running control changes a key with a person, and no key is in a log, an answer, an error or the audit log', async () => {
  const pages = await startKeyConsole();
  onTestFinished(() => pages.close());
  pages.make(oldSecret);
  const running = await startControl({ changes: { fetch } });
  const { control, clock, gateways } = running;
  const caller = callerOf();
  const told: unknown[] = [];
  const perform: typeof control.perform = async (name, input, by) => {
    try {
      const answer = await control.perform(name, input, by);
      told.push(answer);
      return answer;
    } catch (error) {
      told.push(error instanceof Error ? [error.message, error.stack, JSON.stringify(error)] : error);
      throw error;
    }
  };
  const added = { provider: 'groq', secret: oldSecret, baseUrl: pages.baseUrl, verify: false };
  const { id: credentialId } = await perform('credential.add', added, caller);
  expect(await perform('rotation.list', {}, caller)).toMatchObject([{ credentialId, method: 'by-hand' }]);

  const { id } = await perform('rotation.start', { credentialId }, caller);
  expect(await perform('rotation.wait', { id }, caller)).toMatchObject({
    guided: true,
    state: 'stopped',
    step: 'create',
  });
  await expect(perform('rotation.provide', { id, secret: deadSecret }, caller)).rejects.toMatchObject({
    code: 'key_rejected',
  });
  pages.make(newSecret);
  await perform('rotation.provide', { id, secret: newSecret }, caller);
  await running.until('rotations', async () => {
    const [rotation] = await control.perform('rotation.history', { limit: 1 }, caller);
    if (rotation?.resumeAt) clock.advance(Math.max(0, Date.parse(rotation.resumeAt) - clock.now()));
    return rotation?.state !== 'running';
  });
  const [upstream] = gateways.current.snapshot?.upstreams ?? [];
  expect(upstream).toMatchObject({ credentialId, credentialVersion: 2, secret: newSecret });

  pages.remove(oldSecret);
  await perform('rotation.continue', { id }, caller);
  expect(await perform('rotation.wait', { id }, caller)).toMatchObject({ state: 'done', oldKey: { state: 'revoked' } });
  await expect.poll(() => [...running.vault.items.values()]).not.toContain(oldSecret);
  await perform('rotation.history', { limit: 5 }, caller);
  await perform('audit.list', { limit: 500 }, caller);
  for (const secret of [oldSecret, newSecret, deadSecret])
    expect(JSON.stringify([running.log, told])).not.toContain(secret);
});

test('the owner is asked for before a new key is taken, where the person wants that', async () => {
  const pages = await startKeyConsole();
  onTestFinished(() => pages.close());
  pages.make(oldSecret);
  pages.make(newSecret);
  const purposes: string[] = [];
  let isThere = true;
  const presence: PresenceCheck = {
    kind: 'polkit',
    confirm: async (purpose) => {
      purposes.push(purpose);
      return isThere ? 'confirmed' : 'refused';
    },
  };
  const running = await startControl({ changes: { fetch, presence: async () => presence } });
  const { control } = running;
  const caller = callerOf();
  const added = { provider: 'groq', secret: oldSecret, baseUrl: pages.baseUrl, verify: false };
  const { id: credentialId } = await control.perform('credential.add', added, caller);
  const { id } = await control.perform('rotation.start', { credentialId }, caller);
  await control.perform('rotation.wait', { id }, caller);
  await control.perform('settings.update', { askForPresence: true }, caller);
  purposes.length = 0;
  isThere = false;
  await expect(control.perform('rotation.provide', { id, secret: newSecret }, caller)).rejects.toMatchObject({
    code: 'presence_required',
  });
  expect(purposes).toEqual(['change a provider key']);
  expect(await control.perform('credential.list', {}, caller)).toMatchObject([{ version: 1 }]);
});
