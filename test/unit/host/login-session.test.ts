import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type HearLeaving, systemBusSocket, watchLoginSession } from '#main/host/login-session.ts';
import { sessionBusSocket } from '#main/host/session-bus.ts';
import { keyringSessionInstalled, startKeyringSession } from '#test/fixtures/keyring-session.ts';

const session = '/org/freedesktop/login1/session/_31';
const sessionInterface = 'org.freedesktop.login1.Session';

interface NativeService {
  requestName(name: string, flags: number, callback: (error: unknown) => void): void;
  exportInterface(methods: object, path: string, description: object): void;
  sendSignal(path: string, name: string, member: string, signature?: string, body?: readonly unknown[]): void;
  readonly connection: { end(): void };
}

/** A logind in which this process belongs to one session. */
async function startLogin(address: string, isLocked = false): Promise<NativeService> {
  const { default: library } = await import('@homebridge/dbus-native');
  const { createClient } = library as unknown as { createClient(options: object): NativeService };
  const service = createClient({ stream: createConnection(address) });
  const methods = Object.fromEntries([['GetSessionByPID', () => session]]);
  service.exportInterface(methods, '/org/freedesktop/login1', {
    name: 'org.freedesktop.login1.Manager',
    methods: { GetSessionByPID: ['u', 'o', ['pid'], ['session']] },
    signals: {},
    properties: {},
  });
  service.exportInterface({ LockedHint: isLocked }, session, {
    ...{ name: sessionInterface, methods: {}, signals: {}, properties: { LockedHint: 'b' } },
  });
  await new Promise<void>((resolve, reject) =>
    service.requestName('org.freedesktop.login1', 0, (error) => (error ? reject(error) : resolve())),
  );
  return service;
}

describe.runIf(keyringSessionInstalled && existsSync('/usr/bin/dbus-send'))('logind', () => {
  it('tells of sleep and of the lock of our own session, and nobody else is believed', async () => {
    const bus = await startKeyringSession();
    onTestFinished(() => bus.stop());
    const address = sessionBusSocket(bus.environment) ?? '';
    const login = await startLogin(address);
    onTestFinished(() => login.connection.end());
    const heard: string[] = [];
    const hear: HearLeaving = (reason, isSo) => heard.push(`${reason} ${isSo}`);
    const environment = { DBUS_SYSTEM_BUS_ADDRESS: bus.environment.DBUS_SESSION_BUS_ADDRESS };
    expect(await watchLoginSession(environment, hear)).toEqual({ tellsLock: true, tellsSleep: true });

    const forged = ['--session', '--type=signal', session, `${sessionInterface}.Unlock`];
    execFileSync('dbus-send', forged, { env: { ...process.env, ...bus.environment } });
    login.sendSignal('/org/freedesktop/login1/session/_32', sessionInterface, 'Lock');
    login.sendSignal('/org/freedesktop/login1', 'org.freedesktop.login1.Manager', 'PrepareForSleep', 'b', [true]);
    login.sendSignal(session, sessionInterface, 'Lock');
    login.sendSignal(session, 'org.freedesktop.DBus.Properties', 'PropertiesChanged', 'sa{sv}as', [
      sessionInterface,
      [['LockedHint', ['b', false]]],
      [],
    ]);
    login.sendSignal(session, sessionInterface, 'Unlock');
    await vi.waitFor(() => expect(heard).toEqual(['asleep true', 'locked true', 'locked false', 'locked false']));
  });

  it('tells of a screen that was locked before anybody listened', async () => {
    const bus = await startKeyringSession();
    onTestFinished(() => bus.stop());
    const login = await startLogin(sessionBusSocket(bus.environment) ?? '', true);
    onTestFinished(() => login.connection.end());
    const heard: string[] = [];
    const environment = { DBUS_SYSTEM_BUS_ADDRESS: bus.environment.DBUS_SESSION_BUS_ADDRESS };
    await watchLoginSession(environment, (reason, isSo) => heard.push(`${reason} ${isSo}`));
    expect(heard).toEqual(['locked true']);
  });
});

it('tells nothing where there is no system bus, and finds the usual one', async () => {
  const environment = { DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/nonexistent/bus' };
  expect(await watchLoginSession(environment, () => undefined)).toEqual({ tellsLock: false, tellsSleep: false });
  expect(systemBusSocket({})).toBe('/run/dbus/system_bus_socket');
});
