import type { CallHoldLease } from '#shared/contract/port.ts';
import type { AwayReason } from '#shared/contract/status.ts';
import type { AwayAct, Settings } from '#shared/model/settings.ts';
import type { Core } from '../core/open-core.ts';

/** What it means for access that its owner is away, by the user's settings. */
export interface AwayKeeper {
  /** Why the owner counts as away now; empty while somebody is there. */
  readonly reasons: readonly AwayReason[];
  /** What becomes of calls meanwhile, for which there are no keys; null while the keys may be used. */
  lease(): CallHoldLease | null;
  /** The owner left for that reason, or is back from it. */
  set(reason: AwayReason, isSo: boolean): void;
  /** Brings keys and waiting requests in line with who is there and with the settings as they are now. */
  apply(): void;
}

/** What the keeper is made from. */
export interface AwayKeeperOptions {
  readonly core: () => Core | null;
  readonly onChange: () => void;
}

/** Under this name waiting requests are held back. */
const holdReason = 'away';

interface AwayRow {
  readonly setting: keyof Settings;
  readonly endedBy: string;
  /** Whether it counts as the lock that a grant may end at. */
  readonly endsUntilLock: boolean;
}

const rows = {
  locked: { setting: 'whenScreenLocks', endedBy: 'lock', endsUntilLock: true },
  asleep: { setting: 'whenAsleep', endedBy: 'sleep', endsUntilLock: true },
  idle: { setting: 'whenIdle', endedBy: 'idle', endsUntilLock: false },
} as const satisfies Record<AwayReason, AwayRow>;

/** Makes it with somebody there. */
export function createAwayKeeper({ core, onChange }: AwayKeeperOptions): AwayKeeper {
  const reasons = new Set<AwayReason>();

  function leave(open: Core, reason: AwayReason): void {
    const { setting, endedBy, endsUntilLock } = rows[reason];
    const endsAll = open.registry.settings.read()[setting] === 'end';
    open.grants.endAll(endedBy, 'system', (grant) => endsAll || (endsUntilLock && grant.untilLock));
  }

  function lease(): CallHoldLease | null {
    const open = core();
    if (open === null || reasons.size === 0) return null;
    const settings = open.registry.settings.read();
    const acts = new Set<AwayAct>([...reasons].map((reason) => settings[rows[reason].setting]));
    const waitMs = settings.awayWaitSeconds * 1_000;
    if (acts.has('refuse')) return { mode: 'refuse', waitMs };
    return acts.has('wait') || acts.has('end') ? { mode: 'wait', waitMs } : null;
  }

  function apply(): void {
    const open = core();
    if (open === null) return;
    if (reasons.size > 0 && open.registry.settings.read().holdRequestsWhileLocked) open.desk.hold(holdReason);
    else open.desk.release(holdReason);
    open.keysWanted();
    onChange();
  }

  return {
    get reasons() {
      return [...reasons];
    },
    lease,
    set(reason, isSo) {
      if (reasons.has(reason) === isSo) return;
      if (isSo) reasons.add(reason);
      else reasons.delete(reason);
      // Who unlocks a screen is awake and there, whatever else the system forgot to tell.
      if (reason === 'locked' && !isSo) reasons.clear();
      const open = core();
      if (isSo && open !== null) leave(open, reason);
      apply();
    },
    apply,
  };
}
