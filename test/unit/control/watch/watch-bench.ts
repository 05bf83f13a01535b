import { onTestFinished } from 'vitest';
import { createApprovalDesk } from '#main/control/approval/approval-desk.ts';
import { Watch } from '#main/control/watch/watch.ts';
import type { ToolHistory } from '#main/store/ledger/ledger.ts';
import type { Grant } from '#shared/model/access.ts';
import type { Alert } from '#shared/model/alert.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { usageGroup } from '#test/fixtures/usage-group.ts';
import { type ControlBench, countingRandom, createControlBench, demandOf, processOf } from '../control-bench.ts';

/** A watch on a real registry, with a ledger of the test's making. */
export interface WatchBench extends ControlBench {
  readonly watch: Watch;
  readonly log: readonly string[];
  /** A grant that lives, for a tool. */
  grantFor(tool: string, changes?: { readonly uses?: number }): Grant;
  /** Rows of calls at the bench's present, worked on at once. */
  settle(...changes: readonly Partial<UsageRecord>[]): void;
  alerts(): readonly Alert[];
  /** The same, read by a new program. */
  rewatch(): Promise<Watch>;
}

/** Makes one with nothing in it. */
export async function createWatchBench(history: readonly ToolHistory[] = []): Promise<WatchBench> {
  const bench = createControlBench();
  const log: string[] = [];
  async function make(): Promise<Watch> {
    const made = new Watch({
      ...{ registry: bench.registry, grants: bench.grants, clock: bench.clock, random: countingRandom() },
      ledger: { toolHistory: async () => history },
      log: (event) => void log.push(event),
      onChange: () => undefined,
    });
    await made.load();
    return made;
  }
  const watch = await make();
  const desk = createApprovalDesk({
    ...bench,
    ...{ random: countingRandom(), onChange: () => undefined, asksAnew: (tool) => watch.asksAnew(tool) },
  });
  onTestFinished(() => watch.flush());
  return Object.assign(bench, {
    desk,
    watch,
    log,
    grantFor(tool: string, { uses = undefined }: { readonly uses?: number | undefined } = {}) {
      const asked = desk.ask({
        demand: demandOf({ tool, uses: uses ?? null }),
        ...{ channel: 'control-socket' as const, process: processOf(), userCode: null },
      });
      return desk.approve(asked.id, {}, 'cli');
    },
    settle(...rows: readonly Partial<UsageRecord>[]) {
      const startedAt = new Date(bench.clock.now()).toISOString();
      for (const changes of rows) watch.settled(usageGroup({ startedAt, ...changes }));
      watch.flush();
    },
    alerts: () => watch.alerts({ unreadOnly: false, limit: 100 }),
    rewatch: make,
  });
}

const hourMs = 3_600_000;

/** Twelve days of eight hours of forty calls each, around the hour of the day it is at `now` (milliseconds since the epoch). */
export function steadyPast(tool: string, now: number): ToolHistory {
  const today = Math.floor(now / hourMs) * hourMs;
  const hours = Array.from({ length: 96 }, (_, index) => ({
    at: today + ((Math.floor(index / 8) - 12) * 24 + (index % 8) - 4) * hourMs,
    ...{ calls: 40, costMicroUsd: 40_000 },
  }));
  return { tool, hours, models: [{ provider: 'anthropic', model: 'claude-sonnet-4-5' }] };
}
