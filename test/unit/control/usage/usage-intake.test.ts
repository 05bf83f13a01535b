import { expect, test } from 'vitest';
import { createUsageIntake, type UsageIntake } from '#main/control/usage/usage-intake.ts';
import type { RunningRequest, UsageRecord } from '#shared/model/usage.ts';
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
  const connect = () =>
    intake.connect({
      ledger: { append: (records) => void rows.push(...records) },
      grants: {
        requestOpened: (id) => void uses.push(id),
        requestSettled: (id, cost) => void costs.push([id, cost]),
        save: () => undefined,
      },
    });
  return { clock, intake, rows, uses, costs, connect };
}

function take(intake: UsageIntake, facts: Partial<Parameters<UsageIntake['take']>[0]>): void {
  intake.take({ opened: [], progress: [], settled: [], ...facts });
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
