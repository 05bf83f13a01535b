import { describe, expect, it, onTestFinished } from 'vitest';
import { createRotationBench, type RotationBench } from '#test/unit/control/rotation/rotation-bench.ts';
import { type KeyService, type ServiceShape, startKeyService } from './key-service.ts';
import { shapes } from './shapes.ts';

interface Change extends RotationBench {
  readonly provider: KeyService;
  /** Begins, and lets time pass until nothing goes on by itself. */
  run(): Promise<void>;
}

async function connected(shape: ServiceShape): Promise<Change> {
  const provider = await startKeyService(shape);
  onTestFinished(() => provider.close());
  const bench = await createRotationBench({
    provider: { ...shape.provider, rotation: provider.support },
    ...{ baseUrl: provider.baseUrl, secret: shape.firstSecret, fetch: globalThis.fetch },
  });
  const { desk } = bench.rotations;
  if (shape.adminSecret !== '')
    await desk.adminKeys.add({ provider: shape.provider.id, secret: shape.adminSecret, label: 'admin' }, 'cli');
  desk.connect(bench.credential.id, { parameters: shape.parameters }, 'cli');
  return Object.assign(bench, {
    provider,
    async run() {
      desk.start(bench.credential.id, 'cli');
      await bench.settle(200);
    },
  });
}

/** Exactly one key of ours works, and it is the one that serves. */
function expectOneKey(change: Change, first: string): void {
  const serving = change.serving();
  expect(change.provider.living()).toContain(serving);
  expect(change.provider.living().includes(first)).toBe(serving === first);
}

/** Keys that nobody holds, in providers where a change can leave none. */
function strays(change: Change): readonly string[] {
  return change.provider.living().filter((secret) => secret !== change.serving());
}

/** Places of a fixed number hold something when their key has ended, which nobody knows. */
const hasPlaces = ({ provider }: ServiceShape): boolean => provider.rotation?.overlap === 'slots';
const endsOld = ({ provider }: ServiceShape): boolean => provider.rotation?.overlap === 'none';

describe.each(Object.entries(shapes))('a change through %s', (name, shape) => {
  it('ends with the new key serving and the old one gone, twice in a row', async () => {
    const change = await connected(shape);
    for (const round of [1, 2]) {
      const before = change.serving();
      await change.run();
      expect(change.latest()).toMatchObject({ state: 'done', problem: null });
      expect(change.serving()).not.toBe(before);
      expectOneKey(change, shape.firstSecret);
      expect(change.provider.living()).not.toContain(before);
      if (!hasPlaces(shape)) expect([round, strays(change)]).toEqual([round, []]);
    }
  });

  it('waits while the new key is refused, and lists lag behind', async () => {
    const change = await connected(shape);
    change.provider.refusals = 3;
    if (name !== 'google-api-keys' && name !== 'gitlab-self-rotate') change.provider.pending = 3;
    change.provider.lag = 2;
    await change.run();
    expect(change.latest()).toMatchObject({ state: 'done', problem: null });
    expectOneKey(change, shape.firstSecret);
  });

  it('comes through limits and outages at every kind of call', async () => {
    const change = await connected(shape);
    const limited = { what: 'status', status: 429, headers: { 'retry-after': '30' } } as const;
    for (const kind of ['token', 'list', 'create', 'disable', 'revoke', 'read', 'self'] as const)
      change.provider.faults.push({ kind, ...limited }, { kind, what: 'status', status: 503 });
    await change.run();
    expect(change.latest()).toMatchObject({ state: 'done', problem: null });
    expectOneKey(change, shape.firstSecret);
    if (!hasPlaces(shape)) expect(strays(change)).toEqual([]);
  });

  it.runIf(!endsOld(shape))('makes one key when the answer with it is lost', async () => {
    for (const what of ['silent', 'garbage', 'shapeless'] as const) {
      const change = await connected(shape);
      change.provider.faults.push({ kind: 'create', what });
      await change.run();
      expect(change.latest()).toMatchObject({ state: 'done', problem: null });
      expectOneKey(change, shape.firstSecret);
      if (!hasPlaces(shape)) expect([what, strays(change)]).toEqual([what, []]);
    }
  });

  it.runIf(!endsOld(shape))('makes one key when the answer is lost and the lists do not show it yet', async () => {
    const change = await connected(shape);
    change.provider.faults.push({ kind: 'create', what: 'silent' });
    change.provider.lag = 3;
    await change.run();
    expect(change.latest()).toMatchObject({ state: 'done', problem: null });
    expectOneKey(change, shape.firstSecret);
    if (!hasPlaces(shape)) expect(strays(change)).toEqual([]);
  });

  it.runIf(endsOld(shape))('tells the person when the answer with the only key is lost', async () => {
    const change = await connected(shape);
    change.provider.faults.push({ kind: 'create', what: 'silent' });
    await change.run();
    expect(change.latest()).toMatchObject({ problem: { code: 'new_key_lost' } });
    expect(change.provider.calls.filter((kind) => kind === 'create')).toHaveLength(1);
  });

  it('leaves the old key serving when the provider refuses to make one', async () => {
    const change = await connected(shape);
    for (const status of [403, 403]) change.provider.faults.push({ kind: 'create', what: 'status', status });
    await change.run();
    expect(change.latest()).toMatchObject({ state: 'failed', problem: { code: 'provider_refused' } });
    expect(change.serving()).toBe(shape.firstSecret);
    expect(change.provider.living()).toContain(shape.firstSecret);
  });

  it.runIf(!endsOld(shape))('leaves the old key serving when the new one is never taken', async () => {
    const change = await connected(shape);
    change.provider.refusals = 10_000;
    if (name === 'deepgram-keys') change.provider.pending = 10_000;
    await change.run();
    expect(change.latest()).toMatchObject({ state: 'failed', problem: { code: 'new_key_unusable' } });
    expect(change.serving()).toBe(shape.firstSecret);
    if (!hasPlaces(shape)) expect(strays(change)).toEqual([]);
  });

  it('writes no secret into its journal or the audit log', async () => {
    const change = await connected(shape);
    change.provider.faults.push({ kind: 'create', what: 'status', status: 503 }, { kind: 'revoke', what: 'garbage' });
    await change.run();
    const rotation = change.latest();
    const steps = change.registry.rotations.steps(rotation.id);
    const written = JSON.stringify([rotation, steps, change.registry.audit.list({ limit: 1_000, afterSequence: 0 })]);
    expect(steps.length).toBeGreaterThan(4);
    for (const secret of [
      shape.firstSecret,
      shape.adminSecret || shape.firstSecret,
      shape.secretOf(1),
      shape.secretOf(2),
    ])
      expect(written).not.toContain(secret);
  });
});
