import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { usageText } from '#shared/contract/facts.ts';
import type { FactsFrame } from '#shared/contract/read-facts.ts';
import type { Clock } from '#shared/model/clock.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { groupUsage } from '#shared/model/usage-group.ts';
import type { Log } from '../control-options.ts';
import type { SpillPlace } from './facts-desk.ts';
import { interruptedRecord } from './interrupted-record.ts';
import { readSpills, removeSpill, type Spill } from './spill-files.ts';
import { createUsageIntake, type GatewayRun, runState, type UsageSink } from './usage-intake.ts';

/** What recovery works on. */
export interface RecoveryOptions {
  /** Limits are summed from the ledger after this, and the watch reads its past there, so they are not told. */
  readonly sink: Omit<UsageSink, 'limits' | 'watch'>;
  readonly spillPlace: SpillPlace;
  readonly clock: Clock;
  readonly log: Log;
  /** True while a process of that id runs. */
  readonly isAlive: (pid: number) => boolean;
}

const runSchema = lazily(() =>
  z.object({ runId: z.string(), pid: z.number().int().nullable(), sequence: z.number().int() }),
);

/** Name of the state that holds the runs that are settled for good; a file that one of them leaves later charges nothing. */
const closedState = 'facts-closed-runs';
const closedSchema = lazily(() => z.array(z.string()));
const closedKept = 16;

/** How long a gateway that control's death has orphaned may take to leave its facts, and between two looks, in milliseconds. */
const orphanWaitMs = 2_000;
const orphanLookMs = 20;

/**
 * Settles what a crash left: takes in what an orphaned gateway wrote down, then gives each request that nothing told the end of
 * the row it never sent. Whatever happens on the way, each is charged once: a charge, the line it came with and the request's
 * being open no more are one transaction. Resolves when grants hold all of it; what the disk refuses is kept for the next start.
 */
export async function recoverUsage(options: RecoveryOptions): Promise<void> {
  const { sink, spillPlace, clock, log } = options;
  const { registry, ledger } = sink;
  const lastRun = read(runSchema, registry.state.read(runState));
  const closed = read(closedSchema, registry.state.read(closedState)) ?? [];
  const spills = await settledSpills(options, lastRun);
  const held = registry.openRequests.list();
  if (lastRun === null && spills.length === 0 && held.length === 0) return;

  const intake = createUsageIntake({ clock, held });
  const untold = { settled: () => undefined };
  intake.connect({ ...sink, limits: untold, watch: untold });
  for (const spill of spills) {
    if (lastRun?.runId === spill.runId) intake.runResumed(lastRun);
    else intake.runStarted(spill.runId, null);
    const charged = closed.includes(spill.runId) ? Number.POSITIVE_INFINITY : chargedUpTo(lastRun, spill);
    for (const frame of spill.frames) {
      if (frame.sequence > charged) intake.take(frame);
      else ledger.appendText(frame.text);
    }
  }
  const known = await ledger
    .costs(intake.running().map(({ requestId }) => requestId))
    .catch(() => new Map<string, number>());
  intake.take(endOf(intake.running(), known, clock.now()));
  const interrupted = intake.gatewayLost();

  const runs = [...closed, ...spills.map(({ runId }) => runId), ...(lastRun === null ? [] : [lastRun.runId])];
  closeOnce(sink, [...new Set(runs)].slice(-closedKept));
  const isKept = (await intake.keep()) !== null;
  if (isKept) for (const spill of spills) removeSpill(spillPlace, spill);
  const refused = spills.reduce((sum, { refusedLines }) => sum + refusedLines, 0);
  if (refused > 0) log('spill-lines-refused', { lines: refused, isKept });
  log('usage-recovered', { interrupted, spills: spills.length, rows: countRows(spills), isKept });
}

/** Waits for an orphan of the last run to end its file; one that takes too long is taken for dead. */
async function settledSpills(options: RecoveryOptions, lastRun: GatewayRun | null): Promise<readonly Spill[]> {
  const deadline = options.clock.monotonic() + orphanWaitMs;
  for (;;) {
    const spills = tryToRead(options);
    const isDone = lastRun === null || spills.some(({ runId, isWhole }) => runId === lastRun.runId && isWhole);
    const isOrphanAlive = !isDone && lastRun.pid !== null && options.isAlive(lastRun.pid);
    if (!isOrphanAlive || options.clock.monotonic() >= deadline) return isOrphanAlive ? spills : tryToRead(options);
    await delay(orphanLookMs);
  }
}

function tryToRead({ spillPlace, log }: RecoveryOptions): readonly Spill[] {
  try {
    return readSpills(spillPlace);
  } catch (error) {
    log('spill-not-read', { reason: toErrorDocument(error).message });
    return [];
  }
}

function chargedUpTo(lastRun: GatewayRun | null, spill: Spill): number {
  return lastRun?.runId === spill.runId ? lastRun.sequence : 0;
}

/** Requests whose row was written but not charged yet are charged what it says; the ledger keeps the first row. */
function endOf(
  running: ReturnType<ReturnType<typeof createUsageIntake>['running']>,
  known: ReadonlyMap<string, number>,
  now: number,
): FactsFrame {
  const records = running.flatMap((request): UsageRecord[] => {
    const costMicroUsd = known.get(request.requestId);
    return costMicroUsd === undefined
      ? []
      : [{ ...interruptedRecord({ request, inputTokens: 0, outputTokens: 0, costMicroUsd }, now), costMicroUsd }];
  });
  const settled = groupUsage(records);
  return { sequence: 0, opened: [], progress: [], settled, text: usageText(settled) };
}

function closeOnce({ books, registry }: RecoveryOptions['sink'], runs: readonly string[]): void {
  let isWritten = false;
  books.add(() => {
    if (isWritten) return null;
    registry.state.write(closedState, runs);
    return () => {
      isWritten = true;
    };
  });
}

function countRows(spills: readonly Spill[]): number {
  return spills.reduce((sum, { frames }) => sum + frames.reduce((rows, { text }) => rows + text.records, 0), 0);
}

function read<T>(schema: z.ZodType<T>, value: unknown): T | null {
  const parsed = schema.safeParse(value);
  return parsed.success ? parsed.data : null;
}
