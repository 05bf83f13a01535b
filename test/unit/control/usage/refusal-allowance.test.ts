import { expect, test } from 'vitest';
import { createRefusalAllowance, refusalsPerMinute } from '#main/control/usage/refusal-allowance.ts';
import { groupUsage } from '#shared/model/usage-group.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { usageGroup } from '#test/fixtures/usage-group.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

const refused = usageRecord({ outcome: 'denied', grantId: null });
const five = groupUsage(Array.from({ length: 5 }, (_, index) => ({ ...refused, requestId: `req_${index}` })))[0];

test('a flood of calls without a token gets so many rows a minute, and calls under a grant get theirs whatever happens', () => {
  const clock = createFakeClock();
  const allowance = createRefusalAllowance(clock);
  const single = usageGroup(refused);
  const admitted = (): number => {
    const groups = [single, ...Array.from({ length: 200 }, () => five ?? single)].map(allowance.admit);
    return groups.reduce((sum, group) => sum + (group?.size ?? 0), 0);
  };
  expect(admitted()).toBe(refusalsPerMinute);
  expect(allowance.leftOut).toBe(1_001 - refusalsPerMinute);
  for (const group of [usageGroup({ outcome: 'denied' }), usageGroup()]) expect(allowance.admit(group)).toBe(group);
  clock.advance(60_000);
  expect(admitted()).toBe(refusalsPerMinute);
});
