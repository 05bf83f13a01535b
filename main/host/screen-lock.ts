import type { PowerMonitor } from 'electron';
import type { HearLeaving, LoginSession } from './login-session.ts';

/** Tells when the screen is locked or the machine goes to sleep, and when the person is back. */
export interface ScreenLock {
  /** True where the platform tells when the screen locks; the settings about locking are offered only then. */
  readonly available: boolean;
  /** Calls back at once for what is so already. */
  onChange(listener: HearLeaving): void;
}

/** Listens on the session bus for the screen saver's state; resolves false without a session bus. */
export type WatchSessionLock = (listener: (locked: boolean) => void) => Promise<boolean>;

/** What {@link createScreenLock} needs. */
export interface ScreenLockOptions {
  readonly platform: NodeJS.Platform;
  /** Null outside Electron. */
  readonly monitor: Pick<PowerMonitor, 'on'> | null;
  /** For Linux, where Electron's events for locking do not come. */
  readonly watchSession: WatchSessionLock;
  /** For Linux too: logind. */
  readonly watchLogin: (listener: HearLeaving) => Promise<LoginSession>;
}

/**
 * Electron's power monitor everywhere for sleep, and its lock events on macOS and Windows; on Linux the screen saver on the session
 * bus, and logind, which is also there where no desktop is.
 */
export async function createScreenLock(options: ScreenLockOptions): Promise<ScreenLock> {
  const { platform, monitor, watchSession, watchLogin } = options;
  const listeners: HearLeaving[] = [];
  const known = new Map<Parameters<HearLeaving>[0], boolean>();
  const tell: HearLeaving = (reason, isSo) => {
    known.set(reason, isSo);
    for (const listener of listeners) listener(reason, isSo);
  };
  monitor?.on('suspend', () => tell('asleep', true));
  monitor?.on('resume', () => tell('asleep', false));
  const result = {
    onChange(listener: HearLeaving) {
      listeners.push(listener);
      for (const [reason, isSo] of known) if (isSo) listener(reason, isSo);
    },
  };
  if (platform !== 'linux') {
    monitor?.on('lock-screen', () => tell('locked', true));
    monitor?.on('unlock-screen', () => tell('locked', false));
    return { ...result, available: monitor !== null };
  }
  const [onBus, login] = await Promise.all([watchSession((locked) => tell('locked', locked)), watchLogin(tell)]);
  return { ...result, available: onBus || login.tellsLock };
}
