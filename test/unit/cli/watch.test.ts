import { describe, expect, test } from 'vitest';
import type { Alert } from '#shared/model/alert.ts';
import { usualRule } from '#shared/policy/watch-settings.ts';
import { type FakeHandlers, startFakeControl } from '#test/fakes/fake-control.ts';
import { testHome } from './run-cli.ts';

const alert: Alert = {
  ...{ id: 'alert_aaa1', rule: 'calls-above-usual', tool: 'codex', requestId: 'req_1', auditSequence: null },
  sentence: '\u201Ccodex\u201D made 640 calls within an hour; usually it makes 42.',
  evidence: [
    { name: 'Usual hour', value: '42 calls' },
    { name: 'Program', value: '/usr/bin/codex\u001B[31m' },
  ],
  ...{ grantId: 'grant_1', done: 'You were told; nothing was stopped.', count: 3, readAt: null },
  ...{ firstAt: '2026-11-22T10:00:00.000Z', lastAt: '2026-11-22T11:30:00.000Z' },
};
const rule = usualRule('spend-above-usual');

const handlers: FakeHandlers = {
  'alert.list': () => [alert],
  'alert.read': () => ({ read: 1 }),
  'alert.readAll': () => ({ read: 4 }),
  'watch.list': () => [rule, usualRule('foreign-process')],
  'watch.set': ({ action, thresholds }) => ({
    ...{ rule: rule.rule, action: action ?? rule.action },
    thresholds: { ...rule.thresholds, ...thresholds },
  }),
};

const lists = { unreadOnly: false, limit: 1_000 };

describe('what toll sends', () => {
  test.each([
    ['alerts', [{ name: 'alert.list', input: { unreadOnly: true, limit: 200 } }]],
    ['alerts --all', [{ name: 'alert.list', input: { unreadOnly: false, limit: 200 } }]],
    [
      'alerts read alert_a',
      [
        { name: 'alert.list', input: lists },
        { name: 'alert.read', input: { id: 'alert_aaa1' } },
      ],
    ],
    ['alerts read --all', [{ name: 'alert.readAll', input: {} }]],
    ['watch list', [{ name: 'watch.list', input: {} }]],
    [
      'watch set spend-above-usual --action ask --threshold floor=5 --threshold spread=4.5',
      [
        {
          name: 'watch.set',
          input: { rule: 'spend-above-usual', action: 'ask', thresholds: { floor: 5, spread: 4.5 } },
        },
      ],
    ],
    [
      'watch set spend-above-usual --usual --action revoke',
      [
        { name: 'watch.set', input: { rule: 'spend-above-usual', action: null, thresholds: null } },
        { name: 'watch.set', input: { rule: 'spend-above-usual', action: 'revoke' } },
      ],
    ],
    [
      'watch set spend-above-usual --usual',
      [{ name: 'watch.set', input: { rule: 'spend-above-usual', action: null, thresholds: null } }],
    ],
  ])('toll %s', async (line, calls) => {
    const home = testHome();
    const control = await startFakeControl(home.paths, handlers);
    const result = await home.toll([...line.split(' '), '--json']);
    expect(result.stderr).toBe('');
    expect(result.code).toBe(0);
    expect(JSON.parse(result.stdout)).toBeDefined();
    expect(control.calls).toEqual(calls);
  });
});

describe('what a person reads', () => {
  const read = async (line: string, answers: FakeHandlers = handlers): Promise<string> => {
    const home = testHome();
    await startFakeControl(home.paths, answers);
    return (await home.toll(line.split(' '))).stdout;
  };

  test('an alert with its evidence, how often and what was done, and nothing that moves the cursor', async () => {
    const text = await read('alerts');
    expect(text).toContain('made 640 calls within an hour');
    expect(text).toContain('Far more calls than usual, 30m ago, 3 times since 2h ago');
    expect(text).toContain('Usual hour:   42 calls');
    expect(text).toContain('Done:         You were told; nothing was stopped.');
    expect(text).not.toContain('\u001B');
  });

  test('that there is none', async () => {
    expect(await read('alerts', { ...handlers, 'alert.list': () => [] })).toContain('Nothing irregular.');
    expect(await read('alerts --all', { ...handlers, 'alert.list': () => [] })).toContain('noticed yet');
  });

  test('the rules with their numbers', async () => {
    const lines = (await read('watch list')).split('\n');
    expect(lines[1]).toMatch(/^spend-above-usual {2}notify {2}spread=5 floor=2 hours=40 days=5 {2}a tool spends/);
    expect(lines[2]).toMatch(/^foreign-process/);
  });

  test('what a rule is now', async () => {
    expect(await read('watch set spend-above-usual --threshold floor=5')).toBe(
      'spend-above-usual: notify spread=5 floor=5 hours=40 days=5\n',
    );
    expect(await read('alerts read --all')).toBe('4 alerts read.\n');
  });
});

describe('what makes no sense', () => {
  test.each([
    'alerts read',
    'alerts read alert_a --all',
    'watch set spend-above-usual',
    'watch set nonsense --action ask',
    'watch set spend-above-usual --action explode',
    'watch set spend-above-usual --threshold floor',
    'watch set spend-above-usual --threshold floor=much',
  ])('toll %s', async (line) => {
    const home = testHome();
    const control = await startFakeControl(home.paths, handlers);
    const result = await home.toll([...line.split(' '), '--json']);
    expect(result.code).toBe(2);
    expect(JSON.parse(result.stderr)).toMatchObject({ error: { code: 'wrong_usage' } });
    expect(control.calls).toEqual([]);
  });
});
