import { describe, expect, it } from 'vitest';
import { rotationScheduleSchema } from '#shared/model/rotation.ts';
import { thrownBy } from '#test/fixtures/expect-error.ts';
import { createRotationBench } from './rotation-bench.ts';

const dayMs = 24 * 60 * 60 * 1_000;
const monthly = rotationScheduleSchema.parse({ kind: 'every', days: 30 });

describe('a schedule', () => {
  it('begins a rotation when its time has come, and the next one so many days after that', async () => {
    const bench = await createRotationBench();
    const { desk } = bench.rotations;
    desk.schedule('cred_bench', monthly, 'cli');
    bench.clock.advance(29 * dayMs);
    desk.look();
    expect(bench.registry.rotations.list({ limit: 1 })).toEqual([]);
    expect(desk.of(bench.registry.credentials.find('cred_bench') ?? bench.credential)).toMatchObject({
      ...{ ageDays: 29, state: 'scheduled' },
    });
    bench.clock.advance(dayMs);
    desk.look();
    await bench.settle();
    expect(bench.latest()).toMatchObject({ state: 'done', trigger: 'schedule' });
    const credential = bench.registry.credentials.find('cred_bench') ?? bench.credential;
    const { ageDays, nextAt, state } = desk.of(credential);
    expect([ageDays, state]).toEqual([0, 'scheduled']);
    expect(Date.parse(nextAt ?? '') - Date.parse(credential.rotatedAt)).toBe(30 * dayMs);
  });

  it('makes up, once, for all that was missed while the program did not run', async () => {
    const bench = await createRotationBench();
    bench.rotations.desk.schedule('cred_bench', monthly, 'cli');
    bench.clock.advance(200 * dayMs);
    await bench.restart();
    await bench.settle();
    bench.rotations.desk.look();
    await bench.settle();
    expect(bench.registry.rotations.list({ limit: 10 })).toHaveLength(1);
  });

  it('tries one that went back again a day later, not at once', async () => {
    const bench = await createRotationBench();
    bench.service.faults.create = [{ kind: 'refused' }];
    bench.rotations.desk.schedule('cred_bench', monthly, 'cli');
    bench.clock.advance(30 * dayMs);
    bench.rotations.desk.look();
    await bench.settle();
    expect(bench.latest().state).toBe('failed');
    bench.rotations.desk.look();
    expect(bench.registry.rotations.list({ limit: 10 })).toHaveLength(1);
    bench.clock.advance(dayMs);
    bench.rotations.desk.look();
    await bench.settle();
    expect(bench.latest().state).toBe('done');
  });

  it('reminds of a key that a person has to change', async () => {
    const bench = await createRotationBench({ support: { adminKey: { name: 'an admin key', consoleUrl: '' } } });
    const { desk } = bench.rotations;
    desk.schedule('cred_bench', monthly, 'cli');
    bench.clock.advance(31 * dayMs);
    desk.look();
    desk.look();
    expect(bench.events().filter((event) => event === 'rotation-due')).toHaveLength(1);
    expect(desk.list()).toMatchObject([{ due: true, method: 'not-connected', ageDays: 31 }]);
    expect(thrownBy(() => desk.start('cred_bench', 'cli')).code).toBe('rotation_unsupported');
  });

  it('is held back by a pause and taken up by its end', async () => {
    const bench = await createRotationBench();
    const { desk } = bench.rotations;
    desk.schedule('cred_bench', monthly, 'cli');
    desk.pause('cred_bench', true, 'cli');
    bench.clock.advance(31 * dayMs);
    desk.look();
    expect(bench.registry.rotations.list({ limit: 1 })).toEqual([]);
    expect(desk.of(bench.credential)).toMatchObject({ state: 'paused', nextAt: null });
    desk.pause('cred_bench', false, 'cli');
    await bench.settle();
    expect(bench.latest().state).toBe('done');
  });

  it('of no time is refused', async () => {
    const bench = await createRotationBench();
    const never = rotationScheduleSchema.parse({ kind: 'cron', expression: '0 0 30 2 *' });
    expect(thrownBy(() => bench.rotations.desk.schedule('cred_bench', never, 'cli')).code).toBe('invalid_request');
  });
});

describe('the times to come', () => {
  const iso = (at: number): string => new Date(at).toISOString();

  it('are shown before a schedule is set, and nothing is set by that', async () => {
    const { rotations, credential, registry } = await createRotationBench();
    const stored = Date.parse(credential.rotatedAt);
    expect(rotations.desk.preview('cred_bench', monthly)).toEqual(
      [30, 60, 90].map((days) => iso(stored + days * dayMs)),
    );
    expect(registry.rotations.setups()).toEqual([]);
    const daily = rotationScheduleSchema.parse({ kind: 'cron', expression: '0 4 * * *' });
    const hours = rotations.desk.preview('cred_bench', daily).map((at) => new Date(at).getHours());
    expect(hours).toEqual([4, 4, 4]);
    const never = rotationScheduleSchema.parse({ kind: 'cron', expression: 'soon' });
    expect(thrownBy(() => rotations.desk.preview('cred_bench', never)).code).toBe('invalid_request');
    expect(thrownBy(() => rotations.desk.preview('cred_none', monthly)).code).toBe('not_found');
  });

  it('make a calendar, of which only the next one is sure; a pause takes a key out of it', async () => {
    const { rotations, credential, clock } = await createRotationBench();
    const { desk } = rotations;
    const stored = Date.parse(credential.rotatedAt);
    desk.schedule('cred_bench', monthly, 'cli');
    expect(desk.calendar(stored + 75 * dayMs)).toEqual([
      { credentialId: 'cred_bench', at: iso(stored + 30 * dayMs), sure: true },
      { credentialId: 'cred_bench', at: iso(stored + 60 * dayMs), sure: false },
    ]);
    clock.advance(40 * dayMs);
    expect(desk.calendar(stored + 75 * dayMs).map(({ at }) => at)).toEqual([
      iso(stored + 30 * dayMs),
      iso(stored + 70 * dayMs),
    ]);
    desk.pause('cred_bench', true, 'cli');
    expect(desk.calendar(stored + 75 * dayMs)).toEqual([]);
  });

  it('are at most a hundred of each key', async () => {
    const { rotations, credential } = await createRotationBench();
    const often = rotationScheduleSchema.parse({ kind: 'cron', expression: '* * * * *' });
    rotations.desk.schedule('cred_bench', often, 'cli');
    expect(rotations.desk.calendar(Date.parse(credential.rotatedAt) + 90 * dayMs)).toHaveLength(100);
  });
});
