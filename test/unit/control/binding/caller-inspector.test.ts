import { describe, expect, test } from 'vitest';
import { createCallerInspector } from '#main/control/binding/caller-inspector.ts';
import type { PeerIdentifier } from '#main/control/control-options.ts';
import type { AuditFact } from '#main/store/audit/audit-log.ts';
import type { GrantBinding } from '#shared/model/binding.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { fakePeers } from '#test/fakes/fake-peers.ts';
import { grantRecord } from '#test/fixtures/registry-records.ts';
import { processOf } from '../control-bench.ts';

const connection = { callerAddress: '127.0.0.1', callerPort: 50_000, localPort: 8_377 };
const root = { pid: 40, startedAt: '400@b' };
const stranger = { pid: 7, startedAt: '70@b' };
const tree: GrantBinding = { kind: 'tree', name: 'toll', root };

function inspectorOn(peers: Partial<PeerIdentifier>, binding: GrantBinding | null = tree) {
  const facts: AuditFact[] = [];
  const clock = createFakeClock();
  const inspector = createCallerInspector({
    peers: fakePeers(peers),
    grants: () => ({ find: (id) => (id === 'grant_1' ? grantRecord({ binding }) : null) }),
    recorder: { record: (fact) => void facts.push(fact) },
    clock,
  });
  return { facts, clock, inspect: (id = 'grant_1') => inspector.inspect(id, connection) };
}

const found = (...lineage: readonly { pid: number; startedAt: string }[]) => ({
  findCaller: async () => ({ state: 'found', lineage }) as const,
});

describe('the caller of a tree’s token', () => {
  test('is looked for in the tree first', async () => {
    const asked: unknown[] = [];
    const { inspect } = inspectorOn({
      async findCaller(...values) {
        asked.push(values);
        return { state: 'found', lineage: [{ pid: 41, startedAt: '410@b' }, root] };
      },
    });
    expect(await inspect()).toBe('allowed');
    expect(asked).toEqual([[connection, [root]]]);
  });

  test('may be the root itself, but nobody with its pid or its start alone', async () => {
    expect(await inspectorOn(found(root)).inspect()).toBe('allowed');
    expect(await inspectorOn(found({ ...root, startedAt: '1@b' })).inspect()).toBe('outside-tree');
    expect(await inspectorOn(found({ ...root, pid: 41 })).inspect()).toBe('outside-tree');
  });

  test('that nobody can see is refused and written down without a guess', async () => {
    const { inspect, facts } = inspectorOn({ findCaller: async () => ({ state: 'unknown' }) });
    expect(await inspect()).toBe('unknown');
    expect(facts).toMatchObject([{ event: 'token-used-elsewhere', detail: { verdict: 'unknown', usedBy: null } }]);
  });

  test('that has hung up was answered by nobody, and is not written down', async () => {
    const { inspect, facts } = inspectorOn({ findCaller: async () => ({ state: 'gone' }) });
    expect(await inspect()).toBe('unknown');
    expect(facts).toEqual([]);
  });

  test('that tries again and again is written down once a minute, with the count', async () => {
    const { inspect, facts, clock } = inspectorOn({ ...found(stranger), describe: async () => processOf() });
    for (let time = 0; time < 3; time += 1) await inspect();
    expect(facts).toHaveLength(1);
    expect(facts[0]?.detail).not.toHaveProperty('timesBefore');
    clock.advance(60_000);
    await inspect();
    expect(facts).toHaveLength(2);
    expect(facts[1]?.detail).toMatchObject({ timesBefore: 2, usedBy: { name: processOf().name } });
  });

  test('that takes another name each time fills no log', async () => {
    let turn = 0;
    const describe = async () => {
      turn += 1;
      return processOf({ executable: `/tmp/${turn}` });
    };
    const { inspect, facts, clock } = inspectorOn({ ...found(stranger), describe });
    for (let time = 0; time < 100; time += 1) await inspect();
    expect(facts).toHaveLength(11);
    clock.advance(60_000);
    for (let time = 0; time < 11; time += 1) await inspect();
    expect(facts.at(-1)?.detail).toMatchObject({ timesBefore: 89 });
  });
});

describe('the caller of a program’s token', () => {
  const program: GrantBinding = { kind: 'executable', path: '/usr/bin/node', sha256: 'abc' };
  const runs = (executable: string | null, sha256: string | null) =>
    inspectorOn(
      { ...found(stranger), describe: async () => processOf({ executable }), hashProgram: async () => sha256 },
      program,
    ).inspect();

  test('runs it, with the contents it had', async () => {
    expect(await runs('/usr/bin/node', 'abc')).toBe('allowed');
    expect(await runs('/usr/bin/node', 'abd')).toBe('changed-executable');
    expect(await runs('/usr/bin/node', null)).toBe('changed-executable');
    expect(await runs('/usr/bin/curl', 'abc')).toBe('other-executable');
    expect(await runs(null, 'abc')).toBe('unknown');
  });

  test('that ended meanwhile is not let in', async () => {
    expect(await inspectorOn(found(stranger), program).inspect()).toBe('unknown');
  });
});

test('a grant that is bound to nothing asks nobody, and one that is not there lets nobody in', async () => {
  const refuse = { findCaller: async () => Promise.reject(new Error('asked')) };
  expect(await inspectorOn(refuse, null).inspect()).toBe('allowed');
  expect(await inspectorOn(refuse).inspect('grant_2')).toBe('unknown');
});
