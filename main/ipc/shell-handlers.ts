import { BrowserWindow, clipboard, dialog, shell, type WebContents } from 'electron';
import type { ShellAct, ShellInput, ShellOutput } from '#shared/contract/ipc.ts';
import type { OperationArguments, OperationOutput } from '#shared/contract/operations.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { PresenceKind } from '#shared/model/presence.ts';
import { type UsageFilter, usageFilterSchema } from '#shared/model/usage.ts';
import { exportUsage } from './usage-export.ts';
import type { WindowRole } from './window-role.ts';

/** Who calls a shell act. */
export interface ShellCaller {
  readonly role: WindowRole;
  readonly contents: WebContents;
}

/** One handler per shell act. */
export type ShellHandlers = {
  readonly [N in ShellAct]: (input: ShellInput<N>, caller: ShellCaller) => Promise<ShellOutput<N>>;
};

/** What the shell acts need from the app. */
export interface ShellDependencies {
  promptPainted(height: number, requestId: string | null): void;
  hidePrompt(): void;
  openDashboard(route: string | undefined): void;
  /** Hosts a person may be sent to. */
  readonly externalHosts: ReadonlySet<string>;
  listUsage(input: OperationArguments<'usage.list'>): Promise<OperationOutput<'usage.list'>>;
  readonly capabilities: {
    readonly canStartAtLogin: boolean;
    readonly canLockDetect: boolean;
    readonly presence: PresenceKind | null;
  };
}

function externalAddress(url: string, hosts: ReadonlySet<string>): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed?.protocol !== 'https:' || !hosts.has(parsed.hostname)) {
    throw new TollkeeperError('access_denied', 'Tollkeeper opens only pages of the providers it knows.');
  }
  return parsed.href;
}

/** Makes the handlers of everything the desktop shell does for a window. */
export function createShellHandlers(dependencies: ShellDependencies): ShellHandlers {
  return {
    'clipboard.copy': async ({ text }) => {
      clipboard.writeText(text);
      return {};
    },
    'external.open': async ({ url }) => {
      await shell.openExternal(externalAddress(url, dependencies.externalHosts));
      return {};
    },
    'usage.export': async ({ format, filter }, { contents }) => {
      const parsed: UsageFilter = usageFilterSchema.parse(filter);
      const window = BrowserWindow.fromWebContents(contents);
      const options = {
        title: 'Export activity',
        defaultPath: `tollkeeper-activity.${format}`,
        filters: [{ name: format.toUpperCase(), extensions: [format] }],
      };
      const chosen = window ? await dialog.showSaveDialog(window, options) : await dialog.showSaveDialog(options);
      if (chosen.canceled || !chosen.filePath) return { path: null, rows: 0 };
      return {
        path: chosen.filePath,
        rows: await exportUsage({ path: chosen.filePath, format, filter: parsed, list: dependencies.listUsage }),
      };
    },
    'prompt.painted': async ({ height, requestId }, { role }) => {
      if (role === 'prompt') dependencies.promptPainted(height, requestId);
      return {};
    },
    'prompt.hide': async (_input, { role }) => {
      if (role === 'prompt') dependencies.hidePrompt();
      return {};
    },
    'dashboard.open': async ({ route }) => {
      dependencies.openDashboard(route);
      return {};
    },
    'app.platform': async () => ({ platform: process.platform, ...dependencies.capabilities }),
  };
}
