import { expect, it } from 'vitest';
import { FactsQueue } from '#main/gateway/facts-queue.ts';
import type { Facts } from '#shared/contract/port.ts';

const opened: Facts['opened'][number] = {
  ...{ requestId: 'r', startedAt: '2026-01-01T00:00:00.000Z', tool: 't', provider: 'p', model: 'm', grantId: 'g' },
  ...{ credentialId: 'c', tokenId: 'k', endpoint: 'POST /x', stream: false, outputTokens: 0, costMicroUsd: null },
};

it('reports one batch per turn, and lets a request go on only when it has been reported', async () => {
  const log: string[] = [];
  const queue = new FactsQueue((facts) => log.push(`report ${facts.opened.length}/${facts.progress.length}`));
  queue.open(opened, () => log.push('first goes'));
  queue.open(opened, () => log.push('second goes'));
  queue.progress({ requestId: 'r', inputTokens: 0, outputTokens: 0, costMicroUsd: 0 });
  expect(log).toEqual([]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(log).toEqual(['report 2/1', 'first goes', 'second goes']);
});

it('has nothing left to report once it was flushed', async () => {
  const reports: Facts[] = [];
  const queue = new FactsQueue((facts) => reports.push(facts));
  queue.open(opened, () => undefined);
  queue.flush();
  await new Promise((resolve) => setImmediate(resolve));
  expect(reports).toHaveLength(1);
});
