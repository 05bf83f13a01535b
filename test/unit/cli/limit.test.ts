import { describe, expect, test } from 'vitest';
import type { LimitStatus } from '#shared/model/limit.ts';
import { type FakeHandlers, startFakeControl } from '#test/fakes/fake-control.ts';
import { testHome } from './run-cli.ts';
import { samples } from './samples.ts';

const { credential, grant } = samples;

const limit: LimitStatus = {
  id: 'lim_eee1',
  subject: { kind: 'tool', tool: 'codex' },
  rule: { kind: 'budget', amountMicroUsd: 5_000_000, period: 'day' },
  warnAt: [80, 95],
  createdAt: '2026-11-22T09:00:00.000Z',
  createdBy: 'cli',
  allowed: 6_000_000,
  used: 4_900_000,
  running: 0,
  left: 1_100_000,
  percent: 81,
  warned: 80,
  topUpMicroUsd: 1_000_000,
  windowStartedAt: '2026-11-22T00:00:00.000Z',
  resetsAt: '2026-11-23T00:00:00.000Z',
};
const handlers: FakeHandlers = {
  'credential.list': () => [credential],
  'grant.list': () => [grant],
  'grant.topUp': () => grant,
  'limit.list': () => [limit],
  'limit.set': ({ subject, rule, warnAt }) => ({ ...limit, subject, rule, warnAt: [...(warnAt ?? [80, 95])] }),
  'limit.remove': () => ({}),
  'limit.topUp': () => limit,
};
const everything = { kind: 'everything' };

/** Command lines and the operations they end in. */
const acts: readonly (readonly [string, readonly { readonly name: string; readonly input: unknown }[]])[] = [
  ['limit list', [{ name: 'limit.list', input: {} }]],
  [
    'limit set --tool codex --budget 5 --warn-at 95,50,50',
    [
      {
        name: 'limit.set',
        input: {
          subject: { kind: 'tool', tool: 'codex' },
          rule: { kind: 'budget', amountMicroUsd: 5_000_000, period: 'day' },
          warnAt: [50, 95],
        },
      },
    ],
  ],
  [
    'limit set --everything --budget 0.01 --per once --requests-per-minute 60 --tokens-per-minute 9000 --streams 4',
    [
      {
        name: 'limit.set',
        input: { subject: everything, rule: { kind: 'budget', amountMicroUsd: 10_000, period: 'once' } },
      },
      { name: 'limit.set', input: { subject: everything, rule: { kind: 'requests-per-minute', amount: 60 } } },
      { name: 'limit.set', input: { subject: everything, rule: { kind: 'tokens-per-minute', amount: 9_000 } } },
      { name: 'limit.set', input: { subject: everything, rule: { kind: 'concurrent-streams', amount: 4 } } },
    ],
  ],
  [
    'limit set --credential cred_a --streams 2',
    [
      { name: 'credential.list', input: {} },
      {
        name: 'limit.set',
        input: {
          subject: { kind: 'credential', credentialId: credential.id },
          rule: { kind: 'concurrent-streams', amount: 2 },
        },
      },
    ],
  ],
  [
    'limit remove lim_e',
    [
      { name: 'limit.list', input: {} },
      { name: 'limit.remove', input: { id: limit.id } },
    ],
  ],
  [
    'top-up lim_eee1 --budget 2.50',
    [
      { name: 'limit.list', input: {} },
      { name: 'grant.list', input: { includeEnded: true, limit: 1_000 } },
      { name: 'limit.topUp', input: { id: limit.id, amountMicroUsd: 2_500_000 } },
    ],
  ],
  [
    'top-up grant_c --budget 2.50',
    [
      { name: 'limit.list', input: {} },
      { name: 'grant.list', input: { includeEnded: true, limit: 1_000 } },
      { name: 'grant.topUp', input: { id: grant.id, amountMicroUsd: 2_500_000 } },
    ],
  ],
];

describe('limits from the terminal', () => {
  test.each(acts)('toll %s', async (line, calls) => {
    const home = testHome();
    const control = await startFakeControl(home.paths, handlers);
    const { code, stdout, stderr } = await home.toll([...line.split(' '), '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toBeTruthy();
    expect(control.calls).toEqual(calls);
  });

  test('a person sees what is used, what is left and when it begins anew', async () => {
    const home = testHome();
    await startFakeControl(home.paths, handlers);
    const { stdout } = await home.toll(['limit', 'list']);
    for (const told of ['the tool \u201Ccodex\u201D', '$5.00 a day', '$4.90', '$1.10', '81', 'in 12h', '80% 95%'])
      expect(stdout).toContain(told);
    expect((await home.toll(['top-up', 'lim_eee1', '--budget', '1'])).stdout).toBe('Added $1.00: $1.10 are left.\n');
  });

  test.each([
    ['limit set --budget 5'],
    ['limit set --tool x --everything --budget 5'],
    ['limit set --tool x'],
    ['limit set --tool x --budget 5 --per year'],
    ['limit set --tool x --budget 5 --warn-at 0'],
    ['limit set --tool x --streams 0'],
    ['top-up lim_eee1'],
  ])('toll %s is wrong usage', async (line) => {
    const home = testHome();
    const control = await startFakeControl(home.paths, handlers);
    const { code, stdout } = await home.toll([...line.split(' '), '--json']);
    expect([code, stdout]).toEqual([2, '']);
    expect(control.calls).toEqual([]);
  });
});
