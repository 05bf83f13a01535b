import { expect, test } from 'vitest';
import { createJointSave } from '#main/control/core/joint-save.ts';
import { ceilingPrice } from '#main/control/usage/interrupted-record.ts';
import { refusalsPerMinute } from '#main/control/usage/refusal-allowance.ts';
import { createUsageIntake, runState, type UsageIntake } from '#main/control/usage/usage-intake.ts';
import { type Facts, type OpenedRequest, usageText } from '#shared/contract/facts.ts';
import { readUsage } from '#shared/contract/read-facts.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { RunningRequest, UsageRecord } from '#shared/model/usage.ts';
import { groupUsage } from '#shared/model/usage-group.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

function running(requestId: string, changes: Partial<RunningRequest> = {}): RunningRequest {
  const { startedAt, tool, provider, model, grantId, credentialId, tokenId, endpoint, stream } = usageRecord();
  return {
    requestId,
    startedAt,
    tool,
    provider,
    model,
    grantId,
    credentialId,
    tokenId,
    endpoint,
    stream,
    outputTokens: 0,
    costMicroUsd: null,
    ...changes,
  };
}

function bench() {
  const clock = createFakeClock();
  const intake = createUsageIntake({ clock });
  const rows: UsageRecord[] = [];
  const uses: string[] = [];
  const costs: [string, number][] = [];
  const openOnDisk = new Map<string, OpenedRequest>();
  const state = new Map<string, unknown>();
  const disk = { ledgerFull: false, registryFull: false };
  const registry = {
    openRequests: {
      list: () => [...openOnDisk.values()],
      put(requests: readonly OpenedRequest[]) {
        for (const request of requests) openOnDisk.set(request.requestId, request);
      },
      remove(requestIds: readonly string[]) {
        for (const requestId of requestIds) openOnDisk.delete(requestId);
      },
    },
    state: {
      read: (name: string) => state.get(name),
      write: (name: string, value: unknown) => void state.set(name, value),
      remove: (name: string) => void state.delete(name),
    },
    transaction<T>(work: () => T): T {
      if (disk.registryFull) throw new TollkeeperError('storage_unavailable');
      return work();
    },
  };
  const connect = () =>
    intake.connect({
      ledger: {
        appendText: ({ json }) => void rows.push(...readUsage(json).flatMap((group) => group.records())),
        flush: () => (disk.ledgerFull ? Promise.reject(new TollkeeperError('ledger_unavailable')) : Promise.resolve()),
        costs: async () => new Map(),
      },
      grants: {
        requestOpened: (id, requests = 1) => void uses.push(...Array.from({ length: requests }, () => id)),
        requestSettled: (id, cost) => void costs.push([id, cost]),
      },
      limits: { settled: () => undefined },
      watch: { settled: () => undefined },
      registry,
      books: createJointSave(registry, () => undefined),
    });
  return { clock, intake, rows, uses, costs, connect, openOnDisk, state, disk };
}

let sequence = 0;

function take(intake: UsageIntake, facts: Partial<Facts>): void {
  sequence += 1;
  const settled = groupUsage(facts.settled ?? []);
  intake.take({ opened: [], progress: [], ...facts, sequence, settled, text: usageText(settled) });
}

test('a request runs from opened to settled, costs one use and what it cost', () => {
  const { intake, rows, uses, costs, connect } = bench();
  connect();
  take(intake, { opened: [running('r1')] });
  take(intake, { progress: [{ requestId: 'r1', inputTokens: 9, outputTokens: 12, costMicroUsd: 30 }] });
  expect(intake.running()).toMatchObject([{ requestId: 'r1', outputTokens: 12, costMicroUsd: 30 }]);
  expect(intake.running()[0]).not.toHaveProperty('inputTokens');
  take(intake, { settled: [usageRecord({ requestId: 'r1', costMicroUsd: 44 })] });
  expect(intake.running()).toEqual([]);
  expect([uses, costs]).toEqual([['grant_1'], [['grant_1', 44]]]);
  expect(rows).toHaveLength(1);
});

test('a refused request is written down and costs nothing', () => {
  const { intake, rows, uses, costs, connect } = bench();
  connect();
  take(intake, { settled: [usageRecord({ requestId: 'r1', outcome: 'denied', status: 403, costMicroUsd: null })] });
  expect([uses, costs]).toEqual([[], []]);
  expect(rows).toMatchObject([{ outcome: 'denied' }]);
});

test('calls of one moment are charged together, each once, whether they were told of before or not', () => {
  const { intake, rows, uses, costs, connect } = bench();
  connect();
  take(intake, { opened: [running('r1'), running('r2'), running('r3')] });
  const of = (requestId: string, costMicroUsd: number | null) => usageRecord({ requestId, costMicroUsd });
  const refused = { outcome: 'denied', status: 402 } as const;
  take(intake, {
    settled: [
      ...[of('r1', 40), of('r2', null), of('r4', 2), { ...of('r5', 0), grantId: 'grant_2' }, of('r6', 3)],
      ...[
        { ...of('r3', 7), ...refused },
        { ...of('r7', 100), ...refused },
      ],
    ],
  });
  expect(uses).toEqual([...Array.from({ length: 5 }, () => 'grant_1'), 'grant_2']);
  expect(costs).toEqual([
    ['grant_1', 45],
    ['grant_2', 0],
    ['grant_1', 7],
  ]);
  expect(intake.running()).toEqual([]);
  expect(rows).toHaveLength(7);
});

test('of a flood of refused calls only those that are admitted are written, and all others as they came', () => {
  const { intake, rows, connect } = bench();
  connect();
  const refused = { outcome: 'denied', grantId: null, status: 401 } as const;
  const flood = Array.from({ length: refusalsPerMinute + 5 }, (_, index) =>
    usageRecord({ requestId: `f${index}`, ...refused }),
  );
  take(intake, { settled: [...flood, usageRecord({ requestId: 'r1' })] });
  expect(rows).toHaveLength(refusalsPerMinute + 1);
  expect(rows.at(-1)).toEqual(usageRecord({ requestId: 'r1' }));
  expect(intake.leftOutRefusals).toBe(5);
});

test('when the gateway dies, what was in flight gets its row with the tokens seen so far', () => {
  const { clock, intake, rows, costs, connect } = bench();
  connect();
  take(intake, {
    opened: [running('r1'), running('r2')],
    progress: [{ requestId: 'r1', inputTokens: 9, outputTokens: 12, costMicroUsd: 30 }],
    settled: [usageRecord({ requestId: 'r2' })],
  });
  clock.advance(2_000);
  expect(intake.gatewayLost()).toBe(1);
  expect(rows.at(-1)).toMatchObject({
    requestId: 'r1',
    status: 502,
    outcome: 'upstream_error',
    errorCode: 'gateway_exited',
    inputTokens: 9,
    outputTokens: 12,
    costMicroUsd: 30,
    latencyMs: 2_000,
  });
  expect(costs.at(-1)).toEqual(['grant_1', 30]);
  expect(intake.running()).toEqual([]);
  expect(intake.gatewayLost()).toBe(0);
});

test('rows that come while the ledger is closed are written when it opens', () => {
  const { intake, rows, connect } = bench();
  take(intake, { settled: [usageRecord({ requestId: 'early', outcome: 'denied' })] });
  expect(rows).toEqual([]);
  connect();
  expect(rows.map(({ requestId }) => requestId)).toEqual(['early']);
});

test('a request that dies before anything was told of it costs all that was set aside, and its row says so', () => {
  const { intake, rows, costs, connect } = bench();
  connect();
  take(intake, { opened: [{ ...running('r1'), reservedMicroUsd: 7_000 }] });
  intake.gatewayLost();
  expect(rows).toMatchObject([{ requestId: 'r1', costMicroUsd: 7_000, priceVersion: ceilingPrice }]);
  expect(costs).toEqual([['grant_1', 7_000]]);
});

test('a second attempt of a request is no second use', () => {
  const { intake, uses, connect } = bench();
  connect();
  take(intake, { opened: [running('r1')] });
  take(intake, { opened: [running('r1', { credentialId: 'cred_2' })] });
  expect(uses).toEqual(['grant_1']);
  expect(intake.running()).toMatchObject([{ credentialId: 'cred_2' }]);
});

test('what is kept holds the requests that are open, and how far the charges go', async () => {
  const { intake, connect, openOnDisk, state } = bench();
  connect();
  intake.runStarted('run_1', 7);
  take(intake, { opened: [running('r1'), running('r2')], settled: [usageRecord({ requestId: 'r2' })] });
  expect(await intake.keep()).toEqual({ runId: 'run_1', upTo: sequence });
  expect([...openOnDisk.keys()]).toEqual(['r1']);
  expect(state.get(runState)).toEqual({ runId: 'run_1', pid: 7, sequence });
  take(intake, { settled: [usageRecord({ requestId: 'r1' })] });
  await intake.keep();
  expect(openOnDisk.size).toBe(0);
  intake.close();
  expect(state.has(runState)).toBe(false);
});

test('nothing counts as kept while a row or a charge is not on the disk', async () => {
  const { intake, connect, disk } = bench();
  connect();
  intake.runStarted('run_1', 7);
  take(intake, { settled: [usageRecord({ requestId: 'r1' })] });
  disk.ledgerFull = true;
  expect(await intake.keep()).toBeNull();
  disk.ledgerFull = false;
  disk.registryFull = true;
  expect(await intake.keep()).toBeNull();
  disk.registryFull = false;
  expect(await intake.keep()).toEqual({ runId: 'run_1', upTo: sequence });
});
