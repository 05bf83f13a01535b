import { expect, test } from 'vitest';
import type { RotationSupport } from '#shared/model/rotation.ts';
import { createRotationBench, firstSecret, type RotationBench } from './rotation-bench.ts';

/** Kills the program at the given moment: whatever awaits that call never goes on. Fires `killed`. */
function killAt(bench: RotationBench, index: number, moment: 'before' | 'after'): Promise<void> {
  return new Promise((killed) => {
    let calls = 0;
    let isDead = false;
    bench.service.around = (_method, now) => {
      if (isDead) return new Promise(() => undefined);
      if (now === 'before') calls += 1;
      if (calls !== index || now !== moment) return Promise.resolve();
      isDead = true;
      killed();
      return new Promise(() => undefined);
    };
  });
}

/** Every call that has an effect, in the order of a rotation that goes well. */
async function effectsOf(kind: Partial<RotationSupport>): Promise<readonly string[]> {
  const bench = await createRotationBench({ support: kind });
  const effects: string[] = [];
  bench.service.around = async (method, moment) => {
    if (moment === 'before') effects.push(method);
  };
  bench.rotations.desk.start(bench.credential.id, 'cli');
  await bench.settle();
  expect(bench.latest().state).toBe('done');
  return effects;
}

function expectOneServingKey(bench: RotationBench): void {
  const serving = bench.serving();
  expect(bench.service.living()).toEqual([serving]);
  expect(bench.traffic.version).toBe(bench.registry.credentials.find(bench.credential.id)?.version);
  expect([...bench.vault.items.values()]).toEqual([serving]);
  expect(bench.registry.vaultItems.list()).toEqual([bench.registry.credentials.find(bench.credential.id)?.vaultItem]);
}

const kinds: readonly [string, Partial<RotationSupport>][] = [
  ['disables before it revokes', { disable: 'reversible' }],
  ['only revokes', { disable: 'none' }],
];

test.each(kinds)(
  'a program killed around any effect of a rotation that %s leaves one serving key and no orphan',
  async (_name, kind) => {
    const effects = await effectsOf(kind);
    expect(effects).toContain('create');
    expect(effects.length).toBeGreaterThan(10);
    for (const [index, effect] of effects.entries()) {
      for (const moment of ['before', 'after'] as const) {
        const bench = await createRotationBench({ support: kind });
        const killed = killAt(bench, index + 1, moment);
        bench.rotations.desk.start(bench.credential.id, 'cli');
        await Promise.race([killed, settleUntil(bench, killed)]);
        await bench.restart();
        await bench.settle();
        expect(bench.latest().state, `${moment} ${effect}`).toBe('done');
        expect(bench.serving(), `${moment} ${effect}`).not.toBe(firstSecret);
        expectOneServingKey(bench);
        expect((await bench.rotations.desk.orphans()).orphans).toEqual([]);
      }
    }
  },
);

test.each(kinds)(
  'a program killed around any effect of the way back of a rotation that %s leaves the old key alone',
  async (_name, kind) => {
    const stepsBack = kind.disable === 'none' ? ['drain'] : ['drain', 'revoke'];
    for (const from of stepsBack) {
      for (let index = 1; index < 12; index += 1) {
        for (const moment of ['before', 'after'] as const) {
          const bench = await createRotationBench({ support: kind });
          bench.traffic.running = from === 'drain' ? 1 : 0;
          bench.rotations.desk.start(bench.credential.id, 'cli');
          while (bench.latest().step !== from) await bench.settle(1);
          bench.traffic.running = 0;
          const killed = killAt(bench, index, moment);
          void bench.rotations.desk.rollBack(bench.latest().id, 'cli');
          await Promise.race([killed, settleUntil(bench, killed)]);
          await bench.restart();
          await bench.settle();
          expect(bench.latest().state).toBe('rolled-back');
          expect(bench.serving()).toBe(firstSecret);
          expectOneServingKey(bench);
        }
      }
    }
  },
);

/** Lets time pass until the program is dead or the rotation over. */
async function settleUntil(bench: RotationBench, killed: Promise<void>): Promise<void> {
  let isDead = false;
  void killed.then(() => {
    isDead = true;
  });
  for (let look = 0; look < 60 && !isDead && bench.latest().endedAt === null; look += 1) {
    await Promise.race([killed, bench.rotations.engine.idle()]);
    const { resumeAt } = bench.latest();
    if (resumeAt !== null) bench.clock.advance(Math.max(0, Date.parse(resumeAt) - bench.clock.now()));
    if (!isDead) bench.rotations.desk.look();
  }
}
