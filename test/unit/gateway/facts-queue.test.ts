import { expect, it, vi } from 'vitest';
import { FactsQueue, type Opening, untoldForMs } from '#main/gateway/facts-queue.ts';
import type { Facts } from '#shared/contract/facts.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

const opened: Facts['opened'][number] = {
  ...{ requestId: 'r', startedAt: '2026-01-01T00:00:00.000Z', tool: 't', provider: 'p', model: 'm', grantId: 'g' },
  ...{ credentialId: 'c', tokenId: 'k', endpoint: 'POST /x', stream: false, outputTokens: 0, costMicroUsd: null },
};

function opening(requestId: string, { isCounted = true, proceed = () => undefined }: Partial<Opening> = {}): Opening {
  return { isCounted, describe: () => ({ ...opened, requestId }), proceed, seat: null };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('reports one batch per turn, and lets a counted call go on only when it has been reported', async () => {
  const log: string[] = [];
  const queue = new FactsQueue((facts, sent) => {
    log.push(`report ${facts.opened.length}/${facts.progress.length}`);
    sent();
    return true;
  });
  queue.open(opening('r', { proceed: () => log.push('first goes') }));
  queue.open(opening('s', { proceed: () => log.push('second goes') }));
  queue.progress({ requestId: 'r', inputTokens: 0, outputTokens: 0, costMicroUsd: 0 });
  expect(log).toEqual([]);
  await turn();
  expect(log).toEqual(['report 2/1', 'first goes', 'second goes']);
});

it('lets a call that nothing counts go on unreported, but not before the stages behind have had their turn', async () => {
  const log: string[] = [];
  const queue = new FactsQueue((_facts, sent) => {
    log.push('report');
    sent();
    return true;
  });
  queue.open(opening('r', { isCounted: false, proceed: () => log.push('goes') }));
  log.push('later stages');
  await turn();
  expect(log).toEqual(['later stages', 'goes']);
});

it('tells of such a call only what it came to, or that it runs when it takes longer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const reports: Facts[] = [];
  const queue = new FactsQueue((facts) => reports.push(facts) > 0);
  const short = opening('short', { isCounted: false });
  queue.open(short);
  queue.open(opening('long', { isCounted: false }));
  queue.settle(usageRecord({ requestId: 'short' }), short);
  await turn();
  vi.advanceTimersByTime(untoldForMs);
  vi.useRealTimers();
  expect(reports.map(({ opened, settled }) => [...opened, ...settled].map(({ requestId }) => requestId))).toEqual([
    ['short'],
    ['long'],
  ]);
  expect(reports[1]?.opened).toHaveLength(1);
});

it('tells anew of a call that goes out again to another upstream', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const reports: Facts[] = [];
  const queue = new FactsQueue((facts) => reports.push(facts) > 0);
  let provider = 'first';
  const call = { ...opening('r', { isCounted: false }), describe: () => ({ ...opened, provider }) };
  queue.open(call);
  vi.advanceTimersByTime(untoldForMs);
  provider = 'second';
  queue.open(call);
  queue.open(call);
  vi.advanceTimersByTime(untoldForMs);
  vi.useRealTimers();
  expect(reports.map((facts) => facts.opened.map((request) => request.provider))).toEqual([['first'], ['second']]);
});

it('holds every call back while control does not read, and lets them go once it does', async () => {
  const log: string[] = [];
  const sent: (() => void)[] = [];
  const queue = new FactsQueue((_facts, done) => {
    sent.push(done);
    return false;
  });
  queue.settle(usageRecord(), null);
  await turn();
  queue.open(opening('r', { isCounted: false, proceed: () => log.push('goes') }));
  await turn();
  expect(log).toEqual([]);
  for (const done of sent) done();
  expect(log).toEqual(['goes']);
});

it('has nothing left to report once it was flushed', async () => {
  const reports: Facts[] = [];
  const queue = new FactsQueue((facts) => reports.push(facts) > 0);
  queue.open(opening('r'));
  queue.flush();
  await turn();
  expect(reports).toHaveLength(1);
});

it('tells of a call that nothing counts once when its answer streams, and of its end within moments', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const reports: Facts[] = [];
  const queue = new FactsQueue((facts) => reports.push(facts) > 0);
  const call = opening('streamed', { isCounted: false });
  queue.open(call);
  await turn();
  expect(reports).toEqual([]);
  queue.streams(call);
  queue.streams(call);
  await turn();
  queue.settle(usageRecord({ requestId: 'streamed', stream: true }), call);
  await turn();
  expect(reports).toHaveLength(1);
  vi.advanceTimersByTime(untoldForMs - 1);
  vi.useRealTimers();
  expect(reports.map(({ opened, settled }) => [opened.length, settled.length])).toEqual([
    [1, 0],
    [0, 1],
  ]);
});

it('lets what was held back go out with a report, and says nothing of it again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const reports: Facts[] = [];
  const queue = new FactsQueue((facts) => reports.push(facts) > 0);
  const [ended, next] = [opening('ended', { isCounted: false }), opening('next', { isCounted: false })];
  const held = [ended];
  queue.onReport = () => {
    for (const call of held.splice(0)) {
      queue.settle(usageRecord({ requestId: 'ended', stream: true }), call);
    }
  };
  queue.open(next);
  await turn();
  queue.streams(next);
  await turn();
  await turn();
  vi.advanceTimersByTime(1_000);
  vi.useRealTimers();
  expect(reports.map((facts) => [facts.opened.length, facts.settled.length])).toEqual([[1, 1]]);
});

it('tells of the end of a stream soon, though word of progress would have waited for longer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const reports: Facts[] = [];
  const queue = new FactsQueue((facts) => reports.push(facts) > 0);
  const call = opening('streamed');
  queue.open(call);
  await turn();
  queue.progress({ requestId: 'other', inputTokens: 1, outputTokens: 1, costMicroUsd: 1 });
  queue.settle(usageRecord({ requestId: 'streamed', stream: true }), call);
  vi.advanceTimersByTime(6);
  vi.useRealTimers();
  expect(reports.slice(1).map((facts) => [facts.progress.length, facts.settled.length])).toEqual([[1, 1]]);
});

it('tells how far a stream has come together with what comes next, or after a while', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const reports: Facts[] = [];
  const queue = new FactsQueue((facts) => reports.push(facts) > 0);
  const progress = (requestId: string) => ({ requestId, inputTokens: 1, outputTokens: 1, costMicroUsd: 1 });
  queue.progress(progress('first'));
  await turn();
  expect(reports).toEqual([]);
  queue.tell({ ...opened, requestId: 'other' });
  await turn();
  queue.progress(progress('second'));
  vi.advanceTimersByTime(1_000);
  vi.useRealTimers();
  expect(reports.map((facts) => facts.progress.map(({ requestId }) => requestId))).toEqual([['first'], ['second']]);
});

it('reports soon what is settled only then', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const reports: Facts[] = [];
  const queue = new FactsQueue((facts) => reports.push(facts) > 0);
  queue.onReport = () => queue.settle(usageRecord({ requestId: 'ended', stream: true }), null);
  queue.soon();
  expect(reports).toEqual([]);
  vi.advanceTimersByTime(1_000);
  vi.useRealTimers();
  expect(reports.map(({ settled }) => settled.length)).toEqual([1]);
});
