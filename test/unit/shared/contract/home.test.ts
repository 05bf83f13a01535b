import { describe, expect, test } from 'vitest';
import { type HomeSurroundings, homeFolder, homePaths } from '#shared/contract/home.ts';
import { thrownBy } from '#test/fixtures/expect-error.ts';

function surroundings(
  platform: string,
  environment: HomeSurroundings['environment'],
  homeDirectory = '/home/ada',
): HomeSurroundings {
  return { platform, environment, homeDirectory, userName: 'Ada Lovelace' };
}

describe('the home folder', () => {
  test.each([
    ['linux', {}, '/home/ada/.config/tollkeeper'],
    ['linux', { XDG_CONFIG_HOME: '/cfg/' }, '/cfg/tollkeeper'],
    ['linux', { XDG_CONFIG_HOME: 'relative' }, '/home/ada/.config/tollkeeper'],
    ['linux', { XDG_CONFIG_HOME: '' }, '/home/ada/.config/tollkeeper'],
    ['darwin', { XDG_CONFIG_HOME: '/cfg' }, '/home/ada/Library/Application Support/tollkeeper'],
    ['linux', { TOLLKEEPER_HOME: '/elsewhere', XDG_CONFIG_HOME: '/cfg' }, '/elsewhere'],
    ['linux', { TOLLKEEPER_HOME: '' }, '/home/ada/.config/tollkeeper'],
  ])('on %s with %j', (platform, environment, home) =>
    expect(homeFolder(surroundings(platform, environment))).toBe(home),
  );

  test('on Windows', () => {
    expect(homeFolder(surroundings('win32', { APPDATA: 'C:\\Users\\Ada\\AppData\\Roaming' }))).toBe(
      'C:\\Users\\Ada\\AppData\\Roaming\\tollkeeper',
    );
    expect(homeFolder(surroundings('win32', {}, 'C:\\Users\\Ada'))).toBe(
      'C:\\Users\\Ada\\AppData\\Roaming\\tollkeeper',
    );
  });
});

describe('paths', () => {
  test('follow the contract', () => {
    expect(homePaths(surroundings('linux', {}), '/h')).toMatchObject({
      controlSocket: '/h/run/control.sock',
      readyFile: '/h/run/state.json',
    });
  });

  test('a pipe on Windows carries the user\u2019s name and tells homes apart', () => {
    const user = surroundings('win32', {}, 'C:\\Users\\Ada');
    const first = homePaths(user, 'C:\\a').controlSocket;
    expect(first).toMatch(/^\\\\\.\\pipe\\tollkeeper-Ada_Lovelace-[0-9a-f]{16}$/);
    expect(homePaths(user, 'c:\\A').controlSocket).toBe(first);
    expect(homePaths(user, 'C:\\b').controlSocket).not.toBe(first);
    expect(homePaths(user, 'C:\\a').authorizationSocket).not.toBe(first);
  });

  test.each([
    ['linux', 107],
    ['darwin', 103],
  ])('on %s a socket path longer than %i bytes is refused with a way out', (platform, limit) => {
    const tail = '/run/authorization.sock'.length;
    const fits = `/${'\u00E9'.repeat((limit - tail - 2) / 2)}`.padEnd(limit - tail - (limit - tail - 2) / 2, 'x');
    expect(homePaths(surroundings(platform, {}), fits).authorizationSocket).toContain('authorization.sock');
    const error = thrownBy(() => homePaths(surroundings(platform, {}), `${fits}xx`));
    expect(error.code).toBe('invalid_request');
    expect(error.message).toContain('TOLLKEEPER_HOME');
  });
});
