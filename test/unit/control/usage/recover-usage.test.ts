import { randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createJointSave } from '#main/control/core/joint-save.ts';
import { ceilingPrice } from '#main/control/usage/interrupted-record.ts';
import { recoverUsage } from '#main/control/usage/recover-usage.ts';
import { type GatewayRun, runState } from '#main/control/usage/usage-intake.ts';
import { FactsOutbox } from '#main/gateway/facts-outbox.ts';
import { openSpill } from '#main/gateway/facts-spill.ts';
import type { Ledger } from '#main/store/ledger/ledger.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import type { Facts, OpenedRequest } from '#shared/contract/facts.ts';
import { spillName } from '#shared/contract/facts-spill.ts';
import { readUsage } from '#shared/contract/read-facts.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

const key = 'cd'.repeat(32);

function request(requestId: string, reservedMicroUsd = 500): OpenedRequest {
  const { startedAt, tool, provider, model, grantId, credentialId, tokenId, endpoint, stream } = usageRecord();
  return {
    ...{ requestId, startedAt, tool, provider, model, grantId, credentialId, tokenId, endpoint, stream },
    ...{ outputTokens: 0, costMicroUsd: null, reservedMicroUsd },
  };
}

/** A registry on a disk, and a ledger that keeps first rows as the true one does. */
function bench() {
  const folder = temporaryFolder();
  const registry = openRegistry({ path: join(folder, 'registry.db'), key: 'ab'.repeat(32) });
  const rows = new Map<string, UsageRecord>();
  const charges: [string, number][] = [];
  const clock = createFakeClock();
  const disk = { full: false };
  const log: string[] = [];
  function keep(records: readonly UsageRecord[]): void {
    for (const record of records) if (!rows.has(record.requestId)) rows.set(record.requestId, record);
  }
  const ledger: Pick<Ledger, 'appendText' | 'flush' | 'costs'> = {
    appendText: ({ json }) => keep(readUsage(json).flatMap((group) => group.records())),
    flush: () => (disk.full ? Promise.reject(new Error('full')) : Promise.resolve()),
    costs: async (ids) => new Map(ids.flatMap((id) => (rows.has(id) ? [[id, rows.get(id)?.costMicroUsd ?? 0]] : []))),
  };
  let uses = 0;
  return {
    ...{ folder, registry, rows, charges, disk, log },
    uses: () => uses,
    /** What control's own crash leaves of the last run. */
    crashed(run: GatewayRun, open: readonly OpenedRequest[]) {
      registry.state.write(runState, run);
      registry.openRequests.put(open);
    },
    /** What an orphaned gateway writes down. */
    spill(runId: string, ...frames: readonly Partial<Facts>[]): void {
      const path = join(folder, spillName(runId));
      const outbox = new FactsOutbox({ send: () => true, randomBytes, onSpillFailed: () => expect.unreachable() });
      outbox.keepAt({ path, runId, key });
      for (const [index, facts] of frames.entries()) {
        if (index === 1) outbox.orphaned();
        outbox.report({ opened: [], progress: [], settled: [], ...facts }, () => undefined);
      }
      outbox.orphaned();
      outbox.close();
    },
    recover: (isAlive: (pid: number) => boolean = () => false) =>
      recoverUsage({
        sink: {
          ...{ ledger, registry, books: createJointSave(registry, () => undefined) },
          grants: {
            requestOpened: () => {
              uses += 1;
            },
            requestSettled: (id, cost) => void charges.push([id, cost]),
          },
        },
        ...{ spillPlace: { folder, key, formerKeys: [] }, clock, log: (event) => void log.push(event), isAlive },
      }),
    files: () => readdirSync(folder).filter((name) => name.includes('.spill')),
  };
}

const settled = (requestId: string, costMicroUsd: number): Partial<Facts> => ({
  settled: [usageRecord({ requestId, costMicroUsd })],
});

test('what the orphan left is written and charged, each once, and its file goes', async () => {
  const { crashed, spill, recover, rows, charges, files, registry, uses } = bench();
  crashed({ runId: 'run1', pid: 1, sequence: 1 }, [request('r2')]);
  spill('run1', settled('r1', 40), settled('r2', 50), { opened: [request('r3')] }, settled('r3', 60));
  await recover();
  expect([...rows.keys()]).toEqual(['r1', 'r2', 'r3']);
  expect(charges.map(([, cost]) => cost)).toEqual([50, 60]);
  expect(uses()).toBe(1);
  expect(files()).toEqual([]);
  expect(registry.openRequests.list()).toEqual([]);
});

test('lines without a row that were charged before are as good as none', async () => {
  const { crashed, spill, recover, rows, charges, files } = bench();
  const told = { progress: [{ requestId: 'r1', inputTokens: 1, outputTokens: 1, costMicroUsd: 1 }] };
  crashed({ runId: 'run1', pid: 1, sequence: 2 }, [request('r1')]);
  spill('run1', { opened: [request('r1')] }, told, settled('r1', 40));
  await recover();
  expect([...rows.keys()]).toEqual(['r1']);
  expect(charges.map(([, cost]) => cost)).toEqual([40]);
  expect(files()).toEqual([]);
});

test('a request that nothing tells the end of costs all that was set aside', async () => {
  const { crashed, recover, rows, charges } = bench();
  crashed({ runId: 'run1', pid: 1, sequence: 9 }, [request('r1', 700)]);
  await recover();
  expect(rows.get('r1')).toMatchObject({
    ...{ outcome: 'upstream_error', errorCode: 'gateway_exited' },
    ...{ costMicroUsd: 700, priceVersion: ceilingPrice },
  });
  expect(charges).toEqual([['grant_1', 700]]);
  await recover();
  expect(charges).toHaveLength(1);
});

test('one whose row was written and not yet charged is charged what the row says', async () => {
  const { crashed, recover, rows, charges } = bench();
  rows.set('r1', usageRecord({ requestId: 'r1', costMicroUsd: 44 }));
  crashed({ runId: 'run1', pid: 1, sequence: 9 }, [request('r1', 700)]);
  await recover();
  expect(rows.size).toBe(1);
  expect(charges).toEqual([['grant_1', 44]]);
});

test('a file that was cut off counts up to the cut, and what it lacks is settled at the ceiling', async () => {
  const { crashed, spill, recover, rows, folder } = bench();
  crashed({ runId: 'run1', pid: 1, sequence: 0 }, [request('r1'), request('r2', 900)]);
  spill('run1', settled('r1', 40), settled('r2', 50));
  const path = join(folder, spillName('run1'));
  truncateSync(path, readFileSync(path).length - 60);
  await recover();
  expect(rows.get('r1')).toMatchObject({ costMicroUsd: 40 });
  expect(rows.get('r2')).toMatchObject({ costMicroUsd: 900, errorCode: 'gateway_exited' });
});

test('while the orphan lives its file is waited for', async () => {
  const { crashed, spill, recover, rows } = bench();
  crashed({ runId: 'run1', pid: 77, sequence: 0 }, [request('r1')]);
  let looks = 0;
  await recover((pid) => {
    expect(pid).toBe(77);
    looks += 1;
    if (looks === 2) spill('run1', settled('r1', 40));
    return true;
  });
  expect(looks).toBe(2);
  expect(rows.get('r1')).toMatchObject({ costMicroUsd: 40, outcome: 'ok' });
});

test('what a full disk refuses is recovered again at the next start, and charged once', async () => {
  const { crashed, spill, recover, charges, disk, files } = bench();
  crashed({ runId: 'run1', pid: 1, sequence: 0 }, [request('r1')]);
  spill('run1', settled('r1', 40));
  disk.full = true;
  await recover();
  expect(files()).toHaveLength(1);
  disk.full = false;
  await recover();
  expect(files()).toEqual([]);
  expect(charges.map(([, cost]) => cost)).toEqual([40]);
});

test('a file that nobody can read is put aside, and no start fails over it', async () => {
  const { crashed, spill, recover, folder, files } = bench();
  crashed({ runId: 'run1', pid: 1, sequence: 0 }, []);
  spill('run2', settled('r1', 40));
  const path = join(folder, spillName('run3'));
  appendFileSync(path, Buffer.alloc(400, 7));
  await recover();
  expect(files()).toEqual(['facts-run3.spill.damaged']);
  expect(existsSync(path)).toBe(false);
});

test('no part of a file can be read under another run’s name', async () => {
  const { crashed, spill, recover, rows, folder } = bench();
  crashed({ runId: 'run2', pid: 1, sequence: 0 }, []);
  spill('run1', settled('r1', 40));
  appendFileSync(join(folder, spillName('run2')), readFileSync(join(folder, spillName('run1'))));
  await recover();
  expect(rows.size).toBe(1);
});

test('lines of a format that no build writes any more are told of, and their file is put aside', async () => {
  const { crashed, recover, rows, folder, files, log } = bench();
  crashed({ runId: 'run1', pid: 1, sequence: 0 }, [request('r1', 700)]);
  const spill = openSpill({ path: join(folder, spillName('run1')), runId: 'run1', key }, randomBytes);
  spill.append(Buffer.from('[1,[],[],[["r1","2026-11-22T09:00:00.000Z"]]]\n'));
  spill.append(Buffer.alloc(0));
  spill.close();
  await recover();
  expect(rows.get('r1')).toMatchObject({ costMicroUsd: 700, errorCode: 'gateway_exited' });
  expect(files()).toEqual(['facts-run1.spill.damaged']);
  expect(log).toContain('spill-lines-refused');
});
