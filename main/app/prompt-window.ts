import { BrowserWindow, nativeTheme, type Rectangle, screen, type WebContents } from 'electron';
import type { AccessRequest } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { WindowEnvironment } from './window-options.ts';
import { windowGround, windowPreferences } from './window-options.ts';

/** Shortest time a request is on screen before an Allow counts, in milliseconds (security rule 6). */
export const minimumTimeOnScreenMs = 700;

/** If the page has not reported what it painted by then, the window is shown anyway. */
const showDeadlineMs = 200;
const width = 420;
const margin = 12;

/** The prompt by the tray: shows what waits, never takes the focus, decides nothing. */
export interface PromptWindow {
  /** Follows the list of waiting requests, without those of the inbox: shows the window for a new one, hides it when none is left. */
  update(waiting: readonly AccessRequest[]): void;
  /** The page painted `requestId` and its content is `height` CSS pixels tall. */
  painted(height: number, requestId: string | null): void;
  /** Throws `conflict` while a request has not been on screen for the minimum time. */
  assertSeen(requestId: string): void;
  /** Puts it in front and gives it the focus: only when the person asked for it. */
  focus(): void;
  hide(): void;
  readonly contents: WebContents | null;
}

/** What the prompt needs. */
export interface PromptWindowOptions {
  readonly environment: WindowEnvironment;
  readonly clock: Clock;
  /** Where the tray icon is, as far as the platform tells. */
  trayBounds(): Rectangle | null;
  /** Is told once per request, when it is first on screen, `afterMs` milliseconds after it was made. */
  onShown(requestId: string, afterMs: number): void;
}

function besideTray(tray: Rectangle | null, height: number): Rectangle {
  const anchored = tray !== null && tray.width > 0;
  const display = anchored ? screen.getDisplayMatching(tray) : screen.getPrimaryDisplay();
  const area = display.workArea;
  const wanted = anchored ? Math.round(tray.x + tray.width / 2 - width / 2) : area.x + area.width - width - margin;
  const x = Math.min(Math.max(wanted, area.x + margin), area.x + area.width - width - margin);
  const below = !anchored || tray.y < area.y + area.height / 2;
  const fitted = Math.min(height, area.height - 2 * margin);
  return { x, y: below ? area.y + margin : area.y + area.height - fitted - margin, width, height: fitted };
}

/** Makes the prompt's window, hidden and loaded, so that it can be on screen at once. */
export function createPromptWindow({ environment, clock, trayBounds, onShown }: PromptWindowOptions): PromptWindow {
  const window = new BrowserWindow({
    width,
    height: 420,
    show: false,
    frame: false,
    resizable: false,
    minimizable: false,
    maximizable: false,
    fullscreenable: false,
    skipTaskbar: true,
    alwaysOnTop: true,
    title: 'Tollkeeper: a tool asks for access',
    backgroundColor: nativeTheme.shouldUseDarkColors ? windowGround.dark : windowGround.light,
    webPreferences: windowPreferences(environment),
  });
  window.setAlwaysOnTop(true, 'pop-up-menu');
  window.setVisibleOnAllWorkspaces(true, { visibleOnFullScreen: true });
  window.on('close', (event) => {
    event.preventDefault();
    window.hide();
  });
  void window.loadURL(`${environment.origin}/prompt.html`);

  const shownAt = new Map<string, number>();
  /** When each waiting request was made, milliseconds since the epoch. */
  let waitingSince: ReadonlyMap<string, number> = new Map();
  let deadline: NodeJS.Timeout | null = null;
  let paintedId: string | null = null;

  function show(): void {
    if (deadline) clearTimeout(deadline);
    deadline = null;
    if (waitingSince.size === 0 || window.isVisible()) return;
    window.showInactive();
    window.moveTop();
    markShown(paintedId);
  }

  function markShown(id: string | null): void {
    const madeAt = id === null ? undefined : waitingSince.get(id);
    if (id === null || madeAt === undefined || shownAt.has(id)) return;
    shownAt.set(id, clock.monotonic());
    onShown(id, clock.now() - madeAt);
  }

  return {
    update: (all) => {
      const waiting = all.filter(({ inbox }) => inbox === null);
      const fresh = waiting.some((request) => !waitingSince.has(request.id));
      waitingSince = new Map(waiting.map((request) => [request.id, Date.parse(request.createdAt)]));
      for (const id of shownAt.keys()) if (!waitingSince.has(id)) shownAt.delete(id);
      if (waitingSince.size === 0) {
        window.hide();
        return;
      }
      if (fresh && !window.isVisible()) deadline ??= setTimeout(show, showDeadlineMs);
    },
    painted: (height, requestId) => {
      paintedId = requestId;
      window.setBounds(besideTray(trayBounds(), Math.max(height, 120)));
      if (window.isVisible()) markShown(requestId);
      else if (requestId !== null && waitingSince.has(requestId)) show();
    },
    assertSeen: (requestId) => {
      const since = shownAt.get(requestId);
      if (since === undefined || clock.monotonic() - since < minimumTimeOnScreenMs) {
        throw new TollkeeperError('conflict', 'Read the request first, then answer.');
      }
    },
    focus: () => {
      if (waitingSince.size === 0) return;
      window.show();
      window.focus();
      markShown(paintedId);
    },
    hide: () => window.hide(),
    get contents() {
      return window.isDestroyed() ? null : window.webContents;
    },
  };
}
