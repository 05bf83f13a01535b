import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type App, clipboard, nativeTheme, type PowerMonitor, powerMonitor, systemPreferences } from 'electron';
import type { Control } from '#main/control/control.ts';
import type { Log } from '#main/control/control-options.ts';
import { createLoginItem, type LoginItem } from '#main/host/login-item.ts';
import { watchLoginSession } from '#main/host/login-session.ts';
import { createPresence } from '#main/host/presence/create-presence.ts';
import { createScreenLock } from '#main/host/screen-lock.ts';
import { watchSessionLock } from '#main/host/session-lock.ts';
import { registerIpc, sendEvent } from '#main/ipc/register.ts';
import { createShellHandlers } from '#main/ipc/shell-handlers.ts';
import type { WindowRole } from '#main/ipc/window-role.ts';
import type { HomePaths } from '#shared/contract/home.ts';
import type { OperationArguments, OperationName, OperationOutput } from '#shared/contract/operations.ts';
import type { ChangeTopic } from '#shared/contract/status.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { PresenceKind } from '#shared/model/presence.ts';
import { providers } from '#shared/provider/index.ts';
import { createAlertNotifier } from './alert-notifier.ts';
import { setApplicationMenu } from './application-menu.ts';
import { createBudgetNotifier } from './budget-notifier.ts';
import { createDashboardWindow, type DashboardWindow } from './dashboard-window.ts';
import { notifyStopped } from './panic-notification.ts';
import { playDemo } from './play-demo.ts';
import { createPromptWindow, type PromptWindow } from './prompt-window.ts';
import { rendererOrigin, serveRenderer } from './renderer-protocol.ts';
import { createRequestNotifier } from './request-notifier.ts';
import { createRotatingLog } from './rotating-log.ts';
import { createRotationNotifier } from './rotation-notifier.ts';
import { secureContents } from './secure-contents.ts';
import { startAppControl } from './start-app-control.ts';
import { systemClock } from './system-clock.ts';
import { createTray, type TrayIcon } from './tray.ts';
import type { TrayActs } from './tray-menu.ts';
import { callerFor, readTrayView } from './tray-view.ts';
import type { WindowEnvironment } from './window-options.ts';

/** What the command line said. */
export interface AppArguments {
  /** Null takes the setting. */
  readonly port: number | null;
  readonly demo: boolean;
  /** Started at login: no window. */
  readonly hidden: boolean;
}

/** What {@link runApp} needs. */
export interface AppOptions {
  readonly app: App;
  readonly paths: HomePaths;
  readonly args: AppArguments;
  /** Absolute path of `dist`. */
  readonly distFolder: string;
}

/** Milliseconds that open streams get to end when the person quits. */
const quitGraceMs = 2_000;

/** Applies the settings that belong to the shell, not to control. */
async function applySettings(control: Control, loginItem: LoginItem): Promise<void> {
  const status = await control.perform('status.read', {}, callerFor('system'));
  if (status.vault.state !== 'ready') return;
  const settings = await control.perform('settings.read', {}, callerFor('system'));
  nativeTheme.themeSource = settings.theme;
  if ((await loginItem.read()) !== settings.startAtLogin) await loginItem.write(settings.startAtLogin);
}

function trayActs(
  app: App,
  windows: { open(route?: string): void; review(): void },
  control: Promise<Control>,
  log: Log,
): TrayActs {
  const act = async <N extends OperationName>(name: N, input: OperationArguments<N>): Promise<void> => {
    await (await control).perform(name, input, callerFor('tray'));
  };
  const report = (promise: Promise<void>): void => {
    promise.catch((error: unknown) =>
      log('tray-act-failed', { code: error instanceof TollkeeperError ? error.code : 'internal' }),
    );
  };
  return {
    openDashboard: windows.open,
    review: windows.review,
    allow: (id) => report(act('request.approve', { id, approval: {} })),
    deny: (id) => report(act('request.deny', { id })),
    pause: (paused) => report(act('gateway.pause', { paused })),
    copyBaseUrl: () => report(control.then(({ gatewayUrl }) => clipboard.writeText(gatewayUrl ?? ''))),
    endGrant: (id) => report(act('grant.revoke', { id })),
    topUp: ({ kind, id, topUpMicroUsd: amountMicroUsd }) =>
      report(act(kind === 'grant' ? 'grant.topUp' : 'limit.topUp', { id, amountMicroUsd })),
    panic: () =>
      report(
        control
          .then((running) => running.perform('panic', {}, callerFor('tray')))
          .then((done) => notifyStopped(done, windows.open)),
      ),
    quit: () => app.quit(),
  };
}

/** Milliseconds between two looks at when somebody last touched the machine. */
const idleLookMs = 5_000;

function watchIdle(monitor: Pick<PowerMonitor, 'getSystemIdleTime'>, control: Control): void {
  setInterval(() => control.systemIdle(monitor.getSystemIdleTime() * 1_000), idleLookMs).unref();
}

/** Hosts the windows may send a person to: each provider's consoles and documentation. */
function externalHosts(): ReadonlySet<string> {
  const pages = Object.values(providers).flatMap(({ consoleUrl, documentation, guide, rotation }) => [
    ...[consoleUrl, documentation, guide?.page ?? null],
    ...[guide?.api?.adminKey.consoleUrl ?? null, rotation?.adminKey?.consoleUrl ?? null],
  ]);
  return new Set(pages.flatMap((url) => (url === null ? [] : [new URL(url).hostname])));
}

function loginCommand(app: App): readonly string[] {
  return app.isPackaged ? [process.execPath, '--hidden'] : [process.execPath, app.getAppPath(), '--hidden'];
}

/** Starts the desktop app: the tray first, then control, then the windows. Rejects when control can't be started. */
export async function runApp({ app, paths, args, distFolder }: AppOptions): Promise<void> {
  const log = createRotatingLog(join(paths.home, 'log', 'app.log'), systemClock.now);
  const origin = (!app.isPackaged && process.env.TOLLKEEPER_RENDERER_URL) || rendererOrigin;
  const isOurAddress = (url: string): boolean => url === origin || url.startsWith(`${origin}/`);
  const environment: WindowEnvironment = { distFolder, packaged: app.isPackaged, origin };
  const iconFolder = join(distFolder, 'icons');
  const loginItem = createLoginItem({
    platform: process.platform,
    app,
    command: loginCommand(app),
    configFolder: process.env.XDG_CONFIG_HOME ?? join(app.getPath('home'), '.config'),
  });

  setApplicationMenu(process.platform, app.isPackaged);
  secureContents(app, isOurAddress);
  serveRenderer(join(distFolder, 'renderer'));

  const presence = createPresence({
    platform: process.platform,
    environment: process.env,
    touchId: systemPreferences,
  });
  const starting = startAppControl({ paths, port: args.port, demo: args.demo, distFolder, log, presence });
  const dashboard = createDashboardWindow(environment, join(iconFolder, 'icon.png'));
  const acts = trayActs(app, { open: dashboard.open, review: () => prompt.focus() }, starting, log);
  const tray = createTray({ iconFolder, acts, now: systemClock.now });
  log('tray-shown', { afterStartMs: Math.round(systemClock.now() - performance.timeOrigin) });
  const prompt = createPromptWindow({
    environment,
    clock: systemClock,
    trayBounds: () => tray.bounds(),
    onShown: (requestId, afterMs) => log('prompt-shown', { requestId, afterMs: Math.round(afterMs) }),
  });
  app.on('second-instance', () => dashboard.open());
  app.on('activate', () => dashboard.open());
  app.on('window-all-closed', () => undefined);

  const screenLock = await createScreenLock({
    platform: process.platform,
    monitor: powerMonitor,
    watchSession: (listener) => watchSessionLock(process.env, listener),
    watchLogin: (listener) => watchLoginSession(process.env, listener),
  });
  connectWindows({
    starting,
    prompt,
    dashboard,
    isOurAddress,
    log,
    canLockDetect: screenLock.available,
    presence: (await presence).kind,
  });

  if (!args.hidden) dashboard.open();
  const control = await starting;
  closeBeforeQuit(app, control, () => tray.destroy());
  screenLock.onChange(control.away);
  watchIdle(powerMonitor, control);
  followChanges({ control, prompt, dashboard, tray, loginItem, log });
  whenListening(control, (gatewayUrl) => {
    const next = args.demo
      ? 'The demo asks for access: answer the prompt by the tray.'
      : `Next, in the window or in a terminal: ${app.isPackaged ? 'toll' : 'node dist/cli/toll.mjs'} key add openai`;
    process.stdout.write(`Tollkeeper is running. Gateway: ${gatewayUrl}\n${next}\n`);
    if (args.demo) playDemo(control, gatewayUrl);
  });
}

interface Windows {
  readonly prompt: PromptWindow;
  readonly dashboard: DashboardWindow;
  readonly log: Log;
}

interface WindowConnections extends Windows {
  readonly starting: Promise<Control>;
  readonly canLockDetect: boolean;
  readonly presence: PresenceKind | null;
  isOurAddress(url: string): boolean;
}

/** Gives each window the operations it may call, and enforces the prompt's minimum time on screen. */
function connectWindows({
  starting,
  prompt,
  dashboard,
  isOurAddress,
  log,
  canLockDetect,
  presence,
}: WindowConnections): void {
  const perform = async <N extends OperationName>(
    name: N,
    input: OperationArguments<N>,
    role: WindowRole,
  ): Promise<OperationOutput<N>> => {
    if (role === 'prompt' && name === 'request.approve')
      prompt.assertSeen((input as OperationArguments<'request.approve'>).id);
    return (await starting).perform(name, input, callerFor(role));
  };
  registerIpc({
    perform,
    roleOf: (contents) => {
      if (contents === prompt.contents) return 'prompt';
      return contents === dashboard.contents ? 'dashboard' : null;
    },
    isOurAddress,
    log,
    shell: createShellHandlers({
      promptPainted: prompt.painted,
      hidePrompt: prompt.hide,
      openDashboard: dashboard.open,
      externalHosts: externalHosts(),
      listUsage: (input) => perform('usage.list', input, 'dashboard'),
      capabilities: { canStartAtLogin: true, canLockDetect, presence },
    }),
  });
}

interface Followers extends Windows {
  readonly control: Control;
  readonly tray: TrayIcon;
  readonly loginItem: LoginItem;
}

/** Keeps windows, prompt and tray at what is true: each is told of every change, and the last one is never missed. */
function followChanges({ control, prompt, dashboard, tray, loginItem, log }: Followers): void {
  const isWanted = async (): Promise<boolean> =>
    (await control.perform('settings.read', {}, callerFor('system'))).notifications;
  const notify = createRequestNotifier({ isWanted, review: prompt.focus });
  const warn = createBudgetNotifier({ isWanted, open: () => dashboard.open('/limits') });
  const alarm = createAlertNotifier({ isWanted, open: () => dashboard.open('/alerts') });
  const tellRotations = createRotationNotifier({ isWanted, open: () => dashboard.open('/rotation') });
  let isReading = false;
  let isStale = false;
  const refresh = async (): Promise<void> => {
    isStale = true;
    if (isReading) return;
    isReading = true;
    try {
      while (isStale) {
        isStale = false;
        const view = await readTrayView(control, systemClock.now());
        prompt.update(view.requests);
        tray.update(view);
        await notify(view.requests);
        await warn(view.budgets);
        if (view.status?.vault.state === 'ready') await alarm(view.alerts);
      }
    } finally {
      isReading = false;
    }
  };
  const changed = (topics: readonly ChangeTopic[]): void => {
    for (const contents of [prompt.contents, dashboard.contents])
      if (contents) sendEvent(contents, { type: 'changed', topics });
    const report = (error: unknown): void =>
      log('refresh-failed', { code: error instanceof TollkeeperError ? error.code : 'internal' });
    if (topics.some((topic) => topic !== 'running' && topic !== 'audit')) refresh().catch(report);
    if (topics.includes('rotations'))
      control.perform('rotation.list', {}, callerFor('system')).then(tellRotations).catch(report);
    if (topics.includes('settings')) applySettings(control, loginItem).catch(report);
  };
  control.onChange(changed);
  changed(['status', 'settings', 'requests']);
}

/** Calls back once, when the gateway first listens. */
function whenListening(control: Control, act: (gatewayUrl: string) => void): void {
  if (control.gatewayUrl) {
    act(control.gatewayUrl);
    return;
  }
  const stop = control.onChange(() => {
    if (!control.gatewayUrl) return;
    stop();
    act(control.gatewayUrl);
  });
}

function closeBeforeQuit(app: App, control: Control, beforeExit: () => void): void {
  let closing = false;
  const close = (): void => {
    if (closing) return;
    closing = true;
    control
      .close(quitGraceMs)
      .catch(() => undefined)
      .finally(() => {
        beforeExit();
        app.exit(0);
      });
  };
  app.on('before-quit', (event) => {
    event.preventDefault();
    close();
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, close);
}
