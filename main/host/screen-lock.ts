import type { PowerMonitor } from 'electron';

/** Tells when the screen is locked or the machine goes to sleep, and when the person is back. */
export interface ScreenLock {
  /** True where the platform tells; the settings about locking are offered only then. */
  readonly available: boolean;
  onChange(listener: (locked: boolean) => void): void;
}

/** Listens on the session bus for the screen saver's state; resolves null without a session bus. */
export type WatchSessionLock = (listener: (locked: boolean) => void) => Promise<boolean>;

/** What {@link createScreenLock} needs. */
export interface ScreenLockOptions {
  readonly platform: NodeJS.Platform;
  readonly monitor: Pick<PowerMonitor, 'on'>;
  /** For Linux, where Electron's events for locking do not come. */
  readonly watchSession: WatchSessionLock;
}

/** Electron's power monitor everywhere for sleep; its lock events on macOS and Windows; the session bus on Linux. */
export async function createScreenLock({ platform, monitor, watchSession }: ScreenLockOptions): Promise<ScreenLock> {
  const listeners: ((locked: boolean) => void)[] = [];
  const tell = (locked: boolean): void => {
    for (const listener of listeners) listener(locked);
  };
  monitor.on('suspend', () => tell(true));
  monitor.on('resume', () => tell(false));
  const onBus = platform === 'linux' ? await watchSession(tell) : false;
  if (platform !== 'linux') {
    monitor.on('lock-screen', () => tell(true));
    monitor.on('unlock-screen', () => tell(false));
  }
  return { available: platform !== 'linux' || onBus, onChange: (listener) => void listeners.push(listener) };
}
