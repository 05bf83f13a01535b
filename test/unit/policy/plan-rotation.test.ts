import { describe, expect, it } from 'vitest';
import { nextCronTime } from '#main/control/rotation/cron-time.ts';
import { type RotationSchedule, type RotationSetup, rotationScheduleSchema } from '#shared/model/rotation.ts';
import { firstAllowedTime, nextRotationTime, planRotation } from '#shared/policy/plan-rotation.ts';
import { thrownBy } from '#test/fixtures/expect-error.ts';

/** A time of this machine's day, in milliseconds. */
const local = (day: number, hour: number, minute = 0): number => new Date(2026, 10, day, hour, minute).getTime();

const every = (days: number, more: object = {}): RotationSchedule =>
  rotationScheduleSchema.parse({ kind: 'every', days, ...more });

function next(schedule: RotationSchedule, jitter = 0): number | null {
  return nextRotationTime({ schedule, storedAt: local(2, 12), after: local(20, 12), jitter, nextCron: nextCronTime });
}

describe('the next time of a schedule', () => {
  it('is so many days after the key was stored, also when that is past', () => {
    expect(next(every(30))).toBe(local(2, 12) + 30 * 86_400_000);
    expect(next(every(7))).toBe(local(2, 12) + 7 * 86_400_000);
  });

  it('is the next time of a cron expression in this machine’s time', () => {
    expect(next(rotationScheduleSchema.parse({ kind: 'cron', expression: '30 4 * * *' }))).toBe(local(21, 4, 30));
  });

  it('is never where an expression has no time left', () => {
    expect(next(rotationScheduleSchema.parse({ kind: 'cron', expression: '0 0 30 2 *' }))).toBeNull();
  });

  it('is no expression with seconds, and nothing that is none', () => {
    expect(thrownBy(() => nextCronTime('nonsense', 0)).code).toBe('invalid_request');
    expect(thrownBy(() => nextCronTime('* * * * * *', 0)).code).toBe('invalid_request');
  });

  it('is later by its share of the jitter', () => {
    const plain = next(every(30)) ?? 0;
    expect(next(every(30, { jitterMinutes: 60 }), 0.5)).toBe(plain + 30 * 60_000);
  });

  it('waits for the allowed hours', () => {
    expect(next(every(1, { hours: { from: 9, to: 17 } }))).toBe(local(3, 12));
    expect(next(every(1, { hours: { from: 14, to: 17 } }))).toBe(local(3, 14));
    expect(next(every(1, { hours: { from: 2, to: 5 } }))).toBe(local(4, 2));
  });
});

describe('allowed hours', () => {
  it('may go over midnight', () => {
    const night = { from: 22, to: 6 };
    expect(firstAllowedTime(local(3, 23), night)).toBe(local(3, 23));
    expect(firstAllowedTime(local(3, 5, 59), night)).toBe(local(3, 5, 59));
    expect(firstAllowedTime(local(3, 6), night)).toBe(local(3, 22));
    expect(firstAllowedTime(local(3, 12), null)).toBe(local(3, 12));
  });
});

describe('the plan', () => {
  const setup: RotationSetup = {
    ...{ credentialId: 'cred_a', adminKeyId: null, parameters: {}, schedule: every(30), paused: false },
    ...{ nextAt: new Date(local(10, 12)).toISOString(), remindedAt: null },
  };
  const plan = (changes: Partial<RotationSetup> = {}, now = local(10, 12), more: object = {}) =>
    planRotation({ setup: { ...setup, ...changes }, automatic: true, underWay: false, now, ...more });

  it('is to start at the time and not before', () => {
    expect(plan()).toBe('start');
    expect(plan({}, local(10, 11, 59))).toBe('nothing');
  });

  it('makes up for what was missed, in the allowed hours', () => {
    expect(plan({}, local(15, 3))).toBe('start');
    const hours = { schedule: every(30, { hours: { from: 9, to: 17 } }) };
    expect(plan(hours, local(15, 3))).toBe('nothing');
    expect(plan(hours, local(15, 9))).toBe('start');
  });

  it('is nothing while paused, under way, or without a schedule', () => {
    expect(plan({ paused: true })).toBe('nothing');
    expect(plan({ schedule: null })).toBe('nothing');
    expect(plan({}, local(10, 12), { underWay: true })).toBe('nothing');
  });

  it('is to remind, once a week, where a person has to do it', () => {
    const byHand = { automatic: false };
    expect(plan({}, local(10, 12), byHand)).toBe('remind');
    const remindedAt = new Date(local(10, 12)).toISOString();
    expect(plan({ remindedAt }, local(16, 12), byHand)).toBe('nothing');
    expect(plan({ remindedAt }, local(17, 12), byHand)).toBe('remind');
  });
});
