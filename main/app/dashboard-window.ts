import { BrowserWindow, nativeTheme, type WebContents } from 'electron';
import { sendEvent } from '#main/ipc/register.ts';
import type { WindowEnvironment } from './window-options.ts';
import { windowGround, windowPreferences } from './window-options.ts';

/** The dashboard: made on first use, kept while it is open. */
export interface DashboardWindow {
  /** Shows it in front, at a route such as `/access` when one is given. */
  open(route?: string): void;
  readonly contents: WebContents | null;
}

/** Makes the dashboard's controller; no window is opened yet. */
export function createDashboardWindow(environment: WindowEnvironment, icon: string): DashboardWindow {
  let window: BrowserWindow | null = null;

  function create(route: string): BrowserWindow {
    const created = new BrowserWindow({
      width: 1240,
      height: 800,
      minWidth: 900,
      minHeight: 600,
      show: false,
      title: 'Tollkeeper',
      icon,
      autoHideMenuBar: true,
      backgroundColor: nativeTheme.shouldUseDarkColors ? windowGround.dark : windowGround.light,
      webPreferences: windowPreferences(environment),
    });
    created.once('ready-to-show', () => created.show());
    created.on('closed', () => {
      window = null;
    });
    void created.loadURL(`${environment.origin}/dashboard.html#${route}`);
    return created;
  }

  return {
    open: (route) => {
      if (!window) {
        window = create(route ?? '/overview');
        return;
      }
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
      if (route) sendEvent(window.webContents, { type: 'navigate', route });
    },
    get contents() {
      return window && !window.isDestroyed() ? window.webContents : null;
    },
  };
}
