import { describe, expect, test } from 'vitest';
import type { PeerProcess } from '#shared/model/process.ts';
import { decideApproval } from '#shared/policy/decide-approval.ts';
import { describeFamiliarity } from '#shared/policy/describe-familiarity.ts';
import { scopesOverlap } from '#shared/policy/evaluate-policy.ts';
import { parseScope } from '#shared/policy/match-scope.ts';
import { narrowApproval } from '#shared/policy/narrow-approval.ts';
import { thrownBy } from '#test/fixtures/expect-error.ts';
import { grantRecord, policyRecord } from '#test/fixtures/registry-records.ts';
import { demandOf, processOf } from '../control/control-bench.ts';

const unbound = { executable: null, folder: null, tool: 'codey', scopes: ['openai:chat'] };

describe('decideApproval', () => {
  test('asks a person when no policy speaks', () => {
    expect(decideApproval(demandOf(), processOf(), [])).toEqual({ outcome: 'ask' });
    const otherTool = policyRecord({ ...unbound, tool: 'other' });
    expect(decideApproval(demandOf(), processOf(), [otherTool]).outcome).toBe('ask');
  });

  test('asks when a policy covers only a part of it', () => {
    const demand = demandOf({ scopes: ['openai:chat', 'openai:images'] });
    expect(decideApproval(demand, processOf(), [policyRecord(unbound)]).outcome).toBe('ask');
  });

  test('several policies together can cover it, on the least of their terms', () => {
    const demand = demandOf({ scopes: ['openai:chat:gpt-5*', 'openai:models'], ttlSeconds: 3_600, uses: 10 });
    const decision = decideApproval(demand, null, [
      policyRecord({ ...unbound, id: 'a', ttlSeconds: 1_800, uses: null, budgetMicroUsd: 500 }),
      policyRecord({ ...unbound, id: 'b', scopes: ['*:models'], ttlSeconds: 7_200, uses: 50, budgetMicroUsd: 900 }),
    ]);
    expect(decision).toEqual({
      outcome: 'granted',
      policyIds: ['a', 'b'],
      terms: { scopes: demand.scopes, ttlSeconds: 1_800, uses: 10, budgetMicroUsd: 500, untilLock: false },
    });
  });

  test('a denial wins over every permission, even when it touches only a part', () => {
    const deny = policyRecord({ ...unbound, id: 'no', effect: 'deny', scopes: ['openai:chat:o1-pro*'] });
    const allow = policyRecord({ ...unbound, scopes: ['*:*'] });
    expect(decideApproval(demandOf(), processOf(), [allow, deny])).toEqual({ outcome: 'denied', policyId: 'no' });
    const elsewhere = demandOf({ scopes: ['openai:chat:gpt-5*'] });
    expect(decideApproval(elsewhere, processOf(), [allow, deny]).outcome).toBe('granted');
  });

  test.each([
    ['the same program', processOf(), 'granted'],
    ['another executable', processOf({ executable: '/tmp/node' }), 'ask'],
    ['another folder', processOf({ folder: '/elsewhere' }), 'ask'],
    ['a process that is only claimed', processOf({ verified: false }), 'ask'],
    ['no known process', null, 'ask'],
  ] as const)('a bound permission for %s: %s', (_name, process, outcome) => {
    const policy = policyRecord({ ...unbound, executable: '/usr/bin/node', folder: '/work' });
    expect(decideApproval(demandOf(), process, [policy]).outcome).toBe(outcome);
  });

  test.each([
    ['the same content', processOf({ executableHash: 'aa' }), 'granted'],
    ['other content', processOf({ executableHash: 'bb' }), 'ask'],
    ['content that could not be read', processOf(), 'ask'],
    ['a merely claimed program', processOf({ executableHash: 'aa', verified: false }), 'ask'],
  ] as const)('a permission bound to the content of a program, for %s: %s', (_name, process, outcome) => {
    const policy = policyRecord({ ...unbound, executable: '/usr/bin/node', executableHash: 'aa' });
    expect(decideApproval(demandOf(), process, [policy]).outcome).toBe(outcome);
  });

  const called = (by: PeerProcess['parents'][number]): PeerProcess =>
    processOf({ name: 'toll', executableHash: 'aa', parents: [{ pid: 9, executable: '/bin/bash', name: 'bash' }, by] });

  test.each([
    ['the program it was for', called({ pid: 8, executable: '/usr/bin/claude', name: 'claude' }), 'granted'],
    ['another one in the same folder', called({ pid: 8, executable: '/tmp/evil', name: 'evil' }), 'ask'],
    ['one that only has the name', called({ pid: 8, executable: '/tmp/claude', name: 'claude' }), 'ask'],
    ['one whose starter has ended', called({ pid: 1, executable: '/sbin/init', name: 'init' }), 'ask'],
    ['another script', processOf({ executableHash: 'aa', name: 'evil' }), 'ask'],
  ] as const)('toll is the executable of everybody who asks by it, so for %s: %s', (_name, process, outcome) => {
    const bound = { executable: '/usr/bin/node', executableHash: 'aa', folder: '/work', speaker: '/usr/bin/claude' };
    expect(decideApproval(demandOf(), process, [policyRecord({ ...unbound, ...bound })]).outcome).toBe(outcome);
  });

  test.each([
    ['the same program', processOf(), 'denied'],
    ['a merely claimed one', processOf({ verified: false }), 'denied'],
    ['an unknown one', null, 'denied'],
    ['another executable', processOf({ executable: '/tmp/node' }), 'ask'],
  ] as const)('a bound denial for %s: %s', (_name, process, outcome) => {
    const policy = policyRecord({ ...unbound, effect: 'deny', executable: '/usr/bin/node' });
    expect(decideApproval(demandOf(), process, [policy]).outcome).toBe(outcome);
  });
});

describe('scopesOverlap', () => {
  test.each([
    ['openai:chat:gpt-5*', 'openai:chat:*mini', true],
    ['openai:chat:gpt-5', 'openai:chat:gpt-4', false],
    ['openai:chat:a*c', 'openai:chat:ab*', true],
    ['openai:chat:a*c', 'openai:chat:*b', false],
    ['openai:chat:**', 'openai:chat:x', true],
    ['openai:chat', 'openai:*:gpt-5', true],
    ['*:models', 'openai:chat', false],
    ['gemini:*', 'openai:chat', false],
    ['*:*', 'openai:chat:x', true],
  ])('%s and %s: %s', (left, right, expected) => {
    const [first, second] = [parseScope(left), parseScope(right)];
    if (first === null || second === null) throw new Error('Not a scope');
    expect(scopesOverlap(first, second)).toBe(expected);
    expect(scopesOverlap(second, first)).toBe(expected);
  });
});

describe('narrowApproval', () => {
  test('takes what was asked when the answer says nothing', () => {
    const demand = demandOf({ uses: 3, budgetMicroUsd: 100 });
    expect(narrowApproval(demand, {})).toEqual({
      scopes: ['openai:chat'],
      ttlSeconds: 900,
      uses: 3,
      budgetMicroUsd: 100,
      untilLock: false,
    });
  });

  test('a person may give a longer time, more uses or no limit, but no other scope', () => {
    const demand = demandOf({ uses: 3, budgetMicroUsd: 100 });
    const terms = narrowApproval(demand, {
      ttlSeconds: 43_200,
      uses: null,
      budgetMicroUsd: 2_500_000,
      scopes: ['openai:chat:gpt-5*'],
    });
    expect(terms).toMatchObject({
      ttlSeconds: 43_200,
      uses: null,
      budgetMicroUsd: 2_500_000,
      scopes: ['openai:chat:gpt-5*'],
    });
    const widening = thrownBy(() => narrowApproval(demand, { scopes: ['openai:chat', 'openai:images'] }));
    expect(widening.code).toBe('invalid_request');
    expect(widening.message).toContain('openai:images');
  });
});

describe('describeFamiliarity', () => {
  test('counts only grants of the same name, executable and folder', () => {
    const demand = demandOf({ scopes: ['openai:chat:gpt-5*', 'openai:images'] });
    const seen = grantRecord({ tool: 'codey', scopes: ['openai:chat'], process: processOf() });
    expect(describeFamiliarity(demand, processOf(), [seen])).toEqual({
      familiarity: [
        { scope: 'openai:chat:gpt-5*', seen: 'as-last-time' },
        { scope: 'openai:images', seen: 'new' },
      ],
      firstTime: false,
      lastTime: { at: '2026-11-22T09:00:00.000Z', ttlSeconds: 900, uses: 3, budgetMicroUsd: 1_000_000 },
    });
    const elsewhere = describeFamiliarity(demand, processOf({ folder: '/tmp' }), [seen]);
    expect(elsewhere).toMatchObject({ firstTime: true, lastTime: null });
    expect(elsewhere.familiarity.every(({ seen: state }) => state === 'new')).toBe(true);
  });

  test('names the narrower scope that there was before', () => {
    const seen = grantRecord({ tool: 'codey', scopes: ['openai:chat:gpt-5*', 'gemini:models'], process: processOf() });
    const { familiarity } = describeFamiliarity(
      demandOf({ scopes: ['openai:chat', '*:models', 'openai:images'] }),
      processOf(),
      [seen],
    );
    expect(familiarity).toEqual([
      { scope: 'openai:chat', seen: 'new', was: 'openai:chat:gpt-5*' },
      { scope: '*:models', seen: 'new', was: 'gemini:models' },
      { scope: 'openai:images', seen: 'new' },
    ]);
  });
});
