import dbus from '@homebridge/dbus-native';
import type { WatchSessionLock } from './screen-lock.ts';

/** The interfaces on which screen savers tell that they cover the screen. */
const saverInterfaces = [
  'org.freedesktop.ScreenSaver',
  'org.gnome.ScreenSaver',
  'org.cinnamon.ScreenSaver',
  'org.mate.ScreenSaver',
];

/** Longest wait for the bus, in milliseconds. */
const busDeadlineMs = 2_000;

/** The part of the D-Bus client that listening needs; its own typings leave it out. */
interface SignalBus {
  addMatch(rule: string, callback: (error: unknown) => void): void;
  readonly connection: {
    on(
      event: 'message',
      listener: (message: { interface?: string; member?: string; body?: readonly unknown[] }) => void,
    ): void;
    on(event: 'error', listener: (error: unknown) => void): void;
  };
}

function connect(): SignalBus {
  return (dbus as unknown as { sessionBus(): SignalBus }).sessionBus();
}

/**
 * Listens on the session bus for `ActiveChanged` of the desktop's screen saver. Resolves false, and never calls back, where
 * there is no session bus.
 */
export const watchSessionLock: WatchSessionLock = async (listener) => {
  if (!process.env.DBUS_SESSION_BUS_ADDRESS) return false;
  return new Promise<boolean>((resolve) => {
    const deadline = setTimeout(() => resolve(false), busDeadlineMs);
    const settle = (heard: boolean): void => {
      clearTimeout(deadline);
      resolve(heard);
    };
    try {
      const bus = connect();
      bus.connection.on('error', () => settle(false));
      bus.connection.on('message', ({ interface: name, member, body }) => {
        if (member === 'ActiveChanged' && name && saverInterfaces.includes(name)) listener(body?.[0] === true);
      });
      bus.addMatch("type='signal',member='ActiveChanged'", (error) => settle(!error));
    } catch {
      settle(false);
    }
  });
};
