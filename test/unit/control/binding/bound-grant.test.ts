import { expect, test } from 'vitest';
import { composeSnapshot } from '#main/control/snapshot/compose-snapshot.ts';
import type { GrantBinding } from '#shared/model/binding.ts';
import { type ControlBench, createControlBench, demandOf, processOf } from '../control-bench.ts';

const tree: GrantBinding = { kind: 'tree', name: 'toll', root: { pid: 40, startedAt: '400@b' } };
const program: GrantBinding = { kind: 'executable', path: '/usr/bin/node', sha256: 'ab' };

function grantFor(bench: ControlBench, binding: GrantBinding | null) {
  const ask = { demand: demandOf({ ownGrant: true }), channel: 'control-socket', userCode: null } as const;
  const { id } = bench.desk.ask({ ...ask, process: processOf(), binding });
  return bench.desk.approve(id, {}, 'prompt');
}

test.each([tree, program, null])('a grant keeps what it is bound to over a restart: %j', (binding) => {
  const bench = createControlBench();
  const grant = grantFor(bench, binding);
  expect(grant.binding).toEqual(binding);
  expect(bench.restart().find(grant.id)?.binding).toEqual(binding);
});

test('a sub-agent’s grant is bound as its parent is', () => {
  const bench = createControlBench();
  const parent = grantFor(bench, tree);
  const child = bench.grants.handOn({ parentGrantId: parent.id, delegate: 'searcher', wish: {} });
  expect(child.binding).toEqual(tree);
});

test('two runs that ask for the same do not share a grant, for it would be bound to one of them', () => {
  const bench = createControlBench();
  const other: GrantBinding = { ...tree, root: { pid: 41, startedAt: '410@b' } };
  const asked = [tree, other].map((binding) =>
    bench.desk.ask({
      ...{ demand: demandOf(), channel: 'control-socket', process: processOf(), binding, userCode: null },
    }),
  );
  expect(asked[0]?.id).not.toBe(asked[1]?.id);
});

test('the gateway is told that a grant is bound, and not to what', () => {
  const bench = createControlBench();
  const grants = [grantFor(bench, tree), grantFor(bench, null)];
  const snapshot = composeSnapshot({
    ...{ registry: bench.registry, grants, jwks: { keys: [] }, secrets: [], limits: [], paused: false, hold: null },
    canaryOf: () => null,
    now: bench.clock.now(),
  });
  expect(snapshot.grants.map(({ bound }) => bound)).toEqual([true, false]);
  expect(JSON.stringify(snapshot)).not.toContain('400@b');
});
