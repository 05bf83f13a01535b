import { join } from 'node:path';
import { Menu, type NativeImage, nativeImage, nativeTheme, type Rectangle, Tray } from 'electron';
import {
  type TrayActs,
  type TrayState,
  type TrayView,
  trayBadge,
  trayHeadline,
  trayMenu,
  trayState,
} from './tray-menu.ts';

/** The icon by the clock. */
export interface TrayIcon {
  update(view: TrayView): void;
  /** Null where the platform does not tell (Linux). */
  bounds(): Rectangle | null;
  destroy(): void;
}

/** What the tray needs. */
export interface TrayOptions {
  /** Absolute path of the folder with `tray-<state>-<light|dark>.png`, their `@2x` twins and macOS's `tray-<state>Template.png`. */
  readonly iconFolder: string;
  readonly acts: TrayActs;
  now(): number;
}

function icon(folder: string, state: TrayState): NativeImage {
  const name =
    process.platform === 'darwin'
      ? `tray-${state}Template`
      : `tray-${state}-${nativeTheme.shouldUseDarkColors ? 'dark' : 'light'}`;
  return nativeImage.createFromPath(join(folder, `${name}.png`));
}

/** Puts the icon there. Left click opens the prompt when something waits, else the dashboard. */
export function createTray({ iconFolder, acts, now }: TrayOptions): TrayIcon {
  let view: TrayView = { status: null, requests: [], grants: [], budgets: [], rotations: [], alerts: [], recent: [] };
  const tray = new Tray(icon(iconFolder, 'running'));
  let shownItems = '';

  function render(): void {
    tray.setImage(icon(iconFolder, trayState(view)));
    if (process.platform === 'darwin') tray.setTitle(trayBadge(view), { fontType: 'monospacedDigit' });
    tray.setToolTip(`Tollkeeper: ${trayHeadline(view)}`);
    const template = trayMenu(view, acts, now());
    const items = JSON.stringify([
      template,
      view.requests.map(({ id }) => id),
      view.grants.map(({ id }) => id),
      view.budgets,
    ]);
    if (items === shownItems) return;
    shownItems = items;
    // Some Linux trays close an open menu when it is replaced, so it is only replaced when it says something new.
    tray.setContextMenu(Menu.buildFromTemplate(template));
  }

  tray.on('click', () => (view.requests.some(({ inbox }) => inbox === null) ? acts.review() : acts.openDashboard()));
  nativeTheme.on('updated', render);
  render();
  return {
    update: (next) => {
      view = next;
      render();
    },
    bounds: () => (process.platform === 'linux' ? null : tray.getBounds()),
    destroy: () => {
      nativeTheme.off('updated', render);
      tray.destroy();
    },
  };
}
