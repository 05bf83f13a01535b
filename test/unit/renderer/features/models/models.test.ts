import { describe, expect, it } from 'vitest';
import { describeHealth, poolWeight } from '#renderer/components/format/key-health.ts';
import {
  addTarget,
  describeRules,
  draftOf,
  emptyAliasFields,
  fieldsOf,
  moveTarget,
  readAliasFields,
} from '#renderer/features/models/alias-draft.ts';
import { judgeTargets } from '#renderer/features/models/judge-targets.ts';
import { type Credential, type CredentialHealth, goodHealth } from '#shared/model/credential.ts';
import { fakeCredentials } from '#test/fakes/window-data.ts';
import { fakeAliases } from '#test/fakes/window-rules.ts';

const now = Date.parse('2026-11-22T12:00:00.000Z');
const soon = new Date(now + 30_000).toISOString();
const past = new Date(now - 1).toISOString();
const [fast, cheap] = fakeAliases(now);

function key(change: Partial<Credential>): Credential {
  const [first] = fakeCredentials(now);
  if (first === undefined) throw new Error('no key');
  return { ...first, ...change };
}

const health = (change: Partial<CredentialHealth>): CredentialHealth => ({ ...goodHealth, ...change });

describe('how a key does', () => {
  it.each([
    ['closed', goodHealth, 'serving', null],
    ['cooling', health({ state: 'cooling', until: soon, reason: 'rate_limited' }), 'cooling', now + 30_000],
    ['cooled', health({ state: 'cooling', until: past, reason: 'rate_limited' }), 'serving', null],
    ['open', health({ state: 'open', until: soon, reason: 'unreachable' }), 'left alone', now + 30_000],
    ['open, time over', health({ state: 'open', until: past, reason: 'timeout' }), 'trying again', null],
    ['half-open', health({ state: 'half-open', reason: 'timeout' }), 'trying again', null],
  ] as const)('%s', (_name, state, text, until) => {
    expect(describeHealth({ health: state }, now)).toMatchObject({ text, until });
  });

  it('names the reason and the models', () => {
    const state = health({ state: 'cooling', until: soon, reason: 'rate_limited', models: ['gpt-5.2'] });
    const words = describeHealth({ health: state }, now);
    expect(words.text).toBe('cooling in part');
    expect(words.explanation).toContain('asked to wait');
    expect(words.explanation).toContain('gpt-5.2');
  });

  it('is in the pool by its weight, or as the default', () => {
    expect(poolWeight({ weight: null, isDefault: true })).toBe(1);
    expect(poolWeight({ weight: null, isDefault: false })).toBeNull();
    expect(poolWeight({ weight: 0, isDefault: true })).toBe(0);
  });
});

describe('which target would serve', () => {
  const targets = [
    { provider: 'groq', model: 'a' },
    { provider: 'openai', model: 'b' },
    { provider: 'openai', model: 'c' },
  ];
  const states = (credentials: readonly Credential[]): readonly string[] =>
    judgeTargets(targets, credentials, now).map(({ state }) => state);

  it('is the first with a key that does well', () => {
    expect(states([key({})])).toEqual(['no-key', 'serves', 'next']);
  });

  it('is none where the key is missing, left alone, or not in the pool', () => {
    expect(states([key({ vaultState: 'absent' })])).toEqual(['no-key', 'no-key', 'no-key']);
    expect(states([key({ isDefault: false })])).toEqual(['no-key', 'no-key', 'no-key']);
    const open = health({ state: 'open', until: soon, reason: 'key_rejected' });
    expect(states([key({ health: open })])).toEqual(['no-key', 'waits', 'waits']);
  });

  it('passes over a model its key is cooling for', () => {
    const cooling = health({ state: 'cooling', until: soon, reason: 'rate_limited', models: ['b'] });
    expect(states([key({ health: cooling })])).toEqual(['no-key', 'waits', 'serves']);
  });
});

describe('the form of an alias', () => {
  const whole = { ...emptyAliasFields, name: 'fast', targets: [{ key: 0, provider: 'openai', model: ' gpt-5-mini ' }] };

  it('makes an alias that falls back on everything', () => {
    expect(readAliasFields(whole, []).draft).toEqual({
      name: 'fast',
      targets: [{ provider: 'openai', model: 'gpt-5-mini' }],
      timeouts: {},
      fallbackOn: ['429', '5xx', 'connection', 'timeout'],
    });
  });

  it('takes seconds for milliseconds', () => {
    const timeouts = { connectMs: '', firstByteMs: '2.5', idleMs: '' };
    expect(readAliasFields({ ...whole, timeouts }, []).draft?.timeouts).toEqual({ firstByteMs: 2_500 });
  });

  it.each([
    ['a name with a slash', { ...whole, name: 'openai/fast' }, 'name'],
    ['a name that is taken', { ...whole, name: 'cheap' }, 'name'],
    ['no model', { ...whole, targets: addTarget(whole.targets) }, 'targets'],
    [
      'a model twice',
      { ...whole, targets: [...whole.targets, { key: 1, provider: 'openai', model: 'gpt-5-mini' }] },
      'targets',
    ],
    ['a time of nothing', { ...whole, timeouts: { ...whole.timeouts, idleMs: '0' } }, 'timeouts'],
    ['a time in words', { ...whole, timeouts: { ...whole.timeouts, idleMs: 'long' } }, 'timeouts'],
  ])('says what is wrong with %s', (_name, fields, problem) => {
    const reading = readAliasFields(fields, ['cheap']);
    expect(reading.draft).toBeNull();
    expect(Object.keys(reading.problems)).toEqual([problem]);
  });

  it('gives an alias back as it was', () => {
    for (const alias of [fast, cheap]) {
      if (alias === undefined) throw new Error('no alias');
      expect(readAliasFields(fieldsOf(alias), []).draft).toEqual(draftOf(alias));
    }
  });

  it('moves a target, and leaves the list where there is no such place', () => {
    const three = addTarget(addTarget(whole.targets));
    const keys = (list: typeof three): readonly number[] => list.map((target) => target.key);
    expect(keys(three)).toEqual([0, 1, 2]);
    expect(keys(moveTarget(three, 2, 0))).toEqual([2, 0, 1]);
    expect(keys(moveTarget(three, 0, 1))).toEqual([1, 0, 2]);
    expect(moveTarget(three, 0, -1)).toBe(three);
    expect(moveTarget(three, 2, 3)).toBe(three);
  });

  it('says what is not as usual', () => {
    if (fast === undefined || cheap === undefined) throw new Error('no alias');
    expect(describeRules(fast)).toBe('waits 5 s for the first byte');
    expect(describeRules({ ...fast, timeouts: {}, fallbackOn: ['429'] })).toBe('falls back on 429');
    expect(describeRules({ ...fast, timeouts: {}, fallbackOn: [] })).toBe('never falls back');
    expect(describeRules({ ...cheap, fallbackOn: [] })).toBe('');
  });
});
