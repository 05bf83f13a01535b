import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createJointSave } from '#main/control/core/joint-save.ts';
import { LimitKeeper } from '#main/control/limit/limit-keeper.ts';
import { openLedger } from '#main/store/ledger/open-ledger.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import type { LimitDraft, LimitStatus } from '#shared/model/limit.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { groupUsage } from '#shared/model/usage-group.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { codeOf, thrownBy } from '#test/fixtures/expect-error.ts';
import { ledgerWorker } from '#test/fixtures/ledger-worker.ts';
import { credentialRecord } from '#test/fixtures/registry-records.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { groupOf } from '#test/fixtures/usage-group.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';
import { countingRandom } from '../control-bench.ts';

vi.setConfig({ testTimeout: 60_000 });

const key = 'ab'.repeat(32);
const day = 86_400_000;

/** The keeper on a real registry and a real ledger, over any number of restarts. */
async function createLimitBench() {
  const folder = temporaryFolder();
  const clock = createFakeClock();
  const registry = openRegistry({ path: join(folder, 'registry.db'), key });
  const ledger = await openLedger({
    ...{ path: join(folder, 'ledger.db'), key, clock, worker: await ledgerWorker() },
    unwrittenPath: join(folder, 'unwritten.json'),
  });
  onTestFinished(async () => {
    await ledger.close();
    registry.close();
  });
  registry.credentials.insert(credentialRecord({ isDefault: true }));
  const counts = { snapshots: 0, made: 0 };
  const random = countingRandom();

  async function start() {
    const books = createJointSave(registry, () => undefined);
    const limits = new LimitKeeper({
      ...{ registry, ledger, clock, random, books, onChange: () => undefined },
      pushSnapshot: () => {
        counts.snapshots += 1;
      },
    });
    await limits.load();
    return { books, limits };
  }

  let { books, limits } = await start();
  return {
    ...{ clock, registry, ledger, counts },
    get limits() {
      return limits;
    },
    /** A call of now that has ended, as the gateway's facts tell of it. */
    spend(costMicroUsd: number | null, changes: Partial<UsageRecord> = {}) {
      counts.made += 1;
      const startedAt = new Date(clock.now()).toISOString();
      const record = usageRecord({ requestId: `request-${counts.made}`, startedAt, costMicroUsd, ...changes });
      limits.settled(groupOf(record));
      ledger.append([record]);
      books.save();
    },
    async restart() {
      ({ books, limits } = await start());
    },
    only(): LimitStatus {
      const [limit] = limits.list([]);
      if (limit === undefined) throw new Error('There is no limit');
      return limit;
    },
    warnings: (): unknown[] =>
      registry.audit
        .list({ afterSequence: 0, limit: 100 })
        .filter(({ event }) => event === 'budget-warning')
        .map(({ detail }) => detail.percent),
  };
}

const daily: LimitDraft = {
  subject: { kind: 'everything' },
  rule: { kind: 'budget', amountMicroUsd: 10_000, period: 'day' },
};

describe('a limit', () => {
  test('counts what its subject spends in its window, and begins anew with the next', async () => {
    const bench = await createLimitBench();
    bench.spend(1_000);
    await bench.limits.set(daily, 'cli');
    await bench.limits.set({ ...daily, subject: { kind: 'tool', tool: 'codex' } }, 'cli');
    await bench.limits.set({ ...daily, subject: { kind: 'credential', credentialId: 'cred_1' } }, 'cli');
    bench.spend(2_000, { tool: 'codex', credentialId: 'cred_2' });
    bench.spend(null);
    bench.spend(400, { outcome: 'denied', errorCode: 'budget_exceeded' });
    const used = () => bench.limits.list([]).map((limit) => limit.used);
    expect(used()).toEqual([3_400, 2_000, 1_400]);
    await bench.restart();
    expect(used()).toEqual([3_400, 2_000, 1_400]);
    expect(bench.only()).toMatchObject({ left: 6_600, percent: 34, allowed: 10_000 });
    bench.clock.advance(day);
    expect(used()).toEqual([0, 0, 0]);
    await bench.restart();
    expect(used()).toEqual([0, 0, 0]);
  });

  test('counts each call of a group in the window in which it began', async () => {
    const bench = await createLimitBench();
    await bench.limits.set(daily, 'cli');
    await bench.limits.set(
      { subject: { kind: 'everything' }, rule: { kind: 'requests-per-minute', amount: 50 } },
      'cli',
    );
    const at = (ms: number) => new Date(ms).toISOString();
    const [now, yesterday] = [bench.clock.now(), bench.clock.now() - day];
    const calls = [
      ...[
        usageRecord({ startedAt: at(now), costMicroUsd: 30 }),
        usageRecord({ startedAt: at(yesterday), costMicroUsd: 500 }),
      ],
      ...[
        usageRecord({ startedAt: at(now), costMicroUsd: null }),
        usageRecord({ startedAt: at(now), costMicroUsd: 4 }),
      ],
    ];
    for (const group of groupUsage(calls)) bench.limits.settled(group);
    const refused = [7, null].map((costMicroUsd) =>
      usageRecord({ startedAt: at(now), costMicroUsd, outcome: 'denied' }),
    );
    for (const group of groupUsage(refused)) bench.limits.settled(group);
    expect(bench.limits.list([]).map(({ used }) => used)).toEqual([41, 5]);
  });

  test('set again keeps its id and what was used', async () => {
    const bench = await createLimitBench();
    const id = await bench.limits.set({ ...daily, warnAt: [50] }, 'cli');
    bench.spend(4_000);
    const again = await bench.limits.set(
      { ...daily, rule: { ...daily.rule, amountMicroUsd: 5_000 } as never },
      'dashboard',
    );
    expect(again).toBe(id);
    expect(bench.limits.list([])).toMatchObject([{ id, used: 4_000, left: 1_000, warnAt: [50], createdBy: 'cli' }]);
    expect(bench.limits.leases()).toMatchObject([{ id, rule: { amountMicroUsd: 5_000 }, window: { used: 4_000 } }]);
    expect(bench.counts.snapshots).toBe(2);
  });

  test('that has no window knows what the last minute held', async () => {
    const bench = await createLimitBench();
    bench.clock.advance(1_000);
    await bench.limits.set(
      { subject: { kind: 'everything' }, rule: { kind: 'requests-per-minute', amount: 5 } },
      'cli',
    );
    await bench.limits.set(
      { subject: { kind: 'everything' }, rule: { kind: 'tokens-per-minute', amount: 500 } },
      'cli',
    );
    bench.spend(1);
    bench.spend(1);
    expect(bench.limits.list([]).map(({ used, left }) => [used, left])).toEqual([
      [2, 3],
      [240, 260],
    ]);
    await bench.restart();
    expect(bench.limits.leases().map(({ window }) => window.used)).toEqual([2, 240]);
    bench.clock.advance(61_000);
    expect(bench.limits.list([]).map(({ used }) => used)).toEqual([0, 0]);
  });

  test('in all forgets nothing, even when the ledger\u2019s rows are deleted', async () => {
    const bench = await createLimitBench();
    bench.spend(9_000);
    bench.clock.advance(1);
    await bench.limits.set({ ...daily, rule: { kind: 'budget', amountMicroUsd: 10_000, period: 'once' } }, 'cli');
    bench.spend(6_000);
    await bench.restart();
    expect(bench.only().used).toBe(6_000);
    bench.clock.advance(40 * day);
    await bench.ledger.deleteBefore(bench.clock.now());
    await bench.restart();
    bench.spend(500);
    expect(bench.only()).toMatchObject({ used: 6_500, resetsAt: null });
  });

  test('of an unknown key is refused, and so is what does not exist', async () => {
    const bench = await createLimitBench();
    const subject = { kind: 'credential', credentialId: 'cred_none' } as const;
    expect(await codeOf(bench.limits.set({ ...daily, subject }, 'cli'))).toBe('not_found');
    expect(thrownBy(() => bench.limits.remove('lim_none', 'cli')).code).toBe('not_found');
    expect(thrownBy(() => bench.limits.topUp('lim_none', 1, 'cli')).code).toBe('not_found');
  });

  test('that is removed is gone, and the record says who did it', async () => {
    const bench = await createLimitBench();
    const id = await bench.limits.set(daily, 'cli');
    bench.limits.remove(id, 'dashboard');
    expect([bench.limits.list([]), bench.limits.leases()]).toEqual([[], []]);
    await bench.restart();
    expect(bench.limits.list([])).toEqual([]);
    expect(bench.registry.audit.list({ limit: 1 })).toMatchObject([
      { event: 'limit-removed', actor: 'dashboard', subject: id },
    ]);
  });

  test('shows what runs, without counting it as used', async () => {
    const bench = await createLimitBench();
    await bench.limits.set(daily, 'cli');
    const { startedAt } = usageRecord();
    const running = [{ ...usageRecord(), startedAt, costMicroUsd: 700 }];
    expect(bench.limits.list(running)).toMatchObject([{ used: 0, running: 700, left: 9_300 }]);
  });
});

describe('a warning', () => {
  test('comes once for each share and window, restarts included', async () => {
    const bench = await createLimitBench();
    await bench.limits.set({ ...daily, warnAt: [50, 90] }, 'cli');
    bench.spend(4_999);
    expect(bench.warnings()).toEqual([]);
    bench.spend(1);
    bench.spend(100);
    expect(bench.only().warned).toBe(50);
    await bench.restart();
    bench.spend(100);
    expect(bench.warnings()).toEqual([50]);
    bench.spend(4_700);
    expect(bench.warnings()).toEqual([50, 90]);
    bench.clock.advance(day);
    expect(bench.only().warned).toBeNull();
    bench.spend(9_500);
    expect(bench.warnings()).toEqual([50, 90, 90]);
  });
});

test('a limit that is nearly spent when it is set warns at once', async () => {
  const bench = await createLimitBench();
  bench.spend(9_600);
  await bench.limits.set(daily, 'cli');
  expect(bench.warnings()).toEqual([95]);
  expect(bench.only().warned).toBe(95);
});

describe('a top-up', () => {
  test('counts for the present window only, and warns anew', async () => {
    const bench = await createLimitBench();
    const id = await bench.limits.set(daily, 'cli');
    bench.spend(9_000);
    bench.limits.topUp(id, 5_000, 'tray');
    bench.limits.topUp(id, 5_000, 'tray');
    expect(bench.only()).toMatchObject({ allowed: 20_000, left: 11_000, topUpMicroUsd: 10_000, warned: null });
    expect(bench.limits.leases()).toMatchObject([{ window: { topUpMicroUsd: 10_000 } }]);
    await bench.restart();
    expect(bench.only()).toMatchObject({ allowed: 20_000, left: 11_000 });
    bench.spend(7_000);
    expect(bench.warnings()).toEqual([80, 80]);
    bench.clock.advance(day);
    expect(bench.only()).toMatchObject({ allowed: 10_000, left: 10_000, topUpMicroUsd: 0 });
  });

  test('is refused for what has no window', async () => {
    const bench = await createLimitBench();
    const rule = { kind: 'budget', amountMicroUsd: 10_000, period: 'request' } as const;
    const id = await bench.limits.set({ ...daily, rule }, 'cli');
    expect(thrownBy(() => bench.limits.topUp(id, 1, 'cli')).code).toBe('invalid_request');
  });
});
