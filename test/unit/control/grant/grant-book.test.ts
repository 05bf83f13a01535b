import { expect, test } from 'vitest';
import type { Grant } from '#shared/model/access.ts';
import { type ControlBench, createControlBench, processOf } from '../control-bench.ts';

function granted(
  bench: ControlBench,
  terms: { uses?: number; budgetMicroUsd?: number; untilLock?: boolean } = {},
): Grant {
  const grant = bench.grants.insert({
    requestId: 'req_1',
    tool: 'codey',
    purpose: null,
    process: processOf(),
    binding: null,
    approvedBy: 'prompt',
    terms: {
      scopes: ['openai:chat'],
      ttlSeconds: 900,
      uses: terms.uses ?? null,
      budgetMicroUsd: terms.budgetMicroUsd ?? null,
      untilLock: terms.untilLock ?? false,
    },
  });
  bench.grants.activate(grant);
  return grant;
}

test('a grant ends at its time, and the record says so', () => {
  const bench = createControlBench();
  const grant = granted(bench);
  bench.pass(899_999);
  expect(bench.grants.active()).toHaveLength(1);
  bench.pass(1);
  expect(bench.grants.active()).toEqual([]);
  expect(bench.grants.leased()).toEqual([]);
  expect(bench.registry.grants.find(grant.id)).toMatchObject({ status: 'ended', endedBy: 'expired' });
  expect(bench.events()).toEqual(['grant-ended']);
});

test('setting the clock back does not make a grant live longer', () => {
  const bench = createControlBench();
  granted(bench);
  bench.clock.setWall(bench.clock.now() - 86_400_000);
  bench.pass(900_000);
  expect(bench.grants.active()).toEqual([]);
});

test('uses are counted when a request is let through, money when it has ended', () => {
  const bench = createControlBench();
  const grant = granted(bench, { uses: 3, budgetMicroUsd: 1_000 });
  bench.grants.requestOpened(grant.id);
  expect(bench.grants.find(grant.id)).toMatchObject({ usesLeft: 2, budgetLeftMicroUsd: 1_000 });
  bench.grants.requestSettled(grant.id, 400);
  bench.grants.save();
  expect(bench.grants.find(grant.id)).toMatchObject({ usesLeft: 2, budgetLeftMicroUsd: 600, spentMicroUsd: 400 });
  expect(bench.registry.grants.find(grant.id)).toMatchObject({
    usesLeft: 2,
    budgetLeftMicroUsd: 600,
    spentMicroUsd: 400,
  });
});

test('several requests that come together are charged as one by one', () => {
  const bench = createControlBench();
  const grant = granted(bench, { uses: 5, budgetMicroUsd: 1_000 });
  bench.grants.requestOpened(grant.id, 5);
  expect(bench.grants.find(grant.id)).toMatchObject({ usesLeft: 0, status: 'active' });
  bench.grants.requestSettled(grant.id, 400, 3);
  expect(bench.grants.find(grant.id), 'two still run').toMatchObject({ status: 'active', budgetLeftMicroUsd: 600 });
  bench.grants.requestSettled(grant.id, 200, 2);
  const end = { usesLeft: 0, budgetLeftMicroUsd: 400, spentMicroUsd: 600, endedBy: 'spent' };
  expect(bench.grants.find(grant.id)).toMatchObject(end);
  expect(bench.registry.grants.find(grant.id)).toMatchObject(end);
});

test('a spent grant has ended, but the gateway keeps it to tell why it refuses', () => {
  const bench = createControlBench();
  const grant = granted(bench, { uses: 1 });
  bench.grants.requestOpened(grant.id);
  expect(bench.grants.active(), 'its last request still runs').toHaveLength(1);
  bench.grants.requestSettled(grant.id, 5);
  expect(bench.grants.active()).toEqual([]);
  expect(bench.grants.leased()).toMatchObject([{ id: grant.id, usesLeft: 0, endedBy: 'spent' }]);
  expect(bench.restart().leased()).toMatchObject([{ id: grant.id, usesLeft: 0 }]);
  bench.pass(900_000);
  expect(bench.grants.leased()).toEqual([]);
});

test('money spent to the last micro-dollar ends it as well', () => {
  const bench = createControlBench();
  const grant = granted(bench, { budgetMicroUsd: 100 });
  bench.grants.requestOpened(grant.id);
  bench.grants.requestSettled(grant.id, 250);
  expect(bench.grants.find(grant.id)).toMatchObject({
    status: 'ended',
    endedBy: 'spent',
    budgetLeftMicroUsd: 0,
    spentMicroUsd: 250,
  });
});

test('a revoked grant is gone from the gateway at once, a spent one too', () => {
  const bench = createControlBench();
  const [living, spent] = [granted(bench), granted(bench, { uses: 1 })];
  bench.grants.requestOpened(spent.id);
  bench.grants.requestSettled(spent.id, 0);
  expect(bench.grants.end(living.id, 'revoked by cli', 'cli')).toBe(true);
  expect(bench.grants.end(spent.id, 'revoked by cli', 'cli')).toBe(true);
  expect(bench.grants.leased()).toEqual([]);
  expect(bench.grants.end(living.id, 'revoked by cli', 'cli')).toBe(false);
  expect(bench.registry.grants.find(spent.id)?.endedBy).toBe('spent');
});

test('an expired grant stays with the gateway until its last stream has ended', () => {
  const bench = createControlBench();
  const grant = granted(bench);
  bench.grants.requestOpened(grant.id);
  bench.pass(900_000);
  expect(bench.grants.active()).toEqual([]);
  expect(bench.grants.leased()).toHaveLength(1);
  bench.grants.requestSettled(grant.id, 70);
  bench.grants.save();
  expect(bench.grants.leased()).toEqual([]);
  expect(bench.registry.grants.find(grant.id)?.spentMicroUsd).toBe(70);
});

test('ends all that are named, and counts the living ones', () => {
  const bench = createControlBench();
  granted(bench, { untilLock: true });
  granted(bench);
  expect(bench.grants.endAll('lock', 'system', (grant) => grant.untilLock)).toBe(1);
  expect(bench.grants.active()).toHaveLength(1);
  expect(bench.grants.endAll('panic', 'tray')).toBe(1);
});

test('a restart brings back what still lives, with what is left of it', () => {
  const bench = createControlBench();
  const grant = granted(bench, { uses: 5 });
  bench.grants.requestOpened(grant.id);
  bench.grants.requestSettled(grant.id, 10);
  bench.grants.save();
  bench.clock.advance(300_000);
  const again = bench.restart();
  expect(again.active()).toMatchObject([{ id: grant.id, usesLeft: 4, spentMicroUsd: 10 }]);
  bench.pass(600_000);
  expect(again.active()).toEqual([]);
});

test('after a restart with the clock set back, a grant from the future has expired', () => {
  const bench = createControlBench();
  granted(bench);
  bench.clock.setWall(bench.clock.now() - 3_600_000);
  const again = bench.restart();
  bench.deadlines.check();
  expect(again.active()).toEqual([]);
});

test('a revocation holds even when it cannot be written down now, and is written later', () => {
  const bench = createControlBench();
  const grant = granted(bench);
  const { end } = bench.registry.grants;
  bench.registry.grants.end = () => {
    throw new Error('disk full');
  };
  expect(bench.grants.end(grant.id, 'panic', 'tray')).toBe(true);
  expect(bench.grants.leased()).toEqual([]);
  expect(bench.registry.grants.find(grant.id)?.status).toBe('active');
  expect(bench.grants.find(grant.id)?.status).toBe('ended');
  bench.registry.grants.end = end;
  bench.grants.save();
  expect(bench.registry.grants.find(grant.id)).toMatchObject({ status: 'ended', endedBy: 'panic' });
});
