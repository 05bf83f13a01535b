import { execFileSync } from 'node:child_process';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createScreenLock } from '#main/host/screen-lock.ts';
import { watchSessionLock } from '#main/host/session-lock.ts';
import { keyringSessionInstalled, startKeyringSession } from '#test/fixtures/keyring-session.ts';

function tellActive(environment: Readonly<Record<string, string>>, name: string, active: boolean): void {
  execFileSync(
    'dbus-send',
    ['--session', '--type=signal', '/ScreenSaver', `${name}.ActiveChanged`, `boolean:${active}`],
    {
      env: { ...process.env, ...environment },
    },
  );
}

it.runIf(keyringSessionInstalled)('hears the screen saver of the desktop, and nobody else', async () => {
  const session = await startKeyringSession();
  onTestFinished(() => session.stop());
  const heard: boolean[] = [];
  expect(await watchSessionLock(session.environment, (locked) => heard.push(locked))).toBe(true);
  tellActive(session.environment, 'org.example.Other', true);
  tellActive(session.environment, 'org.gnome.ScreenSaver', true);
  tellActive(session.environment, 'org.freedesktop.ScreenSaver', false);
  await vi.waitFor(() => expect(heard).toEqual([true, false]));
});

it.runIf(keyringSessionInstalled)('listens without keeping the program alive', async () => {
  const session = await startKeyringSession();
  onTestFinished(() => session.stop());
  const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap').length;
  const before = sockets();
  // Pipes of the session's own start may close meanwhile; ten that are held would be seen all the same.
  for (let watch = 0; watch < 10; watch += 1) {
    expect(await watchSessionLock(session.environment, () => undefined)).toBe(true);
  }
  expect(sockets()).toBeLessThanOrEqual(before);
});

it('tells who comes later that the screen is locked already', async () => {
  const lock = await createScreenLock({
    ...{ platform: 'linux', monitor: null, watchSession: async () => true },
    watchLogin: async (listener) => {
      listener('locked', true);
      listener('asleep', true);
      listener('asleep', false);
      return { tellsLock: true, tellsSleep: true };
    },
  });
  const heard: string[] = [];
  lock.onChange((reason, isSo) => heard.push(`${reason} ${isSo}`));
  expect(heard).toEqual(['locked true']);
});

it('says so where there is no session bus', async () => {
  expect(await watchSessionLock({}, () => undefined)).toBe(false);
});

it('offers lock settings only where the platform tells', async () => {
  const monitor = { on: vi.fn() };
  const deaf = await createScreenLock({
    platform: 'linux',
    monitor: monitor as never,
    watchSession: async () => false,
    watchLogin: async () => ({ tellsLock: false, tellsSleep: false }),
  });
  const told = await createScreenLock({
    platform: 'darwin',
    monitor: monitor as never,
    watchSession: async () => false,
    watchLogin: async () => ({ tellsLock: false, tellsSleep: false }),
  });
  expect([deaf.available, told.available]).toEqual([false, true]);
  const events = monitor.on.mock.calls.map(([event]) => event);
  expect(events.filter((event) => event === 'lock-screen')).toHaveLength(1);
});
