import type { Core } from './open-core.ts';

/** What a locked screen means for grants and requests, by the user's settings. */
export interface ScreenLock {
  readonly isLocked: boolean;
  set(locked: boolean): void;
  /** Brings the waiting requests in line with the screen and the settings as they are now. */
  apply(): void;
}

/** Makes it with the screen unlocked. */
export function createScreenLock(core: () => Core | null): ScreenLock {
  let isLocked = false;

  function apply(): void {
    const open = core();
    open?.desk.hold(isLocked && open.registry.settings.read().holdRequestsWhileLocked);
  }

  return {
    get isLocked() {
      return isLocked;
    },
    set(locked) {
      if (locked === isLocked) return;
      isLocked = locked;
      const open = core();
      if (locked && open !== null) {
        const endsAll = open.registry.settings.read().endGrantsOnLock;
        open.grants.endAll('lock', 'system', (grant) => endsAll || grant.untilLock);
      }
      apply();
    },
    apply,
  };
}
