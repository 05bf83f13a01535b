import { describe, expect, it, vi } from 'vitest';
import type { TightBudget } from '#main/app/budget-view.ts';
import { type TrayActs, type TrayView, trayBadge, trayHeadline, trayMenu, trayState } from '#main/app/tray-menu.ts';
import type { Status } from '#shared/contract/status.ts';
import type { AccessRequest } from '#shared/model/access.ts';
import { troubledRotations } from '#shared/policy/rotation-trouble.ts';
import { fakeAlerts } from '#test/fakes/window-alerts.ts';
import { fakeOverviews } from '#test/fakes/window-rotations.ts';
import { grantRecord } from '#test/fixtures/registry-records.ts';

const running: Status = {
  version: '0.1.0',
  mode: 'app',
  pid: 1,
  home: '/home/ada/.config/tollkeeper',
  gateway: {
    state: 'running',
    url: 'http://127.0.0.1:8377',
    pid: 2,
    restarts: 0,
    message: null,
    socketPath: null,
    tls: null,
  },
  vault: { kind: 'keychain', state: 'ready', message: null },
  ledger: { state: 'ready', pendingRows: 0, message: null },
  waitingRequests: 0,
  activeGrants: 0,
  runningRequests: 0,
  screenLocked: false,
  priceVersion: 'test',
};

const request: AccessRequest = {
  id: 'req_1',
  tool: 'aider',
  scopes: ['openai:chat'],
  ttlSeconds: 900,
  uses: null,
  budgetMicroUsd: null,
  purpose: null,
  channel: 'control-socket',
  process: null,
  userCode: 'KFTW-9PLM',
  createdAt: '2026-11-22T09:00:00.000Z',
  expiresAt: '2026-11-22T09:01:00.000Z',
  familiarity: [],
  firstTime: true,
  lastTime: null,
  inbox: null,
  unusual: [],
  confirmation: null,
  averageSpendMicroUsd: null,
};

function view(changes: Partial<TrayView> = {}): TrayView {
  return { status: running, requests: [], grants: [], budgets: [], rotations: [], alerts: [], recent: [], ...changes };
}

function acts(): TrayActs {
  return {
    openDashboard: vi.fn(),
    review: vi.fn(),
    allow: vi.fn(),
    deny: vi.fn(),
    pause: vi.fn(),
    copyBaseUrl: vi.fn(),
    endGrant: vi.fn(),
    topUp: vi.fn(),
    panic: vi.fn(),
    quit: vi.fn(),
  };
}

function click(menu: ReturnType<typeof trayMenu>, ...path: readonly string[]): void {
  const [label, ...rest] = path;
  const item = menu.find((entry) => entry.label?.startsWith(label ?? ''));
  if (rest.length > 0) click((item?.submenu ?? []) as ReturnType<typeof trayMenu>, ...rest);
  else item?.click?.(item as never, undefined, {} as never);
}

describe('trayState', () => {
  it.each<[string, TrayView, string]>([
    ['before control is up', view({ status: null }), 'running'],
    ['when all is well', view(), 'running'],
    ['when a tool waits', view({ requests: [request] }), 'asking'],
    ['when paused', view({ status: { ...running, gateway: { ...running.gateway, state: 'paused' } } }), 'paused'],
    [
      'when a tool waits while paused',
      view({ requests: [request], status: { ...running, gateway: { ...running.gateway, state: 'paused' } } }),
      'asking',
    ],
    [
      'when the keychain is locked',
      view({ requests: [request], status: { ...running, vault: { ...running.vault, state: 'locked' } } }),
      'locked',
    ],
    [
      'when there is no keychain',
      view({ status: { ...running, vault: { ...running.vault, state: 'unavailable' } } }),
      'error',
    ],
    [
      'when the gateway failed',
      view({ status: { ...running, gateway: { ...running.gateway, state: 'failed' } } }),
      'error',
    ],
    [
      'while the gateway restarts',
      view({ status: { ...running, gateway: { ...running.gateway, state: 'restarting' } } }),
      'error',
    ],
  ])('%s', (_when, given, expected) => {
    expect(trayState(given)).toBe(expected);
  });
});

describe('trayHeadline', () => {
  it('says where the gateway is', () => {
    expect(trayHeadline(view())).toBe('Running at http://127.0.0.1:8377');
  });

  it('counts the tools that wait', () => {
    expect(trayHeadline(view({ requests: [request, { ...request, id: 'req_2' }] }))).toBe(
      '2 tools wait for your answer',
    );
  });

  it('gives the reason when the gateway failed', () => {
    const gateway = { ...running.gateway, state: 'failed' as const, message: 'Port 8377 is taken' };
    expect(trayHeadline(view({ status: { ...running, gateway } }))).toBe('Port 8377 is taken');
  });
});

describe('trayMenu', () => {
  it('lets the inbox wait: no alarm, but a number, a line and the way there', () => {
    const doing = acts();
    const inInbox = view({ requests: [{ ...request, inbox: 'background' }] });
    expect([trayState(inInbox), trayBadge(inInbox)]).toEqual(['running', '1']);
    expect(trayHeadline(inInbox)).toContain('1 in the inbox');
    click(trayMenu(inInbox, doing, 0), 'Inbox (1)');
    expect(doing.openDashboard).toHaveBeenCalledWith('/access');
    expect(trayBadge(view({}))).toBe('');
  });

  it('does not offer to allow an unusual request without reading it', () => {
    const unusual = { ...request, unusual: ['changed-program' as const], confirmation: '47' };
    const menu = trayMenu(view({ requests: [unusual] }), acts(), 0);
    const asking = menu.find(({ label }) => label?.includes('asks for'));
    expect(JSON.stringify(asking?.submenu)).not.toContain('Allow');
  });

  it('answers a waiting request from its own submenu', () => {
    const doing = acts();
    const menu = trayMenu(view({ requests: [request] }), doing, 0);
    click(menu, '“aider” asks', 'Allow as asked');
    click(menu, '“aider” asks', 'Deny');
    click(menu, '“aider” asks', 'Review');
    expect(doing.allow).toHaveBeenCalledExactlyOnceWith('req_1');
    expect(doing.deny).toHaveBeenCalledExactlyOnceWith('req_1');
    expect(doing.review).toHaveBeenCalledOnce();
  });

  it('tells of changes of keys that stopped or failed, and opens each', () => {
    const doing = acts();
    const rotations = troubledRotations(fakeOverviews(0), 0);
    const labels = ['The change of “Private” needs you', 'The change of “Gemini” failed; the old key serves'];
    const menu = trayMenu(view({ rotations }), doing, 0);
    expect(menu.map(({ label }) => label).filter((label) => label?.startsWith('The change'))).toEqual(labels);
    click(menu, labels[0] ?? '');
    expect(doing.openDashboard).toHaveBeenCalledWith('/rotation?part=history&open=rot_stopped');
  });

  it('tells the newest alert in one line, and opens the alerts', () => {
    const doing = acts();
    const [alert] = fakeAlerts(0);
    const alerts = alert === undefined ? [] : [alert, alert, alert];
    const menu = trayMenu(view({ alerts }), doing, 0);
    const label = `Alert: ${alert?.sentence} (and 2 more)`;
    expect(menu.map((item) => item.label)).toContain(label);
    click(menu, label);
    expect(doing.openDashboard).toHaveBeenCalledWith('/alerts');
    expect(trayMenu(view(), doing, 0).some(({ label }) => label?.startsWith('Alert: '))).toBe(false);
  });

  it('offers to add to budgets that are nearly spent', () => {
    const doing = acts();
    const budget: TightBudget = {
      kind: 'limit',
      ...{ id: 'lim_1', whose: 'everything', allows: '$5.00 a day', percent: 96, warned: 95 },
      ...{ window: 'today', topUpMicroUsd: 5_000_000, anew: null },
    };
    const menu = trayMenu(view({ budgets: [budget] }), doing, 0);
    click(menu, 'Add $5.00 to everything \u00B7 96% of $5.00 a day spent');
    expect(doing.topUp).toHaveBeenCalledExactlyOnceWith(budget);
    expect(trayMenu(view(), doing, 0).some(({ label }) => label?.startsWith('Add'))).toBe(false);
  });

  it('ends one grant and everything', () => {
    const doing = acts();
    const menu = trayMenu(view({ grants: [grantRecord()] }), doing, Date.parse('2026-11-22T09:05:00.000Z'));
    click(menu, 'End access', 'claude-code · 10 min left');
    click(menu, 'End everything now');
    expect(doing.endGrant).toHaveBeenCalledExactlyOnceWith('grant_1');
    expect(doing.panic).toHaveBeenCalledOnce();
  });

  it('pauses when running and resumes when paused', () => {
    const doing = acts();
    click(trayMenu(view(), doing, 0), 'Pause the gateway');
    click(
      trayMenu(view({ status: { ...running, gateway: { ...running.gateway, state: 'paused' } } }), doing, 0),
      'Resume the gateway',
    );
    expect(vi.mocked(doing.pause).mock.calls).toEqual([[true], [false]]);
  });

  it('offers nothing that cannot be done', () => {
    const menu = trayMenu(view({ status: null }), acts(), 0);
    const disabled = menu.filter(({ enabled }) => enabled === false).map(({ label }) => label);
    expect(disabled).toEqual(['Starting…', 'Copy base URL', 'Pause the gateway', 'End everything now']);
  });
});
