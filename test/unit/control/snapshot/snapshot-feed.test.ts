import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { emptySnapshot } from '#main/control/snapshot/compose-snapshot.ts';
import { createSnapshotFeed } from '#main/control/snapshot/snapshot-feed.ts';
import type { Snapshot } from '#shared/contract/port.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function bench(isRunning = true) {
  const sent: Snapshot[] = [];
  const feed = createSnapshotFeed({
    contents: () => emptySnapshot,
    issuer: () => 'http://127.0.0.1:1',
    send: (snapshot) => sent.push(snapshot),
    isRunning: () => isRunning,
  });
  return { feed, sent };
}

test('what changes in one turn goes down once, with a new version each time', async () => {
  const { feed, sent } = bench();
  feed.push();
  feed.push();
  await vi.advanceTimersByTimeAsync(0);
  feed.push();
  await vi.advanceTimersByTimeAsync(0);
  expect(sent.map(({ version }) => version)).toEqual([1, 2]);
  expect(sent[0]).toMatchObject({ issuer: 'http://127.0.0.1:1', audience: 'http://127.0.0.1:1' });
});

test('who waits for the gateway goes on when it has applied that version or a later one', async () => {
  const { feed, sent } = bench();
  let isKnown = false;
  feed.push();
  const waiting = feed.gatewayKnows().then(() => {
    isKnown = true;
  });
  expect(sent, 'sent at once for whoever waits').toHaveLength(1);
  feed.applied(0);
  await vi.advanceTimersByTimeAsync(100);
  expect(isKnown).toBe(false);
  feed.applied(2);
  await waiting;
  await feed.gatewayKnows();
});

test('a gateway that does not answer is waited for three seconds, one that does not run not at all', async () => {
  const { feed } = bench();
  feed.push();
  let isOver = false;
  const waiting = feed.gatewayKnows().then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(2_999);
  expect(isOver).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await waiting;
  const stopped = bench(false);
  stopped.feed.push();
  await stopped.feed.gatewayKnows();
  expect(stopped.sent).toEqual([]);
});
