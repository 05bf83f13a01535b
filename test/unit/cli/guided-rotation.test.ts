import { describe, expect, test } from 'vitest';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Rotation, RotationOverview } from '#shared/model/rotation.ts';
import { type FakeHandlers, startFakeControl } from '#test/fakes/fake-control.ts';
import { type CliWorld, testHome } from './run-cli.ts';
import { samples } from './samples.ts';

const at = '2026-11-22T11:30:00.000Z';
const credentialId = samples.credential.id;
const secret = `gsk_CANARY${'k'.repeat(24)}`;

const asking: Rotation = {
  ...{ id: 'rot_aaa1', credentialId, provider: 'groq', label: 'Work', trigger: 'person', guided: true },
  ...{ state: 'stopped', direction: 'forward', step: 'create', failures: 0, keyName: 'tollkeeper-aaa1-2' },
  oldKey: { version: 1, keyId: null, fingerprint: '…0001', state: 'living', storedAt: at },
  newKey: { version: 2, keyId: null, fingerprint: null, state: 'absent', storedAt: null },
  ...{ startedAt: at, stepSince: at, endedAt: null, resumeAt: null, waitingFor: 'the new key', problem: null },
};
const newKey = { ...asking.newKey, fingerprint: '…0002', state: 'living', storedAt: at } as const;
const leaving: Rotation = { ...asking, step: 'revoke', newKey, waitingFor: 'the old key to be deleted at Groq' };
const alive: Rotation = { ...leaving, waitingFor: 'the old key to be deleted at Groq: it still works' };
const done: Rotation = { ...leaving, state: 'done', endedAt: at, oldKey: { ...asking.oldKey, state: 'revoked' } };

const overview: RotationOverview = {
  ...{ credentialId, provider: 'groq', label: 'Work', fingerprint: '…0001', storedAt: at, ageDays: 12 },
  ...{ method: 'by-hand', due: false, current: null, last: null },
  setup: {
    ...{ credentialId, adminKeyId: null, parameters: {}, paused: false, remindedAt: null },
    ...{ schedule: null, nextAt: null },
  },
};

interface Story {
  /** What every wait resolves with, in order. */
  readonly waits?: readonly Rotation[];
  readonly changed?: FakeHandlers;
  readonly world?: CliWorld;
}

async function run(line: string, { waits = [asking], changed = {}, world = {} }: Story = {}) {
  const home = testHome();
  let waited = 0;
  const control = await startFakeControl(home.paths, {
    'credential.list': () => [samples.credential],
    'rotation.list': () => [overview],
    'rotation.history': () => [{ ...asking, steps: [] }],
    'rotation.start': () => ({ ...asking, state: 'running', step: 'plan' }),
    'rotation.wait': () => waits[Math.min(waited++, waits.length - 1)] ?? asking,
    'rotation.provide': () => ({ rotation: leaving, comparison: 'not-told', account: null }),
    'rotation.continue': () => ({ ...leaving, state: 'running' }),
    ...changed,
  });
  const result = await home.toll(line.split(' '), world);
  return { ...result, calls: control.calls };
}

/** Answers each prompt with the next of these. */
function person(...answers: readonly string[]): CliWorld {
  let next = 0;
  return { answer: (text) => (/leave\): $|leave: $/.test(text) ? answers[next++] : undefined) };
}

describe('a person at the terminal', () => {
  test('is led from the page to the end, and no key is shown', async () => {
    const world = person(`${secret}\r`, '\n');
    const { code, stdout, stderr, calls } = await run('key rotate cred_a', { waits: [asking, leaving, done], world });
    expect(stderr).toContain('Make a new key at https://console.groq.com/keys\n  1. ');
    expect(stderr).toContain('Groq does not tell whose key it is');
    expect(stderr).toContain('Delete the old key …0001 at https://console.groq.com/keys');
    expect(stdout).toContain('Done. The new key …0002 serves.');
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(secret);
    expect(calls.map(({ name }) => name).slice(2)).toEqual([
      ...['rotation.start', 'rotation.wait', 'rotation.provide', 'rotation.wait', 'rotation.continue', 'rotation.wait'],
    ]);
    expect(calls.find(({ name }) => name === 'rotation.provide')?.input).toEqual({ id: 'rot_aaa1', secret });
  });

  test('is asked for another key when the first does not do', async () => {
    let given = 0;
    const { code, stderr } = await run('key rotate cred_a', {
      waits: [asking, done],
      changed: {
        'rotation.provide': () => {
          given += 1;
          if (given === 1) throw new TollkeeperError('key_unchanged');
          return { rotation: leaving, comparison: 'same-account', account: 'org_mine' };
        },
      },
      world: person('old-key\r', `${secret}\r`),
    });
    expect(stderr).toContain('This is the key that is in use already.');
    expect(stderr).toContain('belongs to the same account (org_mine)');
    expect(code).toBe(0);
  });

  test('is told that the old key still works, and may finish although it does', async () => {
    const { code, stderr, calls } = await run('key rotate cred_a', {
      waits: [leaving, alive, { ...done, oldKey: leaving.oldKey }],
      world: person('\n', 'f\n'),
    });
    expect(stderr).toContain('The old key still works.');
    const sent = calls.filter(({ name }) => name === 'rotation.continue').map(({ input }) => input);
    expect(sent).toEqual([
      { id: 'rot_aaa1', force: false },
      { id: 'rot_aaa1', force: true },
    ]);
    expect(code).toBe(0);
  });

  test.each([
    ['\r', [asking]],
    ['q\n', [leaving]],
  ])('may leave with %j and come back to where it was', async (typed, waits) => {
    const left = await run('key rotate cred_a', { waits, world: person(typed) });
    expect(left).toMatchObject({ code: 0, stderr: expect.stringContaining(`toll key rotate ${credentialId}`) });
    const back = await run('key rotate cred_a', {
      changed: { 'rotation.list': () => [{ ...overview, current: asking }] },
      world: person('\r'),
    });
    expect(back.calls.map(({ name }) => name)).not.toContain('rotation.start');
  });
});

describe('a script', () => {
  test('is told what to do and ends well', async () => {
    const { code, stdout } = await run('key rotate cred_a');
    expect(stdout).toContain('Make a new key at https://console.groq.com/keys');
    expect(stdout).toContain('toll rotation provide rot_aaa1');
    expect(code).toBe(0);
    const json = await run('key rotate cred_a --json');
    expect(JSON.parse(json.stdout)).toMatchObject({ id: 'rot_aaa1', state: 'stopped', step: 'create', problem: null });
  });

  test('makes the key by hand where it wants to, although there is an API', async () => {
    const { calls } = await run('key rotate cred_a --by-hand');
    expect(calls.find(({ name }) => name === 'rotation.start')?.input).toEqual({ credentialId, guided: true });
  });

  test('gives the key by stdin and never sees it again', async () => {
    const { code, stdout, stderr, calls } = await run('rotation provide rot_a', { world: { stdin: `${secret}\n` } });
    expect(calls.at(-1)).toMatchObject({ name: 'rotation.provide', input: { id: 'rot_aaa1', secret } });
    expect(code).toBe(0);
    expect(stdout + stderr).not.toContain(secret);
    const refused = await run('rotation provide rot_a --json', {
      changed: {
        'rotation.provide': () => {
          throw new TollkeeperError('key_of_other_account');
        },
      },
      world: { stdin: secret },
    });
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stderr)).toMatchObject({ error: { code: 'key_of_other_account' } });
  });

  test('checks until the old key is refused, and fails honestly when it is not', async () => {
    const history = { 'rotation.history': () => [{ ...leaving, steps: [] }] };
    const gone = await run('rotation check rot_a', { waits: [done], changed: history });
    expect(gone).toMatchObject({ code: 0, stdout: expect.stringContaining('Done.') });
    const living = await run('rotation check rot_a --json', { waits: [alive], changed: history });
    expect(living.code).toBe(1);
    expect(JSON.parse(living.stderr)).toMatchObject({ error: { code: 'old_key_alive' } });
    expect((await run('rotation check rot_a --json')).stderr).toContain('"conflict"');
  });
});
