import { expect, test } from 'vitest';
import { createRefusalAllowance, refusalsPerMinute } from '#main/control/usage/refusal-allowance.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

const refused = usageRecord({ outcome: 'denied', grantId: null });

test('a flood of calls without a token gets so many rows a minute, and calls under a grant get theirs whatever happens', () => {
  const clock = createFakeClock();
  const allowance = createRefusalAllowance(clock);
  const admitted = (): number => Array.from({ length: 1_000 }, () => allowance.admits(refused)).filter(Boolean).length;
  expect(admitted()).toBe(refusalsPerMinute);
  expect(allowance.leftOut).toBe(1_000 - refusalsPerMinute);
  expect(allowance.admits(usageRecord({ outcome: 'denied' }))).toBe(true);
  expect(allowance.admits(usageRecord())).toBe(true);
  clock.advance(60_000);
  expect(admitted()).toBe(refusalsPerMinute);
});
