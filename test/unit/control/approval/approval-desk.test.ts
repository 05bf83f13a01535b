import { expect, test } from 'vitest';

import { codeOf, thrownBy } from '#test/fixtures/expect-error.ts';
import { policyRecord } from '#test/fixtures/registry-records.ts';
import { type ControlBench, createControlBench, demandOf, processOf } from '../control-bench.ts';

function ask(bench: ControlBench, changes: Parameters<typeof demandOf>[0] = {}, process = processOf()) {
  return bench.desk.ask({ demand: demandOf(changes), channel: 'control-socket', process, userCode: null });
}

test('a request waits for a person, who grants it, and its asker collects that once', async () => {
  const bench = createControlBench();
  const asked = ask(bench);
  expect(asked.userCode).toMatch(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  expect(bench.desk.waiting().map(({ id, firstTime }) => [id, firstTime])).toEqual([[asked.id, true]]);
  const grant = bench.desk.approve(asked.id, { ttlSeconds: 60 }, 'cli');
  expect(grant).toMatchObject({ tool: 'codey', scopes: ['openai:chat'], status: 'active', approvedBy: 'cli' });
  expect(Date.parse(grant.expiresAt) - bench.clock.now()).toBe(60_000);
  expect(await bench.desk.collect(asked.id)).toEqual({ outcome: 'granted', grant });
  expect(await codeOf(bench.desk.collect(asked.id))).toBe('conflict');
  expect(bench.desk.waiting()).toEqual([]);
  expect(bench.events()).toEqual(['access-requested', 'access-granted']);
});

test('of approve and deny exactly one wins', async () => {
  const bench = createControlBench();
  const first = ask(bench);
  bench.desk.approve(first.id, {}, 'prompt');
  expect(thrownBy(() => bench.desk.deny(first.id, { always: false, actor: 'cli' })).code).toBe('conflict');
  const second = ask(bench, { tool: 'other' });
  bench.desk.deny(second.id, { always: false, actor: 'cli' });
  expect(thrownBy(() => bench.desk.approve(second.id, {}, 'prompt')).code).toBe('conflict');
  expect(await second.settled).toEqual({ outcome: 'denied', by: 'cli' });
  expect(bench.grants.active()).toHaveLength(1);
  expect(bench.events().filter((event) => event === 'access-granted' || event === 'access-denied')).toHaveLength(2);
});

test('a person can name the request by the code on the screen', () => {
  const bench = createControlBench();
  const asked = ask(bench);
  expect(bench.desk.approve(asked.userCode.toLowerCase(), {}, 'cli').requestId).toBe(asked.id);
  expect(thrownBy(() => bench.desk.approve('nothing', {}, 'cli')).code).toBe('not_found');
});

test('no answer in time means no', async () => {
  const bench = createControlBench();
  const asked = ask(bench);
  bench.pass(59_999);
  expect(bench.desk.isWaiting(asked.id)).toBe(true);
  bench.pass(1);
  expect(await asked.settled).toEqual({ outcome: 'expired' });
  expect(bench.events()).toEqual(['access-requested', 'access-expired']);
  expect(thrownBy(() => bench.desk.approve(asked.id, {}, 'prompt')).code).toBe('conflict');
});

test('while the screen is locked nobody can answer, so the time stands still', async () => {
  const bench = createControlBench();
  const before = ask(bench);
  bench.pass(50_000);
  bench.desk.hold('screen-locked');
  const during = ask(bench, { tool: 'background' });
  bench.pass(600_000);
  expect(bench.desk.waiting()).toHaveLength(2);
  bench.desk.release('screen-locked');
  expect(bench.desk.waiting().map(({ expiresAt }) => Date.parse(expiresAt) - bench.clock.now())).toEqual([
    60_000, 60_000,
  ]);
  bench.pass(60_000);
  expect(await Promise.all([before.settled, during.settled])).toEqual([{ outcome: 'expired' }, { outcome: 'expired' }]);
});

test('a scope that was not asked for is refused, and the request still waits', () => {
  const bench = createControlBench();
  const asked = ask(bench);
  expect(thrownBy(() => bench.desk.approve(asked.id, { scopes: ['*:*'] }, 'cli')).code).toBe('invalid_request');
  expect(bench.desk.isWaiting(asked.id)).toBe(true);
});

test('equal requests share one prompt, and each asker gets the answer', async () => {
  const bench = createControlBench();
  const first = ask(bench);
  const second = ask(bench);
  const other = ask(bench, { purpose: 'another' });
  expect(second.id).toBe(first.id);
  expect(other.id).not.toBe(first.id);
  expect(ask(bench, {}, processOf({ folder: '/elsewhere' })).id).not.toBe(first.id);
  bench.desk.withdraw(first.id);
  expect(bench.desk.isWaiting(first.id)).toBe(true);
  const grant = bench.desk.approve(first.id, {}, 'prompt');
  expect(await bench.desk.collect(first.id)).toEqual({ outcome: 'granted', grant });
  expect(await bench.desk.collect(first.id)).toEqual({ outcome: 'granted', grant });
  expect(await codeOf(bench.desk.collect(first.id))).toBe('conflict');
});

test('requests with codes of their own, with uses, or when little time is left do not share', () => {
  const bench = createControlBench();
  const code = (userCode: string) =>
    bench.desk.ask({ demand: demandOf(), channel: 'device-code', process: processOf(), userCode }).id;
  expect(code('AAAA-BBBB')).not.toBe(code('CCCC-DDDD'));
  expect(ask(bench, { uses: 1 }).id).not.toBe(ask(bench, { uses: 1 }).id);
  const early = ask(bench);
  bench.pass(45_000);
  expect(ask(bench).id).toBe(early.id);
  bench.pass(1);
  expect(ask(bench).id).not.toBe(early.id);
});

test('the last one who gives up takes the request back', async () => {
  const bench = createControlBench();
  const asked = ask(bench);
  bench.desk.withdraw(asked.id);
  expect(await asked.settled).toEqual({ outcome: 'denied', by: 'client' });
  expect(bench.desk.waiting()).toEqual([]);
});

test('always is kept for this tool, executable and folder, and decides the next time', async () => {
  const bench = createControlBench();
  bench.desk.approve(ask(bench).id, { always: true, ttlSeconds: 600 }, 'prompt');
  const [policy] = bench.registry.policies.list();
  expect(policy).toMatchObject({
    effect: 'allow',
    tool: 'codey',
    executable: '/usr/bin/node',
    folder: '/work',
    ttlSeconds: 600,
  });
  bench.pass(20_000);
  const settled = await ask(bench).settled;
  expect(settled).toMatchObject({ outcome: 'granted', grant: { approvedBy: 'policy' } });
  expect(ask(bench, {}, processOf({ folder: '/tmp' })).id).toBe(bench.desk.waiting()[0]?.id);
  expect(bench.events()).toContain('policy-added');
});

test('always is not kept for a name that nobody vouches for', () => {
  const bench = createControlBench();
  for (const process of [null, processOf({ verified: false })]) {
    const asked = bench.desk.ask({ demand: demandOf(), channel: 'device-code', process, userCode: null });
    expect(thrownBy(() => bench.desk.approve(asked.id, { always: true }, 'prompt')).code).toBe('invalid_request');
    expect(bench.desk.isWaiting(asked.id)).toBe(true);
  }
  expect(bench.registry.policies.list()).toEqual([]);
  expect(bench.grants.active()).toEqual([]);
});

test('a lock does not make a device request outlive its code', async () => {
  const bench = createControlBench();
  const device = () =>
    bench.desk.ask({ demand: demandOf(), channel: 'device-code', process: processOf(), userCode: null });
  bench.desk.hold('screen-locked');
  const early = device();
  bench.pass(80_000);
  const late = device();
  bench.pass(30_000);
  bench.desk.release('screen-locked');
  bench.pass(0);
  expect(await early.settled).toEqual({ outcome: 'expired' });
  expect(bench.desk.isWaiting(late.id)).toBe(true);
});

test('always deny is kept too', async () => {
  const bench = createControlBench();
  bench.desk.deny(ask(bench).id, { always: true, actor: 'cli' });
  bench.pass(20_000);
  expect(await ask(bench).settled).toEqual({ outcome: 'denied', by: 'policy' });
});

test('a policy that denies is written down with its id', () => {
  const bench = createControlBench();
  bench.registry.policies.insert(
    policyRecord({ id: 'pol_no', effect: 'deny', tool: 'codey', scopes: ['*:*'], executable: null }),
  );
  ask(bench);
  const [entry] = bench.registry.audit.list({ limit: 1 });
  expect(entry).toMatchObject({ event: 'access-denied', actor: 'policy', detail: { policyId: 'pol_no' } });
});

test('panic denies all that waits', async () => {
  const bench = createControlBench();
  const [first, second] = [ask(bench), ask(bench, { tool: 'other' })];
  expect(bench.desk.denyAll('tray')).toBe(2);
  expect(await Promise.all([first.settled, second.settled])).toEqual([
    { outcome: 'denied', by: 'tray' },
    { outcome: 'denied', by: 'tray' },
  ]);
});

test('the prompt shows what is different from last time', () => {
  const bench = createControlBench();
  const grant = bench.desk.approve(ask(bench).id, {}, 'prompt');
  bench.grants.requestOpened(grant.id);
  bench.grants.requestSettled(grant.id, 4_000);
  bench.grants.end(grant.id, 'revoked by cli', 'cli');
  bench.pass(20_000);
  ask(bench, { scopes: ['openai:chat', 'openai:files'] });
  const [request] = bench.desk.waiting();
  expect(request).toMatchObject({ firstTime: false, averageSpendMicroUsd: 4_000 });
  expect(request?.familiarity.map(({ seen }) => seen)).toEqual(['as-last-time', 'new']);
});

test('puts ten requests before a person and lays the next into the inbox, until nobody would read that either', () => {
  const bench = createControlBench();
  for (let count = 0; count < 50; count += 1) ask(bench, { tool: `tool-${count}` });
  expect(bench.desk.waiting().filter(({ inbox }) => inbox === null)).toHaveLength(10);
  expect(bench.desk.waiting().filter(({ inbox }) => inbox === 'crowded')).toHaveLength(40);
  expect(thrownBy(() => ask(bench, { tool: 'one-more' })).code).toBe('rate_limited');
  const device = { demand: demandOf(), channel: 'device-code', process: processOf(), userCode: null } as const;
  expect(bench.desk.ask(device).id).toMatch(/^req_/);
  bench.desk.denyAll('tray');
  expect(ask(bench, { tool: 'one-more' }).id).toMatch(/^req_/);
});

test('a no holds even when it cannot be written down, and is written later with its time', async () => {
  const bench = createControlBench();
  const asked = ask(bench);
  const { append } = bench.registry.audit;
  bench.registry.audit.append = () => {
    throw new Error('disk full');
  };
  const at = new Date(bench.clock.now()).toISOString();
  expect(bench.desk.denyAll('tray')).toBe(1);
  expect(await asked.settled).toEqual({ outcome: 'denied', by: 'tray' });
  bench.registry.audit.append = append;
  bench.clock.advance(30_000);
  bench.recorder.retry();
  bench.recorder.retry();
  expect(bench.events()).toEqual(['access-requested', 'access-denied']);
  expect(bench.registry.audit.list({ limit: 1 })).toMatchObject([{ actor: 'tray', at }]);
});

test('a yes that cannot be written down is none, and the request still waits', () => {
  const bench = createControlBench();
  const asked = ask(bench);
  const { append } = bench.registry.audit;
  bench.registry.audit.append = () => {
    throw new Error('disk full');
  };
  expect(() => bench.desk.approve(asked.id, {}, 'prompt')).toThrow('disk full');
  expect(bench.registry.grants.list()).toEqual([]);
  expect(bench.desk.isWaiting(asked.id)).toBe(true);
  bench.registry.audit.append = append;
  expect(bench.desk.approve(asked.id, {}, 'prompt').status).toBe('active');
});
