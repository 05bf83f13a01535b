import { describe, expect, it } from 'vitest';
import { describeKeyAge } from '#renderer/components/format/key-age.ts';
import { cronWords } from '#renderer/features/rotation/cron-words.ts';
import { canRollBack, rotationSupport, stepsOf } from '#renderer/features/rotation/provider-rotation.ts';
import { rotationSearchSchema, withoutDialog } from '#renderer/features/rotation/rotation-search.ts';
import {
  adviceFor,
  describePlan,
  factsOf,
  outcomeWords,
  scheduleWords,
  stateOf,
} from '#renderer/features/rotation/rotation-words.ts';
import { readScheduleFields, scheduleFields } from '#renderer/features/rotation/schedule-draft.ts';
import { type Rotation, rotationScheduleSchema, rotationStateSchema } from '#shared/model/rotation.ts';
import { countWaiting, troubledRotations } from '#shared/policy/rotation-trouble.ts';
import { fakeHistory, fakeOverviews, fakeRotation } from '#test/fakes/window-rotations.ts';

const now = new Date(2026, 10, 22, 12).getTime();
const day = 86_400_000;
const overviews = fakeOverviews(now);
const history = fakeHistory(now);
const rotation = (id: string): Rotation => {
  const found = history.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no rotation ${id}`);
  return found;
};

describe('the form of a schedule', () => {
  it.each([
    { kind: 'every', days: 30 },
    { kind: 'every', days: 14, hours: { from: 22, to: 6 }, jitterMinutes: 45 },
    { kind: 'cron', expression: '0 4 1 * *', hours: { from: 9, to: 24 } },
  ] as const)('gives a schedule back as it was: %o', (draft) => {
    const schedule = rotationScheduleSchema.parse(draft);
    expect(readScheduleFields(scheduleFields(schedule))).toEqual({ schedule, problems: {} });
  });

  it('begins with a usual schedule, and takes one away', () => {
    const usual = scheduleFields(null);
    expect(readScheduleFields(usual).schedule).toMatchObject({ kind: 'every', days: 30, hours: null });
    expect(readScheduleFields({ ...usual, kind: 'never', days: 'x' })).toEqual({ schedule: null, problems: {} });
  });

  it.each([
    ['days', { days: '0' }],
    ['days', { days: '2.5' }],
    ['expression', { kind: 'cron', expression: '0 4 * *' }],
    ['to', { hasHours: true, from: 9, to: 9 }],
    ['jitter', { jitter: '2000' }],
  ] as const)('says what is wrong with %s: %o', (field, change) => {
    const reading = readScheduleFields({ ...scheduleFields(null), ...change });
    expect(reading.schedule).toBeNull();
    expect(Object.keys(reading.problems)).toEqual([field]);
  });
});

describe('what a schedule means', () => {
  const every = rotationScheduleSchema.parse({ kind: 'every', days: 30, hours: { from: 9, to: 17 } });
  const at = (days: number): string => new Date(now + days * day).toISOString();

  it.each([
    ['automatic', [at(11), at(41)], 'Work is changed every 30 days between 9 and 17. Next on 3 Dec, then 2 Jan 2027.'],
    [
      'automatic',
      [at(-1), at(30)],
      'Work is changed every 30 days between 9 and 17. It is due: at once in those hours, then 22 Dec.',
    ],
    ['automatic', [], 'Work is changed every 30 days between 9 and 17.'],
    ['by-hand', [at(11)], 'You are reminded to change Work every 30 days between 9 and 17. Next on 3 Dec.'],
    [
      'not-connected',
      [at(11)],
      'You are reminded to change Work every 30 days between 9 and 17. Next on 3 Dec. Once an admin key is connected, it is changed by itself.',
    ],
  ] as const)('is said for a key changed %s with %o', (method, times, sentence) => {
    expect(describePlan({ name: 'Work', schedule: every, method, times, now })).toBe(sentence);
  });

  it('is said for never', () => {
    expect(describePlan({ name: 'Work', schedule: null, method: 'automatic', times: [], now })).toBe(
      'Work is changed only when you say so.',
    );
  });

  it('reads cron expressions, and leaves what is none as it stands', () => {
    expect(cronWords('0 4 * * 0')).toBe('at 04:00, only on Sunday');
    expect(cronWords('soon')).toBe('at soon');
    expect(overviews.map(scheduleWords)).toEqual([
      'every 30 days between 9 and 17',
      'every 90 days',
      'at 04:00, on day 1 of the month, up to 30 min later',
      'every 14 days between 22 and 6, up to 45 min later',
      'no schedule',
      'every 60 days',
    ]);
  });
});

describe('a change', () => {
  it('has a word for each state, and one for going back and for waiting', () => {
    const words = rotationStateSchema.options.map(
      (state) => stateOf({ state, direction: 'forward', waitingFor: null }).text,
    );
    expect(words).toEqual(['changing now', 'needs you', 'done', 'failed', 'rolled back']);
    expect(stateOf({ state: 'running', direction: 'back', waitingFor: null }).text).toBe('going back');
    expect(stateOf({ state: 'running', direction: 'forward', waitingFor: 'the key' }).text).toBe('waiting');
  });

  it('that failed says which key serves, and that nothing has to be done', () => {
    expect(factsOf(rotation('rot_failed'))).toEqual([
      ['Now', 'Given up. The provider refused the new key eight times.'],
      ['Keys', 'The old key \u2026aa92 serves.'],
      ['To do', 'Nothing. Calls go on with the old key; rotate again once the cause is gone.'],
    ]);
  });

  it('that stopped says that the old key lives, and what to do', () => {
    const [, keys, todo] = factsOf(rotation('rot_stopped'));
    expect(keys?.[1]).toBe('The new key \u2026e11b serves. The old key \u202640aa still lives.');
    expect(todo?.[1]).toMatch(/^Find what else uses the old key, then go on/);
  });

  it('that is under way has nothing to do, and says its step once', () => {
    expect(factsOf(rotation('rot_running'))).toEqual([
      ['Now', 'Send a share of the calls with the new key.'],
      ['Keys', 'The old key \u20267f3a serves. The new key \u202691d0 still lives.'],
    ]);
  });

  it.each([
    [{ guided: true, step: 'create', problem: null }, /^Make the new key/],
    [{ guided: true, step: 'revoke', problem: null }, /^Delete the old key/],
    [{ problem: { code: 'old_key_unknown', message: '' } }, /^Delete the old key in the provider/],
    [{ problem: { code: 'new_key_lost', message: '' } }, /^Make a new key/],
    [{ problem: { code: 'internal', message: '' } }, /^Go on once/],
  ] as const)('that stopped with %o tells a person what to do here, and names no command', (changes, words) => {
    const advice = adviceFor(fakeRotation(now, { state: 'stopped', ...changes }));
    expect(advice).toMatch(words);
    expect(advice).not.toContain('toll ');
  });

  it('can be rolled back until the old key is gone', () => {
    expect(history.filter(canRollBack).map(({ id }) => id)).toEqual(['rot_running', 'rot_stopped']);
    expect(canRollBack({ ...rotation('rot_running'), direction: 'back' })).toBe(false);
    const gone = { ...rotation('rot_stopped').oldKey, state: 'revoked' } as const;
    expect(canRollBack({ ...rotation('rot_stopped'), oldKey: gone })).toBe(false);
  });

  it('has the steps of its provider, or those of a person', () => {
    expect(stepsOf(rotation('rot_running'))).toEqual([
      'plan',
      'create',
      'verify',
      'canary',
      'promote',
      'drain',
      'revoke',
    ]);
    expect(stepsOf(fakeRotation(now, { provider: 'my-server', guided: true })).at(-1)).toBe('revoke');
    expect(rotationSupport('openai')?.parameters.map(({ name }) => name)).toEqual(['project']);
    expect(rotationSupport('my-server')).toBeUndefined();
  });

  it('has a journal in which only what did not go well is named', () => {
    const outcomes = (['done', 'begun', 'again', 'failed'] as const).map((outcome) => outcomeWords({ outcome }));
    expect(outcomes).toEqual(['', 'under way', 'tried again', 'failed']);
  });
});

describe('what a person should hear of', () => {
  it('is what stopped, then what failed in the last day', () => {
    expect(troubledRotations(overviews, now).map(({ rotation: { id } }) => id)).toEqual(['rot_stopped', 'rot_failed']);
    expect(troubledRotations(overviews, now + day).map(({ rotation: { id } }) => id)).toEqual(['rot_stopped']);
  });

  it('counts stopped changes and keys that are due by hand', () => {
    expect(countWaiting(overviews)).toBe(2);
    const automatic = overviews.map((overview) => ({ ...overview, method: 'automatic' as const, current: null }));
    expect(countWaiting(automatic)).toBe(0);
  });

  it.each([
    [{ ageDays: 0, nextAt: null, state: 'none' }, 'new today', '', 'neutral'],
    [
      { ageDays: 1, nextAt: new Date(now + 4 * day).toISOString(), state: 'scheduled' },
      '1 day old',
      'next in 4 days',
      'neutral',
    ],
    [
      { ageDays: 9, nextAt: new Date(now + 40 * day).toISOString(), state: 'scheduled' },
      '9 days old',
      'next on 1 Jan',
      'neutral',
    ],
    [{ ageDays: 91, nextAt: null, state: 'due' }, '91 days old', 'due to be changed', 'amber'],
    [{ ageDays: 91, nextAt: null, state: 'stopped' }, '91 days old', 'change stopped', 'amber'],
    [{ ageDays: 2, nextAt: null, state: 'running' }, '2 days old', 'changing now', 'teal'],
    [{ ageDays: 2, nextAt: null, state: 'paused' }, '2 days old', 'schedule paused', 'neutral'],
  ] as const)('is said beside a key: %o', (state, age, next, tone) => {
    expect(describeKeyAge(state, now)).toEqual({ age, next, tone });
  });
});

describe('the address of Rotation', () => {
  it('keeps what it knows and drops the rest', () => {
    const search = { part: 'history', key: 'cred_openai', state: 'failed', open: 'rot_1', month: '2026-12' };
    expect(rotationSearchSchema.parse({ ...search, other: 1 })).toEqual(search);
    expect(rotationSearchSchema.parse({ part: 'x', month: '2026-13', state: 'odd', dialog: 'delete', of: '' })).toEqual(
      {},
    );
  });

  it('forgets a dialog, and keeps the filters behind it', () => {
    expect(withoutDialog({ part: 'keys', key: 'cred_1', dialog: 'schedule', of: 'cred_1' })).toEqual({
      ...{ part: 'keys', key: 'cred_1' },
    });
  });
});
