import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FakeFault } from './fake-key-service.ts';
import { createRotationBench, firstSecret, type RotationBench } from './rotation-bench.ts';

const fault: fc.Arbitrary<FakeFault> = fc.oneof(
  fc.constant({ kind: 'busy' } as const),
  fc.boolean().map((after) => ({ kind: 'lost', after }) as const),
  fc.constant({ kind: 'twice' } as const),
);

const trial = fc.record({
  faults: fc.record({
    create: fc.array(fault, { maxLength: 9 }),
    find: fc.array(fc.constant({ kind: 'busy' } as const), { maxLength: 3 }),
    identify: fc.array(fc.constant({ kind: 'busy' } as const), { maxLength: 3 }),
    lastUsed: fc.array(fc.constant({ kind: 'busy' } as const), { maxLength: 3 }),
    disable: fc.array(fault, { maxLength: 4 }),
    revoke: fc.array(fault, { maxLength: 7 }),
  }),
  refusals: fc.integer({ min: 0, max: 20 }),
  disable: fc.constantFrom('none', 'reversible'),
  crashes: fc.array(fc.record({ at: fc.integer({ min: 1, max: 12 }), after: fc.boolean() }), { maxLength: 3 }),
  rollBackAt: fc.option(fc.integer({ min: 1, max: 20 })),
});

/** What must be true at every moment of every rotation. */
function expectServiceNeverStops(bench: RotationBench): void {
  const { version, vaultItem } = bench.registry.credentials.find('cred_bench') ?? { version: 0, vaultItem: '' };
  expect(bench.vault.items.has(vaultItem)).toBe(true);
  expect(bench.service.living()).toContain(bench.serving());
  expect(version).toBeGreaterThan(0);
}

/** Lets whatever awaits the call so far from now hang for ever, as in a program that was killed. */
function killAfter(
  bench: RotationBench,
  { at, after }: { readonly at: number; readonly after: boolean },
): () => boolean {
  let left = at;
  let isDead = false;
  bench.service.around = (_method, moment) => {
    if (isDead) return new Promise(() => undefined);
    if (moment === 'before') left -= 1;
    if (left !== 0 || (moment === 'after') !== after) return Promise.resolve();
    isDead = true;
    return new Promise(() => undefined);
  };
  return () => isDead;
}

async function lookFor(bench: RotationBench, isDead: () => boolean, each: (look: number) => void): Promise<void> {
  for (let look = 1; look <= 60 && !isDead() && bench.latest().state === 'running'; look += 1) {
    await Promise.race([bench.rotations.engine.idle(), untilDead(isDead)]);
    expectServiceNeverStops(bench);
    each(look);
    const { resumeAt } = bench.latest();
    if (resumeAt !== null) bench.clock.advance(Math.max(0, Date.parse(resumeAt) - bench.clock.now()));
    bench.rotations.desk.look();
  }
}

async function untilDead(isDead: () => boolean): Promise<void> {
  while (!isDead()) await new Promise((resolve) => setImmediate(resolve));
}

test('whatever fails, and whenever the program dies, a living key serves, and in the end it is the only one', async () => {
  await fc.assert(
    fc.asyncProperty(trial, async ({ faults, refusals, disable, crashes, rollBackAt }) => {
      const bench = await createRotationBench({ support: { disable } });
      Object.assign(bench.service.faults, structuredClone(faults));
      bench.service.refusals = refusals;
      const { id } = bench.rotations.desk.start('cred_bench', 'cli');
      for (const crash of crashes) {
        await lookFor(bench, killAfter(bench, crash), () => undefined);
        await bench.restart();
      }
      await lookFor(
        bench,
        () => false,
        (look) => {
          if (look === rollBackAt) bench.rotations.desk.rollBack(id, 'cli').catch(() => undefined);
        },
      );
      for (let times = 0; times < 5 && bench.latest().state === 'stopped'; times += 1) {
        bench.rotations.desk.proceed(id, false, 'cli');
        await bench.settle();
      }
      await bench.settle();
      expect(['done', 'failed', 'rolled-back']).toContain(bench.latest().state);
      expect(bench.service.living()).toEqual([bench.serving()]);
      expect(bench.latest().state === 'done').toBe(bench.serving() !== firstSecret);
      expect([...bench.vault.items.values()]).toEqual([bench.serving()]);
      const steps = bench.registry.rotations.steps(id);
      expect(steps.map(({ sequence }) => sequence)).toEqual(steps.map((_step, index) => index + 1));
      expect(bench.registry.audit.verify().intact).toBe(true);
    }),
    { numRuns: 60 },
  );
}, 120_000);
