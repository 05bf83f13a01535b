import type { AwayReason } from '#shared/contract/status.ts';
import { type BusSignal, connectSessionBus, type SessionBus } from './session-bus.ts';

/** Hears that the owner left, or is back. */
export type HearLeaving = (reason: Extract<AwayReason, 'locked' | 'asleep'>, isSo: boolean) => void;

/** What the login manager will tell. */
export interface LoginSession {
  readonly tellsLock: boolean;
  readonly tellsSleep: boolean;
}

const login = 'org.freedesktop.login1';
const manager = { destination: login, path: '/org/freedesktop/login1', interface: `${login}.Manager` } as const;
const broker = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const;

/** Longest wait for the bus, in milliseconds. */
const busDeadlineMs = 2_000;
const nothing: LoginSession = { tellsLock: false, tellsSleep: false };

/** Where the system bus listens. D-Bus specification, "System message bus". */
export function systemBusSocket(environment: Readonly<Record<string, string | undefined>>): string {
  const address = environment.DBUS_SYSTEM_BUS_ADDRESS ?? '';
  return /(?:^|;)unix:path=([^,;]+)/.exec(address)?.[1] ?? '/run/dbus/system_bus_socket';
}

/**
 * Listens to logind for sleep and for the lock of the session that this process belongs to, or of its user's display where it
 * belongs to none. Never rejects, and never calls back where there is no logind. Only the owner of logind's name is believed:
 * anybody on the machine can send signals.
 */
export async function watchLoginSession(
  environment: Readonly<Record<string, string | undefined>>,
  listener: HearLeaving,
): Promise<LoginSession> {
  const late = new Promise<LoginSession>((resolve) => setTimeout(() => resolve(nothing), busDeadlineMs).unref());
  const watching = connectSessionBus(systemBusSocket(environment)).then((bus) => watch(bus, environment, listener));
  return Promise.race([watching.catch(() => nothing), late]);
}

async function watch(
  bus: SessionBus,
  environment: Readonly<Record<string, string | undefined>>,
  listener: HearLeaving,
): Promise<LoginSession> {
  bus.unref();
  try {
    const session = await findSession(bus, environment.XDG_SESSION_ID);
    let [owner] = await bus.call({ ...broker, member: 'GetNameOwner', signature: 's', body: [login] });
    bus.onSignal((signal) => {
      if (signal.sender === broker.destination && signal.member === 'NameOwnerChanged' && signal.body?.[0] === login)
        owner = signal.body[2];
      if (signal.sender === owner) hear(signal, session, listener);
    });
    const rules = [
      `type='signal',sender='${broker.destination}',member='NameOwnerChanged',arg0='${login}'`,
      `type='signal',sender='${login}',interface='${login}.Manager',member='PrepareForSleep'`,
      ...(session === null ? [] : [`type='signal',sender='${login}',path='${session}'`]),
    ];
    for (const rule of rules) await bus.call({ ...broker, member: 'AddMatch', signature: 's', body: [rule] });
    if (session !== null && (await isLocked(bus, session))) listener('locked', true);
    return { tellsLock: session !== null, tellsSleep: true };
  } catch (error) {
    bus.close();
    throw error;
  }
}

/** The object path of the session whose lock counts; null when there is none. */
async function findSession(bus: SessionBus, id: string | undefined): Promise<string | null> {
  const ways = [
    ...(id === undefined ? [] : [() => bus.call({ ...manager, member: 'GetSession', signature: 's', body: [id] })]),
    () => bus.call({ ...manager, member: 'GetSessionByPID', signature: 'u', body: [process.pid] }),
    () => displayOf(bus),
  ];
  for (const way of ways) {
    const [path] = await way().catch((): readonly unknown[] => []);
    if (typeof path === 'string' && path !== '/') return path;
  }
  return null;
}

async function displayOf(bus: SessionBus): Promise<readonly unknown[]> {
  const [user] = await bus.call({ ...manager, member: 'GetUserByPID', signature: 'u', body: [process.pid] });
  const [variant] = await readProperty(bus, String(user), [`${login}.User`, 'Display']);
  const [, path] = (variantValue(variant) as readonly unknown[] | undefined) ?? [];
  return [path];
}

/** Whether the screen was locked before anybody listened; false where that is not told. */
async function isLocked(bus: SessionBus, session: string): Promise<boolean> {
  const [variant] = await readProperty(bus, session, [`${login}.Session`, 'LockedHint']).catch(() => []);
  return variantValue(variant) === true;
}

function readProperty(bus: SessionBus, path: string, body: readonly string[]): Promise<readonly unknown[]> {
  return bus.call({
    ...{ destination: login, path, interface: 'org.freedesktop.DBus.Properties' },
    ...{ member: 'Get', signature: 'ss', body },
  });
}

function hear({ path, interface: name, member, body }: BusSignal, session: string | null, tell: HearLeaving): void {
  if (member === 'PrepareForSleep' && name === `${login}.Manager`) tell('asleep', body?.[0] === true);
  if (session === null || path !== session) return;
  if (member === 'Lock' || member === 'Unlock') tell('locked', member === 'Lock');
  if (member !== 'PropertiesChanged' || !Array.isArray(body?.[1])) return;
  const changed = body[1].find((property: unknown) => Array.isArray(property) && property[0] === 'LockedHint');
  if (Array.isArray(changed)) tell('locked', variantValue(changed[1]) === true);
}

/** A variant comes as its signature, parsed, and a list of the one value in it. */
function variantValue(variant: unknown): unknown {
  const values: unknown = Array.isArray(variant) ? variant[1] : undefined;
  return Array.isArray(values) ? values[0] : undefined;
}
