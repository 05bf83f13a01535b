import type { Clock } from '#shared/model/clock.ts';
import type { UsageRecord } from '#shared/model/usage.ts';

/**
 * Refused requests without a valid token that are written down in a minute. Whoever can reach the port can make as many as it
 * likes, so beyond that they are only counted: the ledger would grow without bound, at nobody's cost but the user's.
 */
export const refusalsPerMinute = 600;

const minuteMs = 60_000;

/** Decides which refused requests get a row. */
export interface RefusalAllowance {
  /** True for every request under a grant, and for so many others a minute. */
  admits(record: UsageRecord): boolean;
  /** Refused since the start and not written down. */
  readonly leftOut: number;
}

/** Makes one with its whole allowance. */
export function createRefusalAllowance(clock: Pick<Clock, 'monotonic'>): RefusalAllowance {
  let minute = Number.NEGATIVE_INFINITY;
  let written = 0;
  let leftOut = 0;
  return {
    admits(record) {
      if (record.grantId !== null || record.outcome !== 'denied') return true;
      const now = Math.floor(clock.monotonic() / minuteMs);
      if (now !== minute) {
        minute = now;
        written = 0;
      }
      if (written < refusalsPerMinute) {
        written += 1;
        return true;
      }
      leftOut += 1;
      return false;
    },
    get leftOut() {
      return leftOut;
    },
  };
}
