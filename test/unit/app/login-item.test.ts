import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createLoginItem, quoteExecArgument } from '#main/host/login-item.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

const noApp = { getLoginItemSettings: vi.fn(), setLoginItemSettings: vi.fn() };

describe('createLoginItem', () => {
  it('writes and removes an autostart entry on Linux', async () => {
    const configFolder = temporaryFolder();
    const item = createLoginItem({
      platform: 'linux',
      app: noApp,
      command: ['/opt/Toll Keeper/app', '--hidden'],
      configFolder,
    });
    const file = join(configFolder, 'autostart', 'tollkeeper.desktop');
    expect(await item.read()).toBe(false);
    await item.write(true);
    expect(await item.read()).toBe(true);
    expect(readFileSync(file, 'utf8')).toContain('Exec="/opt/Toll Keeper/app" --hidden\n');
    await item.write(false);
    expect(existsSync(file)).toBe(false);
  });

  it('asks Electron elsewhere', async () => {
    const app = { getLoginItemSettings: vi.fn(() => ({ openAtLogin: true })), setLoginItemSettings: vi.fn() };
    const item = createLoginItem({
      platform: 'darwin',
      app: app as never,
      command: ['/App', '--hidden'],
      configFolder: '/none',
    });
    expect(await item.read()).toBe(true);
    await item.write(false);
    expect(app.setLoginItemSettings).toHaveBeenCalledExactlyOnceWith({
      openAtLogin: false,
      path: '/App',
      args: ['--hidden'],
    });
  });
});

describe('quoteExecArgument', () => {
  it.each([
    ['/usr/bin/app', '/usr/bin/app'],
    ['a b', '"a b"'],
    ['50%', '"50%%"'],
    ['say "hi"', '"say \\\\"hi\\\\""'],
  ])('quotes %s', (argument, expected) => {
    expect(quoteExecArgument(argument)).toBe(expected);
  });
});
