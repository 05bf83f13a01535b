import type { Clock } from '#shared/model/clock.ts';

/** Counts what happened within the last minute. */
export interface RateWindow {
  /** True, and counted, unless as many happened in the last minute already. */
  take(): boolean;
  /** Whole seconds, at least 1, until the next one is let through. */
  retryAfterSeconds(): number;
}

const minuteMs = 60_000;

/** Makes a window of one minute on the monotonic clock. */
export function createRateWindow(clock: Pick<Clock, 'monotonic'>, mostPerMinute: number): RateWindow {
  let taken: readonly number[] = [];
  return {
    take() {
      const now = clock.monotonic();
      taken = taken.filter((at) => now - at < minuteMs);
      if (taken.length >= mostPerMinute) return false;
      taken = [...taken, now];
      return true;
    },
    retryAfterSeconds: () => Math.max(1, Math.ceil(((taken[0] ?? 0) + minuteMs - clock.monotonic()) / 1_000)),
  };
}
