import { connectSessionBus, sessionBusSocket } from './session-bus.ts';

/** The interfaces on which screen savers tell that they cover the screen. */
const saverInterfaces: ReadonlySet<string> = new Set([
  'org.freedesktop.ScreenSaver',
  'org.gnome.ScreenSaver',
  'org.cinnamon.ScreenSaver',
  'org.mate.ScreenSaver',
]);

/** Longest wait for the bus, in milliseconds. */
const busDeadlineMs = 2_000;

/**
 * Listens on the session bus that `environment` names for `ActiveChanged` of the desktop's screen saver. Resolves false, and
 * never calls back, where there is no session bus.
 */
export async function watchSessionLock(
  environment: Readonly<Record<string, string | undefined>>,
  listener: (locked: boolean) => void,
): Promise<boolean> {
  const socket = sessionBusSocket(environment);
  if (socket === null) return false;
  const bus = await connectSessionBus(socket);
  bus.unref();
  bus.onSignal(({ interface: name, member, body }) => {
    if (member === 'ActiveChanged' && name && saverInterfaces.has(name)) listener(body?.[0] === true);
  });
  const matched = bus.call({
    destination: 'org.freedesktop.DBus',
    path: '/org/freedesktop/DBus',
    interface: 'org.freedesktop.DBus',
    member: 'AddMatch',
    signature: 's',
    body: ["type='signal',member='ActiveChanged'"],
  });
  const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), busDeadlineMs).unref());
  return Promise.race([
    matched.then(
      () => true,
      () => false,
    ),
    late,
  ]);
}
