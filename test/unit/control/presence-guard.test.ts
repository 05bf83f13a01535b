import { describe, expect, test } from 'vitest';
import type { PolicyDraft } from '#shared/model/access.ts';
import type { PresenceAnswer, PresenceCheck } from '#shared/model/presence.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { demandOf } from './control-bench.ts';
import { callerOf, startControl } from './running-control.ts';

const cli = callerOf();
const policy: PolicyDraft = {
  ...{ effect: 'allow', tool: 'codey', scopes: ['openai:chat'], executable: null, executableHash: null, folder: null },
  ...{ ttlSeconds: 60, uses: null, budgetMicroUsd: null },
};

async function start(answer: PresenceAnswer, kind: PresenceCheck['kind'] = 'polkit') {
  const asked: string[] = [];
  const state = { answer };
  const presence: PresenceCheck = {
    kind,
    async confirm(purpose) {
      asked.push(purpose);
      return state.answer;
    },
  };
  return { ...(await startControl({ changes: { presence: async () => presence } })), asked, state };
}

describe('asking that it is you', () => {
  test('happens before what is sensitive, and only once it is wanted', async () => {
    const { control, asked, state } = await start('confirmed');
    const { id } = await control.perform('policy.add', policy, cli);
    expect(asked).toEqual([]);
    await control.perform('settings.update', { askForPresence: true }, cli);
    expect(asked).toEqual(['change what protects your keys']);
    state.answer = 'refused';
    expect(await codeOf(control.perform('policy.add', policy, cli))).toBe('presence_required');
    expect(await codeOf(control.perform('policy.remove', { id }, cli))).toBe('presence_required');
    expect(await codeOf(control.perform('settings.update', { askForPresence: false }, cli))).toBe('presence_required');
    expect(await codeOf(control.perform('gateway.pause', { paused: false }, cli))).toBe('presence_required');
    const request = await control.perform('request.create', demandOf(), cli);
    const always = { id: request.id, approval: { always: true } };
    expect(await codeOf(control.perform('request.approve', always, cli))).toBe('presence_required');
    expect(await control.perform('policy.list', {}, cli)).toHaveLength(1);
    expect((await control.perform('settings.read', {}, cli)).askForPresence).toBe(true);
    const [entry] = await control.perform('audit.list', { limit: 1, text: 'presence' }, cli);
    expect(entry).toMatchObject({
      event: 'presence-checked',
      subject: 'request.approve',
      detail: { answer: 'refused' },
    });
  });

  test('never stands in the way of taking access away', async () => {
    const { control, asked, state } = await start('confirmed');
    await control.perform('settings.update', { askForPresence: true }, cli);
    state.answer = 'refused';
    const { id } = await control.perform('request.create', demandOf(), cli);
    const { grantId } = await control.perform('request.approve', { id, approval: {} }, cli);
    await control.perform('grant.revoke', { id: grantId }, cli);
    await control.perform('gateway.pause', { paused: true }, cli);
    await control.perform('panic', {}, cli);
    await control.perform('settings.update', { theme: 'dark' }, cli);
    expect(asked).toHaveLength(1);
  });

  test('can\u2019t be turned on where it could not be answered', async () => {
    const nobody = await start('unavailable');
    expect(await codeOf(nobody.control.perform('settings.update', { askForPresence: true }, cli))).toBe(
      'presence_required',
    );
    const none = await start('confirmed', null);
    expect(await codeOf(none.control.perform('settings.update', { askForPresence: true }, cli))).toBe(
      'unsupported_platform',
    );
    expect((await none.control.perform('settings.read', {}, cli)).askForPresence).toBe(false);
  });
});
