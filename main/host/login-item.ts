import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { App } from 'electron';

/** Starting at login, as each platform does it. */
export interface LoginItem {
  read(): Promise<boolean>;
  write(enabled: boolean): Promise<void>;
}

/** What {@link createLoginItem} needs to know. */
export interface LoginItemOptions {
  readonly platform: NodeJS.Platform;
  readonly app: Pick<App, 'getLoginItemSettings' | 'setLoginItemSettings'>;
  /** The program and its arguments that the session should start. */
  readonly command: readonly string[];
  /** `$XDG_CONFIG_HOME` or its default. */
  readonly configFolder: string;
}

/** Quotes one argument for the Exec key. Desktop Entry Specification, "The Exec key". */
export function quoteExecArgument(argument: string): string {
  const escaped = argument.replaceAll('%', '%%').replace(/(["`$\\])/g, '\\$1');
  return /^[A-Za-z0-9/._=-]+$/.test(argument) ? argument : `"${escaped.replaceAll('\\', '\\\\')}"`;
}

function linuxLoginItem({ command, configFolder }: LoginItemOptions): LoginItem {
  const file = join(configFolder, 'autostart', 'tollkeeper.desktop');
  const entry = [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Tollkeeper',
    'Comment=Keys stay in the keychain; tools get short-lived tokens',
    `Exec=${command.map(quoteExecArgument).join(' ')}`,
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
  return {
    read: async () => (await stat(file).catch(() => null))?.isFile() ?? false,
    write: async (enabled) => {
      if (!enabled) return rm(file, { force: true });
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, entry, { mode: 0o600 });
    },
  };
}

/** Electron's login item on macOS and Windows; an XDG autostart entry elsewhere. */
export function createLoginItem(options: LoginItemOptions): LoginItem {
  if (options.platform === 'linux') return linuxLoginItem(options);
  const [path = '', ...args] = options.command;
  return {
    read: async () => options.app.getLoginItemSettings({ path, args }).openAtLogin,
    write: async (enabled) => options.app.setLoginItemSettings({ openAtLogin: enabled, path, args }),
  };
}
