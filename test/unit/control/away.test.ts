import { describe, expect, test, vi } from 'vitest';
import type { Control } from '#main/control/control.ts';
import type { OperationInput } from '#shared/contract/operations.ts';
import { createFakeVault } from '#test/fakes/fake-vault.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { demandOf } from './control-bench.ts';
import { callerOf, type RunningControl, startControl } from './running-control.ts';

const cli = callerOf();
const secret = canaryKey('openai');

async function start(
  settings: OperationInput<'settings.update'>,
  options: Parameters<typeof startControl>[0] = {},
): Promise<RunningControl> {
  const running = await startControl(options);
  await running.control.perform('credential.add', { provider: 'openai', secret, verify: false }, cli);
  await running.control.perform('settings.update', settings, cli);
  await told(running);
  return running;
}

/** Everything up to now has gone to the gateway. */
async function told({ control }: RunningControl): Promise<void> {
  await control.perform('gateway.pause', { paused: false }, cli);
}

async function grant(control: Control, approval = {}): Promise<string> {
  const { id } = await control.perform('request.create', demandOf(), cli);
  return (await control.perform('request.approve', { id, approval }, cli)).grantId;
}

const keysOf = ({ gateways }: RunningControl): readonly string[] =>
  (gateways.current.snapshot?.upstreams ?? []).map((lease) => lease.secret);

describe('when the screen locks', () => {
  test('the keys are put away, calls wait, and unlocking takes the keys up with the same grant', async () => {
    const running = await start({ whenScreenLocks: 'wait', awayWaitSeconds: 120 });
    const grantId = await grant(running.control);
    expect(keysOf(running)).toEqual([secret]);
    running.control.away('locked', true);
    await told(running);
    const { snapshot } = running.gateways.current;
    expect(snapshot).toMatchObject({ upstreams: [], hold: { mode: 'wait', waitMs: 120_000 }, grants: [{ grantId }] });
    expect(JSON.stringify(snapshot)).not.toContain(secret);
    expect((await running.control.perform('status.read', {}, cli)).away).toEqual({
      reasons: ['locked'],
      calls: 'wait',
    });
    running.control.away('locked', false);
    await running.until('audit', () => keysOf(running).length === 1);
    expect(running.gateways.current.snapshot).toMatchObject({ hold: null, grants: [{ grantId }] });
    const events = (await running.control.perform('audit.list', { limit: 4 }, cli)).map(({ event }) => event);
    expect(events.slice(0, 2)).toEqual(['keys-taken-up', 'keys-put-away']);
  });

  test('nothing happens unless it is wanted', async () => {
    const running = await start({});
    running.control.away('locked', true);
    await told(running);
    expect(keysOf(running)).toEqual([secret]);
    expect(running.gateways.current.snapshot?.hold).toBeNull();
  });

  test('all access can end', async () => {
    const running = await start({ whenScreenLocks: 'end' });
    const grantId = await grant(running.control);
    running.control.away('locked', true);
    const [ended] = await running.control.perform('grant.list', { includeEnded: true }, cli);
    expect(ended).toMatchObject({ id: grantId, status: 'ended', endedBy: 'lock' });
  });

  test('a key that is added meanwhile stays away too', async () => {
    const running = await start({ whenScreenLocks: 'refuse' });
    running.control.away('locked', true);
    const other = canaryKey('groq');
    await running.control.perform('credential.add', { provider: 'groq', secret: other, verify: false }, cli);
    await running.control.perform('credential.list', {}, cli);
    await told(running);
    expect(running.gateways.current.snapshot).toMatchObject({ upstreams: [], hold: { mode: 'refuse' } });
    running.control.away('locked', false);
    await running.until('audit', () => keysOf(running).length === 2);
  });

  test('a keychain that is still locked is waited for, with the calls', async () => {
    const vault = createFakeVault();
    const running = await start({ whenScreenLocks: 'wait' }, { vault });
    running.control.away('locked', true);
    await told(running);
    vault.lock(true);
    running.control.away('locked', false);
    await vi.waitFor(() => expect(running.log).toContain('keys-not-taken-up'));
    expect(running.gateways.current.snapshot).toMatchObject({ upstreams: [], hold: { mode: 'wait' } });
    vault.lock(false);
    await running.until('audit', () => keysOf(running).length === 1);
  });
});

describe('sleep and leaving', () => {
  test('waking up behind a locked screen is not being back', async () => {
    const running = await start({ whenScreenLocks: 'wait', whenAsleep: 'refuse' });
    running.control.away('locked', true);
    running.control.away('asleep', true);
    await told(running);
    expect(running.gateways.current.snapshot?.hold?.mode).toBe('refuse');
    running.control.away('asleep', false);
    await told(running);
    expect(running.gateways.current.snapshot?.hold?.mode).toBe('wait');
  });

  test('whoever unlocks the screen is awake, even if the system forgot to say so', async () => {
    const running = await start({ whenAsleep: 'wait' });
    running.control.away('locked', true);
    running.control.away('asleep', true);
    running.control.away('locked', false);
    await running.until('status', () => keysOf(running).length === 1);
  });

  test('a machine that nobody touches is left after its minutes, and a touch is being back', async () => {
    const running = await start({ whenIdle: 'wait', idleMinutes: 5 });
    running.control.systemIdle(4 * 60_000);
    await told(running);
    expect(keysOf(running)).toEqual([secret]);
    running.control.systemIdle(5 * 60_000);
    await running.until('status', () => keysOf(running).length === 0);
    running.control.systemIdle(0);
    await running.until('status', () => keysOf(running).length === 1);
  });

  test('without a desktop, a person\u2019s commands are the signs of life, and a tool\u2019s are none', async () => {
    const running = await start({ whenIdle: 'wait', idleMinutes: 1 });
    running.clock.advance(61_000);
    await running.until('status', () => keysOf(running).length === 0);
    await running.control.perform('request.create', demandOf(), cli);
    await running.control.perform('status.read', {}, cli);
    expect(running.gateways.current.snapshot?.hold).not.toBeNull();
    await running.control.perform('grant.list', {}, cli);
    await running.until('status', () => keysOf(running).length === 1);
  });

  test('access that was given until the lock outlives a pause in typing', async () => {
    const running = await start({ whenIdle: 'wait', idleMinutes: 1 });
    const grantId = await grant(running.control, { untilLock: true });
    running.control.systemIdle(120_000);
    expect(await running.control.perform('grant.list', {}, cli)).toMatchObject([{ id: grantId }]);
    running.control.away('asleep', true);
    expect(await running.control.perform('grant.list', {}, cli)).toEqual([]);
  });
});

describe('pausing', () => {
  test('puts the keys away as well, and resuming never leaves calls without a key and without a wait', async () => {
    const running = await start({});
    await running.control.perform('gateway.pause', { paused: true }, cli);
    expect(running.gateways.current.snapshot).toMatchObject({ paused: true, upstreams: [] });
    await running.control.perform('gateway.pause', { paused: false }, cli);
    await running.until('status', () => keysOf(running).length === 1);
    const unpaused = running.gateways.current.received.flatMap((message) =>
      message.type === 'apply-snapshot' && !message.snapshot.paused ? [message.snapshot] : [],
    );
    expect(
      unpaused.every(({ upstreams, hold }) => upstreams.length > 0 || hold || unpaused[0]?.upstreams === upstreams),
    ).toBe(true);
  });
});
