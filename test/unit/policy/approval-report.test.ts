import { expect, test } from 'vitest';
import type { AskedRequest } from '#shared/model/asked-request.ts';
import { localCalendar } from '#shared/policy/calendar.ts';
import { countApprovals } from '#shared/policy/count-approvals.ts';
import { suggestPolicies } from '#shared/policy/suggest-policies.ts';
import { policyRecord } from '#test/fixtures/registry-records.ts';
import { demandOf, processOf } from '../control/control-bench.ts';

const noon = new Date(2026, 10, 22, 12).getTime();
const terms = { scopes: ['openai:chat'], ttlSeconds: 900, uses: null, budgetMicroUsd: 1_000_000 };

function asked(changes: Partial<AskedRequest> = {}): AskedRequest {
  return {
    ...{ id: 'req_1', askedAt: noon, way: 'prompt', demand: demandOf(), process: processOf({ executableHash: 'aa' }) },
    ...{ unusual: false, outcome: 'granted', granted: terms },
    ...changes,
  };
}

function times(count: number, changes: Partial<AskedRequest> = {}): readonly AskedRequest[] {
  return Array.from({ length: count }, () => asked(changes));
}

test('counts the days of this time zone, those without a question too', () => {
  const yesterday = new Date(2026, 10, 21, 23, 59).getTime();
  const counted = countApprovals(
    [
      asked({ askedAt: new Date(2026, 10, 19, 23, 59).getTime() }),
      asked({ askedAt: yesterday, way: 'inbox' }),
      asked({ askedAt: yesterday, way: 'policy' }),
      asked(),
      asked({ way: 'grant' }),
      asked(),
    ],
    { calendar: localCalendar, now: noon, days: 3 },
  );
  const none = { prompt: 0, inbox: 0, policy: 0, grant: 0 };
  expect(counted).toEqual([
    { ...none, day: '2026-11-20' },
    { ...none, day: '2026-11-21', inbox: 1, policy: 1 },
    { ...none, day: '2026-11-22', prompt: 2, grant: 1 },
  ]);
});

test('suggests what would have saved most, exactly as wide as it was allowed', () => {
  const elsewhere = processOf({ executableHash: 'aa', folder: '/elsewhere' });
  const [first, second, ...rest] = suggestPolicies(
    [
      ...times(3, { process: elsewhere, granted: { ...terms, uses: 1 } }),
      ...times(4),
      asked({ granted: { ...terms, ttlSeconds: 3_600 } }),
      ...times(2, { demand: demandOf({ tool: 'rare' }) }),
    ],
    [],
  );
  expect(first).toEqual({
    saved: 5,
    draft: {
      effect: 'allow',
      tool: 'codey',
      scopes: ['openai:chat'],
      executable: '/usr/bin/node',
      executableHash: 'aa',
      speaker: '/usr/bin/node (codey)',
      folder: '/work',
      ttlSeconds: 3_600,
      uses: null,
      budgetMicroUsd: 1_000_000,
    },
  });
  expect(second).toMatchObject({ saved: 3, draft: { folder: '/elsewhere', uses: 1 } });
  expect(rest).toEqual([]);
});

test.each([
  ['was denied once', [...times(5), asked({ outcome: 'denied', granted: null })], []],
  ['was unusual', times(5, { unusual: true }), []],
  ['nobody vouches for', times(5, { process: processOf({ verified: false }) }), []],
  ['ran out of time', times(5, { outcome: 'expired', granted: null }), []],
  ['a policy answers already', times(5), [policyRecord({ tool: 'codey', scopes: ['openai:chat'], executable: null })]],
  ['no person was asked', times(5, { way: 'grant' }), []],
])('suggests nothing for what %s', (_name, history, policies) => {
  expect(suggestPolicies(history, policies)).toEqual([]);
});
