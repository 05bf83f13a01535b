import type { Clock } from '#shared/model/clock.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import type { Log } from './control-options.ts';

/** Longest time between two looks at the clocks, in milliseconds. */
const heartbeatMs = 1_000;

/** A wall clock that went back by more than this, in milliseconds, was set back by somebody. */
const setBackToleranceMs = 60_000;

/** One thing that will happen at its time, once. */
export interface Deadline {
  cancel(): void;
}

/** Deadlines judged on both clocks: whichever says first that the time is up is right, so setting the wall clock back buys nothing. */
export interface Deadlines {
  /** Calls back once, when so many milliseconds have passed on the wall clock or on the monotonic one. */
  after(milliseconds: number, callback: () => void): Deadline;
  /** Looks at the clocks now; otherwise it happens by itself within a second of every deadline. */
  check(): void;
  close(): void;
}

/** What deadlines are made from. */
export interface DeadlinesOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The wall clock was set back by `byMs` milliseconds. */
  readonly onSetBack: (byMs: number) => void;
}

interface Entry {
  readonly wallEnd: number;
  readonly monotonicEnd: number;
  readonly callback: () => void;
}

/** Starts looking at the clocks. */
export function createDeadlines(options: DeadlinesOptions): Deadlines {
  const { clock } = options;
  const entries = new Set<Entry>();
  let timer: NodeJS.Timeout | null = null;
  let lastWall = clock.now();
  let lastMonotonic = clock.monotonic();
  let isClosed = false;

  function remaining(entry: Entry): number {
    return Math.min(entry.wallEnd - clock.now(), entry.monotonicEnd - clock.monotonic());
  }

  function watchWallClock(): void {
    const wall = clock.now();
    const monotonic = clock.monotonic();
    const drift = wall - lastWall - (monotonic - lastMonotonic);
    lastWall = wall;
    lastMonotonic = monotonic;
    if (drift < -setBackToleranceMs) options.onSetBack(-drift);
  }

  function arm(): void {
    if (isClosed) return;
    if (timer !== null) clearTimeout(timer);
    const next = Math.min(heartbeatMs, ...[...entries].map(remaining));
    timer = setTimeout(check, Math.max(1, next));
    timer.unref();
  }

  /** One callback that fails must not take the others with it. */
  function ring(entry: Entry): void {
    try {
      entry.callback();
    } catch (error) {
      options.log('deadline-failed', { reason: toErrorDocument(error).message });
    }
  }

  function check(): void {
    watchWallClock();
    for (const entry of [...entries]) {
      if (remaining(entry) > 0 || !entries.delete(entry)) continue;
      ring(entry);
    }
    arm();
  }

  arm();
  return {
    after(milliseconds, callback) {
      const entry = { wallEnd: clock.now() + milliseconds, monotonicEnd: clock.monotonic() + milliseconds, callback };
      entries.add(entry);
      arm();
      return { cancel: () => void entries.delete(entry) };
    },
    check,
    close() {
      isClosed = true;
      entries.clear();
      if (timer !== null) clearTimeout(timer);
    },
  };
}
