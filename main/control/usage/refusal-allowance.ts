import type { Clock } from '#shared/model/clock.ts';
import type { UsageGroup } from '#shared/model/usage-group.ts';

/**
 * Refused requests without a valid token that are written down in a minute. Whoever can reach the port can make as many as it
 * likes, so beyond that they are only counted: the ledger would grow without bound, at nobody's cost but the user's.
 */
export const refusalsPerMinute = 600;

const minuteMs = 60_000;

/** Decides which refused requests get a row. */
export interface RefusalAllowance {
  /** All of those under a grant, and so many others a minute; null when that is none. */
  admit(group: UsageGroup): UsageGroup | null;
  /** Refused since the start and not written down. */
  readonly leftOut: number;
}

/** Makes one with its whole allowance. */
export function createRefusalAllowance(clock: Pick<Clock, 'monotonic'>): RefusalAllowance {
  let minute = Number.NEGATIVE_INFINITY;
  let written = 0;
  let leftOut = 0;
  return {
    admit(group) {
      if (group.shared.grantId !== null || group.shared.outcome !== 'denied') return group;
      const now = Math.floor(clock.monotonic() / minuteMs);
      if (now !== minute) {
        minute = now;
        written = 0;
      }
      const admitted = Math.min(group.size, refusalsPerMinute - written);
      written += admitted;
      leftOut += group.size - admitted;
      if (admitted === group.size) return group;
      return admitted === 0 ? null : group.first(admitted);
    },
    get leftOut() {
      return leftOut;
    },
  };
}
