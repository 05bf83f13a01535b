import { describe, expect, test } from 'vitest';
import type { Rotation, RotationOverview } from '#shared/model/rotation.ts';
import { type FakeHandlers, startFakeControl } from '#test/fakes/fake-control.ts';
import { testHome } from './run-cli.ts';
import { samples } from './samples.ts';

const at = '2026-11-22T11:30:00.000Z';
const credentialId = samples.credential.id;

const done: Rotation = {
  ...{ id: 'rot_aaa1', credentialId, provider: 'openai', label: 'Work\u001B[31m', trigger: 'person', state: 'done' },
  ...{ direction: 'forward', step: 'revoke', failures: 0, keyName: 'tollkeeper-aaa1-2', startedAt: at, stepSince: at },
  oldKey: { version: 1, keyId: 'k1', fingerprint: '…0001', state: 'revoked', storedAt: at },
  newKey: { version: 2, keyId: 'k2', fingerprint: '…0002', state: 'living', storedAt: at },
  ...{ endedAt: at, resumeAt: null, waitingFor: null, problem: null },
};
const stopped: Rotation = {
  ...{ ...done, state: 'stopped', step: 'drain', endedAt: null, oldKey: { ...done.oldKey, state: 'living' } },
  problem: { code: 'old_key_in_use', message: 'The provider saw a call with the old key.' },
};
const overview: RotationOverview = {
  ...{ credentialId, provider: 'openai', label: 'Work', fingerprint: '…0002', storedAt: at, ageDays: 12 },
  ...{ method: 'automatic', due: false, current: stopped, last: null },
  setup: {
    ...{ credentialId, adminKeyId: null, parameters: {}, paused: false, remindedAt: null },
    schedule: { kind: 'every', days: 30, hours: { from: 9, to: 17 }, jitterMinutes: 20 },
    nextAt: '2026-12-10T09:00:00.000Z',
  },
};
const step = { sequence: 1, step: 'plan', begunAt: at, endedAt: at, outcome: 'done', message: 'Found.' } as const;
const orphan = {
  ...{ credentialId, provider: 'openai', keyId: 'account:svc_1', name: 'tollkeeper-aaa1-3' },
  ...{ createdAt: at, lastUsedAt: null },
};
const admin = { id: 'adm_ccc3', provider: 'openai', label: 'Organisation', fingerprint: '…9999', createdAt: at };

const handlers: FakeHandlers = {
  'credential.list': () => [samples.credential],
  'rotation.list': () => [overview],
  'rotation.history': () => [{ ...done, steps: [step] }],
  'rotation.start': () => ({ ...done, state: 'running', step: 'plan' }),
  'rotation.wait': () => done,
  'rotation.schedule': () => overview,
  'rotation.connect': () => overview,
  'rotation.pause': () => overview,
  'rotation.rollBack': () => ({ ...done, state: 'rolled-back', direction: 'back', step: 'discard' }),
  'rotation.continue': () => ({ ...done, state: 'running' }),
  'rotation.orphans': () => ({ orphans: [orphan], unreachable: [] }),
  'rotation.removeOrphan': () => ({}),
  'adminKey.list': () => [admin],
  'adminKey.add': () => admin,
  'adminKey.remove': () => ({}),
};

async function run(line: string, changed: FakeHandlers = {}, stdin?: string) {
  const home = testHome();
  const control = await startFakeControl(home.paths, { ...handlers, ...changed });
  const result = await home.toll(line.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', '')) ?? [], {
    ...(stdin === undefined ? {} : { stdin }),
  });
  return { ...result, sent: control.calls.at(-1) };
}

describe('what toll sends', () => {
  test.each([
    ['key rotate cred_a', 'rotation.start', { credentialId }],
    ['key rotate cred_a --wait', 'rotation.wait', { id: 'rot_aaa1' }],
    ['rotation history cred_a --limit 5', 'rotation.history', { credentialId, limit: 5 }],
    [
      'rotation schedule cred_a --every 4w --hours 09-17 --jitter 20',
      'rotation.schedule',
      { credentialId, schedule: { kind: 'every', days: 28, hours: { from: 9, to: 17 }, jitterMinutes: 20 } },
    ],
    [
      'rotation schedule cred_a --cron "0 4 * * 0"',
      'rotation.schedule',
      { credentialId, schedule: { kind: 'cron', expression: '0 4 * * 0', hours: null, jitterMinutes: 0 } },
    ],
    ['rotation schedule cred_a --off', 'rotation.schedule', { credentialId, schedule: null }],
    [
      'rotation connect cred_a --admin adm --set project=proj_1 --set team=a=b',
      'rotation.connect',
      { credentialId, adminKeyId: 'adm_ccc3', parameters: { project: 'proj_1', team: 'a=b' } },
    ],
    ['rotation pause cred_a', 'rotation.pause', { credentialId, paused: true }],
    ['rotation resume cred_a', 'rotation.pause', { credentialId, paused: false }],
    ['rotation roll-back rot_a', 'rotation.rollBack', { id: 'rot_aaa1' }],
    ['rotation continue rot_a --force', 'rotation.continue', { id: 'rot_aaa1', force: true }],
    ['rotation orphans', 'rotation.orphans', {}],
    ['rotation orphans --remove', 'rotation.removeOrphan', { credentialId, keyId: 'account:svc_1' }],
    ['key admin remove adm', 'adminKey.remove', { id: 'adm_ccc3' }],
  ])('%s', async (line, name, input) => {
    const { code, sent } = await run(`${line} --json`);
    expect([code, sent]).toEqual([0, { name, input }]);
  });

  test('an admin key only from stdin', async () => {
    const { sent, stdout, stderr } = await run('key admin add openai --json', {}, 'sk-admin-secret-0123\n');
    expect(sent).toEqual({ name: 'adminKey.add', input: { provider: 'openai', secret: 'sk-admin-secret-0123' } });
    expect(stdout + stderr).not.toContain('sk-admin-secret');
  });
});

describe('what toll says', () => {
  test('of every key: its age, its schedule and what is under way', async () => {
    const { stdout } = await run('rotation list');
    expect(stdout).toContain('every 30 days between 9 and 17, up to 20 min later');
    expect(stdout).toContain('rot_aaa1 stopped at drain');
    expect(stdout).toContain('12 d');
  });

  test('of every change: what serves now, and each step', async () => {
    const { stdout } = await run('rotation history');
    expect(stdout).toContain('Done. The new key …0002 serves.');
    expect(stdout).toContain('done    Find the present key at the provider: Found.');
    expect(stdout).not.toContain('\u001B[31m');
  });

  test('of one that stopped: an error with its code, what lives, and what to do', async () => {
    const { code, stdout, stderr } = await run('key rotate cred_a --wait --json', { 'rotation.wait': () => stopped });
    expect([code, stdout]).toEqual([1, '']);
    const { error } = JSON.parse(stderr);
    expect(error.code).toBe('old_key_in_use');
    expect(error.message).toContain('The old key …0001 still lives.');
    expect(error.message).toContain('toll rotation continue rot_aaa1');
  });

  test.each([
    ['rotation schedule cred_a', 2],
    ['rotation schedule cred_a --every 30d --off', 2],
    ['rotation schedule cred_a --every 90m', 2],
    ['rotation schedule cred_a --every 30d --hours 9-9', 2],
    ['rotation connect cred_a', 2],
    ['rotation connect cred_a --set project', 2],
    ['rotation roll-back rot_zzz', 1],
  ])('%s: status %i', async (line, status) => {
    expect((await run(line)).code).toBe(status);
  });

  test('of a provider’s API, when a key is connected: what should be known before the first change', async () => {
    const connectTo = async (provider: string) => {
      const { stdout } = await run('rotation connect cred_a --set a=b', {
        'rotation.connect': () => ({ ...overview, provider }),
      });
      return stdout;
    };
    expect(await connectTo('azure')).toContain('The one that is not in use here is overwritten');
    expect(await connectTo('bedrock')).toContain('Not everything here could be confirmed');
    expect(await connectTo('openai')).not.toContain('confirmed');
  });
});
