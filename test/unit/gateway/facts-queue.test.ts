import { expect, it } from 'vitest';
import { FactsQueue } from '#main/gateway/facts-queue.ts';
import type { Facts } from '#shared/contract/facts.ts';

const opened: Facts['opened'][number] = {
  ...{ requestId: 'r', startedAt: '2026-01-01T00:00:00.000Z', tool: 't', provider: 'p', model: 'm', grantId: 'g' },
  ...{ credentialId: 'c', tokenId: 'k', endpoint: 'POST /x', stream: false, outputTokens: 0, costMicroUsd: null },
};

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('reports one batch per turn, and lets a counted call go on only when it has been reported', async () => {
  const log: string[] = [];
  const queue = new FactsQueue((facts, sent) => {
    log.push(`report ${facts.opened.length}/${facts.progress.length}`);
    sent();
    return true;
  });
  queue.open(opened, () => log.push('first goes'));
  queue.open(opened, () => log.push('second goes'));
  queue.progress({ requestId: 'r', inputTokens: 0, outputTokens: 0, costMicroUsd: 0 });
  expect(log).toEqual([]);
  await turn();
  expect(log).toEqual(['report 2/1', 'first goes', 'second goes']);
});

it('lets a call that nothing counts go on before the report, but not before the stages behind have had their turn', async () => {
  const log: string[] = [];
  const queue = new FactsQueue((_facts, sent) => {
    log.push('report');
    sent();
    return true;
  });
  queue.open({ ...opened, isCounted: false }, () => log.push('goes'));
  log.push('later stages');
  await turn();
  expect(log).toEqual(['later stages', 'goes', 'report']);
});

it('holds every call back while control does not read, and lets them go once it does', async () => {
  const log: string[] = [];
  const sent: (() => void)[] = [];
  const queue = new FactsQueue((_facts, done) => {
    sent.push(done);
    return false;
  });
  queue.open({ ...opened, isCounted: false }, () => log.push('first goes'));
  await turn();
  queue.open({ ...opened, isCounted: false }, () => log.push('second goes'));
  await turn();
  expect(log).toEqual(['first goes']);
  for (const done of sent) done();
  expect(log).toEqual(['first goes', 'second goes']);
});

it('has nothing left to report once it was flushed', async () => {
  const reports: Facts[] = [];
  const queue = new FactsQueue((facts) => reports.push(facts) > 0);
  queue.open(opened, () => undefined);
  queue.flush();
  await turn();
  expect(reports).toHaveLength(1);
});
