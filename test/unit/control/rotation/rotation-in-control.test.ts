import { expect, onTestFinished, test } from 'vitest';
import type { PresenceAnswer, PresenceCheck } from '#shared/model/presence.ts';
import { openaiAdminKey, startOpenaiKeyService } from '#test/fakes/openai-key-service.ts';
import { callerOf, startControl } from '../running-control.ts';

const firstSecret = 'sk-proj-made-by-hand-0123456789-last';

test('a running control changes an OpenAI key by its admin key, which no snapshot, log or answer ever holds', async () => {
  const service = await startOpenaiKeyService(firstSecret);
  onTestFinished(() => service.close());
  const running = await startControl({ changes: { fetch } });
  const { control, clock, gateways } = running;
  const caller = callerOf();
  const answers: unknown[] = [];
  const perform: typeof control.perform = async (name, input, by) => {
    const answer = await control.perform(name, input, by);
    answers.push(answer);
    return answer;
  };
  const { id } = await perform(
    'credential.add',
    { provider: 'openai', secret: firstSecret, baseUrl: service.baseUrl, verify: true },
    caller,
  );
  expect(await perform('rotation.list', {}, caller)).toMatchObject([{ credentialId: id, method: 'not-connected' }]);
  await expect(perform('rotation.start', { credentialId: id }, caller)).rejects.toMatchObject({
    code: 'rotation_unsupported',
    message: expect.stringContaining('toll key admin add openai'),
  });
  await perform('adminKey.add', { provider: 'openai', secret: openaiAdminKey }, caller);
  await expect(perform('rotation.start', { credentialId: id }, caller)).rejects.toMatchObject({
    message: expect.stringContaining('--set project='),
  });
  await perform('rotation.connect', { credentialId: id, parameters: { project: 'proj_test' } }, caller);
  const { id: rotationId } = await perform('rotation.start', { credentialId: id }, caller);

  await running.until('rotations', async () => {
    const [rotation] = await control.perform('rotation.history', { limit: 1 }, caller);
    if (rotation?.resumeAt) clock.advance(Math.max(0, Date.parse(rotation.resumeAt) - clock.now()));
    return rotation?.state !== 'running';
  });

  const [rotation] = await perform('rotation.history', { limit: 1 }, caller);
  expect(rotation).toMatchObject({ id: rotationId, state: 'done', newKey: { state: 'living' } });
  expect(service.keys.map(({ name }) => name)).toEqual([`tollkeeper-${id.slice('cred_'.length)}-2`]);
  const [upstream] = gateways.current.snapshot?.upstreams ?? [];
  expect(upstream).toMatchObject({ credentialId: id, credentialVersion: 2, secret: service.keys[0]?.secret });
  expect(await perform('credential.list', {}, caller)).toMatchObject([
    { version: 2, rotation: { ageDays: 0, state: 'none' } },
  ]);
  const audit = await perform('audit.list', { limit: 500 }, caller);
  expect(audit.map(({ event }) => event)).toContain('admin-key-used');

  const seen = JSON.stringify([gateways.current.received, running.log, answers]);
  expect(seen).not.toContain(openaiAdminKey);
  expect(JSON.stringify([running.log, answers])).not.toContain(service.keys[0]?.secret);
  expect(running.vault.items.size).toBeGreaterThan(2);
  expect([...running.vault.items.values()]).toContain(openaiAdminKey);
  const [admin] = await perform('adminKey.list', {}, caller);
  await perform('adminKey.remove', { id: admin?.id ?? '' }, caller);
  await expect.poll(() => [...running.vault.items.values()]).not.toContain(openaiAdminKey);
});

test('an admin key is not read until the owner is there, where the person wants that', async () => {
  const service = await startOpenaiKeyService(firstSecret);
  onTestFinished(() => service.close());
  const answers: PresenceAnswer[] = ['confirmed', 'refused', 'confirmed'];
  const presence: PresenceCheck = { kind: 'polkit', confirm: async () => answers.shift() ?? 'unavailable' };
  const running = await startControl({ changes: { fetch, presence: async () => presence } });
  const { control } = running;
  const caller = callerOf();
  const added = { provider: 'openai', secret: firstSecret, baseUrl: service.baseUrl, verify: true };
  const { id: credentialId } = await control.perform('credential.add', added, caller);
  await control.perform('adminKey.add', { provider: 'openai', secret: openaiAdminKey }, caller);
  await control.perform('rotation.connect', { credentialId, parameters: { project: 'proj_test' } }, caller);
  await control.perform('settings.update', { askForAdminKeys: true }, caller);

  const { id } = await control.perform('rotation.start', { credentialId }, caller);
  const stopped = await control.perform('rotation.wait', { id }, caller);
  expect(stopped).toMatchObject({ state: 'stopped', step: 'plan', problem: { code: 'presence_required' } });
  expect(service.requests.filter((request) => request.includes('/organization/'))).toEqual([]);
  await control.perform('rotation.continue', { id }, caller);
  await running.until('rotations', async () => service.keys.length === 2);
  expect(answers).toEqual([]);
});
