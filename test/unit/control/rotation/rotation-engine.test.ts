import { describe, expect, it } from 'vitest';
import type { Verification } from '#shared/model/credential.ts';
import { describeRotation } from '#shared/policy/describe-rotation.ts';
import { codeOf, thrownBy } from '#test/fixtures/expect-error.ts';
import { createRotationBench, firstSecret, type RotationBench } from './rotation-bench.ts';

function start(bench: RotationBench): string {
  return bench.rotations.desk.start(bench.credential.id, 'cli').id;
}

/** Goes on until the rotation reaches the step. */
async function reach(bench: RotationBench, step: string): Promise<void> {
  for (let look = 0; look < 30 && bench.latest().step !== step; look += 1) await bench.settle(1);
  expect(bench.latest().step).toBe(step);
}

describe('a rotation that goes well', () => {
  it('makes, tries and uses the new key, then drains, disables and revokes the old one', async () => {
    const bench = await createRotationBench();
    const id = start(bench);
    await bench.settle();
    expect(bench.latest()).toMatchObject({
      ...{ id, state: 'done', step: 'revoke', problem: null, resumeAt: null },
      oldKey: { version: 1, keyId: 'by-hand', state: 'revoked' },
      newKey: { version: 2, keyId: 'key-1', state: 'living' },
    });
    expect(bench.service.keys).toMatchObject([{ state: 'revoked' }, { name: 'tollkeeper-bench-2', state: 'active' }]);
    expect(bench.registry.credentials.find('cred_bench')).toMatchObject({ version: 2, fingerprint: '…6789' });
    expect(bench.registry.rotations.steps(id).map(({ step, outcome }) => [step, outcome])).toEqual(
      ['plan', 'create', 'verify', 'canary', 'promote', 'drain', 'disable', 'revoke'].map((step) => [step, 'done']),
    );
    expect(bench.events()).toEqual(['rotation-started', ...Array(7).fill('rotation-step'), 'rotation-ended']);
  });

  it('knows the key that an earlier rotation made without asking', async () => {
    const bench = await createRotationBench();
    start(bench);
    await bench.settle();
    bench.service.calls.length = 0;
    start(bench);
    await bench.settle();
    expect(bench.service.calls).not.toContain('identify');
    expect(bench.latest()).toMatchObject({ state: 'done', oldKey: { keyId: 'key-1' }, newKey: { version: 3 } });
    expect(bench.service.living()).toEqual([bench.serving()]);
  });

  it('writes the intent before the effect', async () => {
    const bench = await createRotationBench();
    const seen: unknown[] = [];
    bench.service.around = async (method, moment) => {
      if (method !== 'create' || moment !== 'before') return;
      const rotation = bench.latest();
      seen.push(rotation.newKey.state, bench.registry.rotations.steps(rotation.id).at(-1)?.outcome);
    };
    start(bench);
    await bench.settle();
    expect(seen).toEqual(['unknown', 'begun']);
  });

  it('is the only one of its credential', async () => {
    const bench = await createRotationBench();
    bench.traffic.running = 1;
    start(bench);
    await reach(bench, 'drain');
    expect(thrownBy(() => start(bench)).code).toBe('conflict');
    expect(thrownBy(() => bench.rotations.desk.requireRest('cred_bench')).code).toBe('conflict');
  });

  it('keeps a disabled key for an hour', async () => {
    const bench = await createRotationBench();
    start(bench);
    await reach(bench, 'revoke');
    await bench.rotations.engine.idle();
    const { stepSince, resumeAt, oldKey } = bench.latest();
    expect(oldKey.state).toBe('disabled');
    expect(Date.parse(resumeAt ?? '') - Date.parse(stepSince)).toBe(60 * 60 * 1_000);
  });

  it('takes a free name where something at the provider bears its own', async () => {
    const bench = await createRotationBench();
    bench.service.keys.push({
      id: 'x',
      name: 'tollkeeper-bench-2',
      secret: 'elsewhere',
      state: 'active',
      lastUsedAt: null,
    });
    start(bench);
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'done', keyName: 'tollkeeper-bench-3', newKey: { version: 3 } });
    expect(bench.service.living()).toContain('elsewhere');
    expect((await bench.rotations.desk.orphans()).orphans).toMatchObject([{ keyId: 'x', name: 'tollkeeper-bench-2' }]);
    await bench.rotations.desk.removeOrphan('cred_bench', 'x', 'cli');
    expect(bench.service.living()).toEqual([bench.serving()]);
    expect(await codeOf(bench.rotations.desk.removeOrphan('cred_bench', 'key-1', 'cli'))).toBe('not_found');
  });
});

describe('a provider that answers', () => {
  it('late: a new key that is not taken at once is tried again', async () => {
    const bench = await createRotationBench();
    bench.service.refusals = 3;
    start(bench);
    await bench.settle();
    expect(bench.latest().state).toBe('done');
  });

  it('too late: the old key keeps serving, and the new one is revoked', async () => {
    const bench = await createRotationBench();
    bench.service.refusals = 100;
    start(bench);
    await bench.settle();
    expect(bench.latest()).toMatchObject({
      state: 'failed',
      problem: { code: 'new_key_unusable' },
      newKey: { state: 'revoked' },
    });
    expect(bench.service.living()).toEqual([firstSecret]);
    expect(bench.serving()).toBe(firstSecret);
    expect(bench.events()).toContain('rotation-failed');
    expect(describeRotation(bench.latest())).toMatchObject({ serving: 'The old key …0001 serves.', living: '' });
  });

  it('twice: the key too many is revoked', async () => {
    const bench = await createRotationBench();
    bench.service.faults.create = [{ kind: 'twice' }];
    start(bench);
    await bench.settle();
    expect(bench.latest().state).toBe('done');
    expect(bench.service.living()).toEqual([bench.serving()]);
  });

  it('never, although it made the key: what was made is found by its name and revoked, and another is made', async () => {
    const bench = await createRotationBench();
    bench.service.faults.create = [{ kind: 'lost', after: true }];
    start(bench);
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'done', newKey: { keyId: 'key-2' } });
    expect(bench.service.living()).toEqual([bench.serving()]);
  });

  it('for another account: the old key stays', async () => {
    const bench = await createRotationBench();
    bench.service.account = 'acme';
    const verification: Verification = {
      checkedAt: '2026-11-22T09:00:00.000Z',
      outcome: 'accepted',
      account: 'acme',
      models: [],
      message: '',
    };
    bench.registry.credentials.update('cred_bench', { verification });
    bench.service.foreign = true;
    start(bench);
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'failed', problem: { code: 'new_key_unusable' } });
    expect(bench.service.living()).toEqual([firstSecret]);
  });

  it('busy: it is asked again when it wants to be', async () => {
    const bench = await createRotationBench();
    bench.service.faults.create = [{ kind: 'busy', retryAfterMs: 90_000 }];
    const begun = bench.clock.now();
    start(bench);
    await bench.rotations.engine.idle();
    expect(Date.parse(bench.latest().resumeAt ?? '') - begun).toBe(90_000);
    await bench.settle();
    expect(bench.latest().state).toBe('done');
    expect(bench.service.keys).toHaveLength(2);
  });

  it('with a refusal before the new key serves: given up', async () => {
    const bench = await createRotationBench();
    bench.service.faults.create = [{ kind: 'refused' }];
    start(bench);
    await bench.settle();
    expect(bench.latest()).toMatchObject({
      state: 'failed',
      problem: { code: 'provider_refused' },
      newKey: { state: 'absent' },
    });
    expect(bench.service.living()).toEqual([firstSecret]);
  });

  it('with a refusal to revoke: stopped, until a person has done it', async () => {
    const bench = await createRotationBench({ support: { disable: 'none' } });
    bench.service.faults.revoke = [{ kind: 'refused' }];
    const id = start(bench);
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'stopped', step: 'revoke', oldKey: { state: 'living' } });
    expect(describeRotation(bench.latest())).toMatchObject({
      serving: 'The new key …6789 serves.',
      living: 'The old key …0001 still lives.',
      advice: expect.stringContaining(`toll rotation continue ${id}`),
    });
    bench.rotations.desk.proceed(id, false, 'cli');
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'done', oldKey: { state: 'revoked' } });
  });

  it('not at all: after eight attempts the old key serves and a person is told', async () => {
    const bench = await createRotationBench();
    bench.service.faults.create = Array(8).fill({ kind: 'lost', after: false });
    start(bench);
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'failed', problem: { code: 'provider_outcome_unknown' } });
    expect(bench.service.living()).toEqual([firstSecret]);
  });
});

describe('the old key', () => {
  it('stays while it is used elsewhere, until a person says otherwise', async () => {
    const bench = await createRotationBench();
    const id = start(bench);
    await reach(bench, 'drain');
    let uses = 0;
    bench.service.around = async (method, moment) => {
      const [key] = bench.service.keys;
      if (method !== 'lastUsed' || moment !== 'before' || key === undefined) return;
      uses += 1;
      key.lastUsedAt = `2026-11-22T10:0${uses}:00.000Z`;
    };
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'stopped', step: 'drain', problem: { code: 'old_key_in_use' } });
    expect(bench.service.living()).toHaveLength(2);
    bench.rotations.desk.proceed(id, true, 'cli');
    await bench.settle();
    expect(bench.latest().state).toBe('done');
  });

  it('waits for the calls that hold it', async () => {
    const bench = await createRotationBench();
    bench.traffic.running = 2;
    start(bench);
    await reach(bench, 'drain');
    await bench.settle(20);
    expect(bench.latest()).toMatchObject({ step: 'drain', waitingFor: '2 running calls with the old key' });
    expect(bench.registry.rotations.steps(bench.latest().id).filter(({ step }) => step === 'drain')).toHaveLength(1);
    bench.traffic.running = 0;
    await bench.settle();
    expect(bench.latest().state).toBe('done');
  });

  it('is left to a person where the provider does not know it, and a refused call proves that it is gone', async () => {
    const bench = await createRotationBench({ support: { disable: 'none' } });
    const [key] = bench.service.keys;
    bench.service.unidentifiable = true;
    const id = start(bench);
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'stopped', problem: { code: 'old_key_unknown' } });
    bench.rotations.desk.proceed(id, false, 'cli');
    await bench.settle();
    expect(bench.latest().state).toBe('stopped');
    if (key !== undefined) key.state = 'revoked';
    bench.rotations.desk.proceed(id, false, 'cli');
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'done', oldKey: { state: 'revoked' } });
  });

  it('dies with the making of the new one where there is no overlap, and that one serves at once', async () => {
    const bench = await createRotationBench({ support: { overlap: 'none', named: false, disable: 'none' } });
    bench.service.endsOldOnCreate = true;
    const id = start(bench);
    await bench.settle();
    expect(bench.registry.rotations.steps(id).map(({ step }) => step)).toEqual(['plan', 'create', 'promote', 'verify']);
    expect(bench.latest()).toMatchObject({ state: 'done', oldKey: { state: 'revoked' } });
    expect(bench.service.living()).toEqual([bench.serving()]);
  });

  it('keeps its place where there are two, and a making that nobody knows of is simply repeated', async () => {
    const bench = await createRotationBench({ support: { overlap: 'slots', named: false, disable: 'none' } });
    bench.service.slots = true;
    bench.service.faults.create = [{ kind: 'lost', after: true }];
    start(bench);
    await bench.settle();
    expect(bench.service.calls.filter((method) => method === 'create')).toHaveLength(2);
    expect(bench.service.calls).not.toContain('find');
    expect(bench.latest()).toMatchObject({ state: 'done', oldKey: { state: 'revoked' } });
    expect(bench.service.living()).toEqual([bench.serving()]);
  });

  it('lost together with the new one is said at once', async () => {
    const bench = await createRotationBench({ support: { overlap: 'none', named: false, disable: 'none' } });
    bench.service.endsOldOnCreate = true;
    bench.service.faults.create = [{ kind: 'lost', after: true }];
    start(bench);
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'failed', problem: { code: 'new_key_lost' } });
    expect(describeRotation(bench.latest()).advice).toContain('toll key add');
  });
});

describe('the way back', () => {
  it('is a change of pointer until the old key is disabled', async () => {
    const bench = await createRotationBench();
    bench.traffic.running = 1;
    const id = start(bench);
    await reach(bench, 'drain');
    expect(bench.traffic.version).toBe(2);
    bench.traffic.running = 0;
    await bench.rotations.desk.rollBack(id, 'cli');
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'rolled-back', problem: null, newKey: { state: 'revoked' } });
    expect(bench.traffic.version).toBe(1);
    expect(bench.serving()).toBe(firstSecret);
    expect(bench.service.calls).not.toContain('enable');
  });

  it('enables a disabled key again', async () => {
    const bench = await createRotationBench();
    const id = start(bench);
    await reach(bench, 'revoke');
    await bench.rotations.desk.rollBack(id, 'cli');
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'rolled-back', oldKey: { state: 'living' } });
    expect(bench.service.living()).toEqual([firstSecret]);
  });

  it('is closed once the old key is gone', async () => {
    const bench = await createRotationBench();
    const id = start(bench);
    await bench.settle();
    expect(await codeOf(bench.rotations.desk.rollBack(id, 'cli'))).toBe('conflict');
  });

  it('is taken by itself when a call with the new key is refused', async () => {
    const bench = await createRotationBench();
    bench.traffic.outcome = { kind: 'rejected', message: 'The provider refused a call with the new key.' };
    start(bench);
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'failed', problem: { code: 'new_key_unusable' } });
    expect(bench.traffic.calls).toEqual(['canary']);
    expect(bench.service.living()).toEqual([firstSecret]);
  });

  it('leads forward again where the old key died meanwhile', async () => {
    const bench = await createRotationBench({ support: { disable: 'none' } });
    bench.traffic.running = 1;
    const id = start(bench);
    await reach(bench, 'drain');
    const [key] = bench.service.keys;
    if (key !== undefined) key.state = 'revoked';
    bench.traffic.running = 0;
    await bench.rotations.desk.rollBack(id, 'cli');
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'done' });
    expect(bench.service.living()).toEqual([bench.serving()]);
  });
});

describe('around a rotation', () => {
  it('a locked keychain is waited for and is no failure', async () => {
    const bench = await createRotationBench();
    bench.vault.lock(true);
    start(bench);
    await bench.settle(5);
    expect(bench.latest()).toMatchObject({ state: 'running', failures: 0, waitingFor: 'the keychain' });
    bench.vault.lock(false);
    await bench.settle();
    expect(bench.latest().state).toBe('done');
  });

  it('a keychain that locks before the new key is stored costs no key', async () => {
    const bench = await createRotationBench();
    bench.service.around = async (method, moment) => {
      if (method === 'create' && moment === 'after') bench.vault.lock(true);
    };
    start(bench);
    await bench.settle(4);
    expect(bench.latest()).toMatchObject({ step: 'create', waitingFor: 'the keychain' });
    bench.vault.lock(false);
    bench.service.around = () => Promise.resolve();
    await bench.settle();
    expect(bench.latest().state).toBe('done');
    expect(bench.service.keys).toHaveLength(2);
  });

  it('a pause holds it after the present step, and a resumption takes it up', async () => {
    const bench = await createRotationBench();
    bench.service.around = async (method, moment) => {
      if (method === 'create' && moment === 'before') bench.rotations.desk.pause('cred_bench', true, 'cli');
    };
    start(bench);
    await bench.settle(10);
    expect(bench.latest()).toMatchObject({ state: 'running', step: 'verify' });
    bench.rotations.desk.pause('cred_bench', false, 'cli');
    await bench.settle();
    expect(bench.latest().state).toBe('done');
  });

  it('a key that is removed meanwhile ends it, and says so', async () => {
    const bench = await createRotationBench();
    bench.traffic.running = 1;
    start(bench);
    await reach(bench, 'drain');
    bench.registry.credentials.remove('cred_bench');
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'failed', problem: { code: 'not_found' } });
  });

  it('a key that is removed while a person is asked leaves no secret behind', async () => {
    const bench = await createRotationBench({ support: { disable: 'none' } });
    bench.service.faults.revoke = [{ kind: 'refused' }];
    start(bench);
    await bench.settle();
    expect(bench.latest().state).toBe('stopped');
    bench.registry.credentials.remove('cred_bench');
    bench.rotations.desk.look();
    await bench.settle();
    expect(bench.latest().state).toBe('failed');
    expect(bench.vault.items.size).toBe(0);
    expect(bench.registry.vaultItems.list()).toEqual([]);
  });
});
