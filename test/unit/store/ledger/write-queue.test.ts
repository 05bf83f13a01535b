import { describe, expect, test, vi } from 'vitest';
import type { LedgerHealth } from '#main/store/ledger/ledger.ts';
import { createWriteQueue } from '#main/store/ledger/write-queue.ts';
import { usageText } from '#shared/contract/facts.ts';
import { readUsage } from '#shared/contract/read-facts.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { groupUsage } from '#shared/model/usage-group.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

const rows = (count: number, from = 0) =>
  usageText(
    groupUsage(Array.from({ length: count }, (_none, index) => usageRecord({ requestId: `req_${from + index}` }))),
  );

function queueOn(disk: { full: boolean }) {
  const batches: number[] = [];
  const healths: LedgerHealth[] = [];
  const queue = createWriteQueue({
    write: async (usage) => {
      if (disk.full) throw new TollkeeperError('ledger_unavailable');
      batches.push(usage.reduce((sum, { records }) => sum + records, 0));
    },
    onHealth: (health) => healths.push(health),
  });
  return { queue, batches, healths };
}

describe('the write queue', () => {
  test('collects for a tenth of a second, or until it has a batch', async () => {
    vi.useFakeTimers();
    try {
      const { queue, batches } = queueOn({ full: false });
      queue.append(rows(3));
      queue.append(rows(2));
      await vi.advanceTimersByTimeAsync(99);
      expect(batches).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      expect(batches).toEqual([5]);
      for (const count of [1_500, 500, 1_999, 2, 200]) queue.append(rows(count));
      await vi.advanceTimersByTimeAsync(0);
      expect(batches).toEqual([5, 2_000, 1_999, 202]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('tries again ever more slowly, keeps every row in order, and tells once', async () => {
    vi.useFakeTimers();
    try {
      const disk = { full: true };
      const { queue, batches, healths } = queueOn(disk);
      queue.append(rows(2_000));
      queue.append(rows(700));
      await vi.advanceTimersByTimeAsync(60_000);
      expect(queue.health).toMatchObject({ state: 'waiting', pendingRows: 2_700 });
      expect(healths).toHaveLength(1);
      queue.append(rows(1));
      disk.full = false;
      await vi.advanceTimersByTimeAsync(5_000);
      expect(batches).toEqual([2_000, 701]);
      expect(healths.map(({ state }) => state)).toEqual(['waiting', 'ready']);
    } finally {
      vi.useRealTimers();
    }
  });

  test('a flush tries at once and says when it failed', async () => {
    const disk = { full: true };
    const { queue, batches } = queueOn(disk);
    await queue.flush();
    queue.append(rows(2));
    expect(await codeOf(queue.flush())).toBe('ledger_unavailable');
    disk.full = false;
    await queue.flush();
    expect(batches).toEqual([2]);
    expect(queue.health).toEqual({ state: 'ready', pendingRows: 0, message: null });
    expect(queue.stop()).toEqual([]);
  });

  test('a stopped queue hands back what it still holds', async () => {
    const { queue } = queueOn({ full: true });
    queue.append(rows(2));
    expect(await codeOf(queue.flush())).toBe('ledger_unavailable');
    const left = queue.stop().flatMap(({ json }) => readUsage(json).flatMap((group) => group.records()));
    expect(left.map(({ requestId }) => requestId)).toEqual(['req_0', 'req_1']);
  });
});
