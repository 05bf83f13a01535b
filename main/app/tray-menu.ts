import type { MenuItemConstructorOptions } from 'electron';
import type { Status } from '#shared/contract/status.ts';
import type { AccessRequest, Grant } from '#shared/model/access.ts';
import type { Alert } from '#shared/model/alert.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { dollars } from '#shared/policy/describe-limit.ts';
import type { TroubledRotation } from '#shared/policy/rotation-trouble.ts';
import type { TightBudget } from './budget-view.ts';

/** What the tray's icon tells. */
export type TrayState = 'running' | 'asking' | 'paused' | 'locked' | 'error';

/** Everything the menu shows. */
export interface TrayView {
  readonly status: Status | null;
  readonly requests: readonly AccessRequest[];
  readonly grants: readonly Grant[];
  /** The tightest first. */
  readonly budgets: readonly TightBudget[];
  /** Changes of keys that stopped or were given up. */
  readonly rotations: readonly TroubledRotation[];
  /** Not read yet, newest first. */
  readonly alerts: readonly Alert[];
  /** Newest first. */
  readonly recent: readonly UsageRecord[];
}

/** What the menu can do. */
export interface TrayActs {
  openDashboard(route?: string): void;
  review(): void;
  allow(requestId: string): void;
  deny(requestId: string): void;
  pause(paused: boolean): void;
  copyBaseUrl(): void;
  endGrant(grantId: string): void;
  /** Adds what the menu said it would. */
  topUp(budget: TightBudget): void;
  panic(): void;
  quit(): void;
}

/** The icon's state: what needs the person most comes first. */
export function trayState({ status, requests }: TrayView): TrayState {
  if (!status) return 'running';
  if (status.gateway.state === 'failed' || status.vault.state === 'unavailable') return 'error';
  if (status.vault.state === 'locked') return 'locked';
  if (requests.some(isAtPrompt)) return 'asking';
  if (status.gateway.state === 'paused') return 'paused';
  return status.gateway.state === 'restarting' ? 'error' : 'running';
}

/** How many requests wait, at the prompt and in the inbox, for beside the icon; empty for none. */
export function trayBadge({ requests }: TrayView): string {
  return requests.length === 0 ? '' : String(requests.length);
}

/** One line that says how things are. */
export function trayHeadline(view: TrayView): string {
  const { status, requests } = view;
  const state = trayState(view);
  if (!status) return 'Starting…';
  if (state === 'error') return status.gateway.message ?? status.vault.message ?? 'The gateway is not running';
  if (state === 'locked') return 'The keychain is locked';
  const waiting = requests.filter(isAtPrompt).length;
  if (state === 'asking')
    return waiting === 1 ? '1 tool waits for your answer' : `${waiting} tools wait for your answer`;
  if (state === 'paused') return 'The gateway is paused';
  const inInbox = requests.length - waiting;
  const inbox = inInbox === 0 ? '' : ` · ${inInbox} in the inbox`;
  return `Running at ${status.gateway.url ?? '…'}${inbox}`;
}

function isAtPrompt({ inbox }: AccessRequest): boolean {
  return inbox === null;
}

function minutesLeft(expiresAt: string, now: number): string {
  const minutes = Math.max(0, Math.round((Date.parse(expiresAt) - now) / 60_000));
  return minutes >= 120 ? `${Math.round(minutes / 60)} h left` : `${minutes} min left`;
}

function money(microUsd: number | null): string {
  return microUsd === null ? 'unpriced' : `$${(microUsd / 1_000_000).toFixed(microUsd < 10_000 ? 4 : 2)}`;
}

function requestItems(requests: readonly AccessRequest[], acts: TrayActs): MenuItemConstructorOptions[] {
  return requests
    .filter(isAtPrompt)
    .slice(0, 5)
    .map((request) => ({
      label: `“${request.tool}” asks for ${request.scopes.join(', ')}`,
      submenu: [
        { label: 'Review…', click: () => acts.review() },
        ...(request.confirmation === null
          ? [{ label: 'Allow as asked', click: () => acts.allow(request.id) }]
          : [{ label: 'Not as usual: read it first', enabled: false }]),
        { label: 'Deny', click: () => acts.deny(request.id) },
      ],
    }));
}

function inboxItems(requests: readonly AccessRequest[], acts: TrayActs): MenuItemConstructorOptions[] {
  const inInbox = requests.filter((request) => !isAtPrompt(request)).length;
  return inInbox === 0 ? [] : [{ label: `Inbox (${inInbox})`, click: () => acts.openDashboard('/access') }];
}

function topUpItems(budgets: readonly TightBudget[], acts: TrayActs): MenuItemConstructorOptions[] {
  return budgets.slice(0, 5).map((budget) => ({
    label: `Add ${dollars(budget.topUpMicroUsd)} to ${budget.whose} · ${budget.percent}% of ${budget.allows} spent`,
    click: () => acts.topUp(budget),
  }));
}

/** One line: the newest, and how many more there are. */
function alertItems(alerts: readonly Alert[], acts: TrayActs): MenuItemConstructorOptions[] {
  const [newest, ...others] = alerts;
  if (newest === undefined) return [];
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return [{ label: `Alert: ${newest.sentence}${more}`, click: () => acts.openDashboard('/alerts') }];
}

/** One line each, for the first three. */
function rotationItems(rotations: readonly TroubledRotation[], acts: TrayActs): MenuItemConstructorOptions[] {
  return rotations.slice(0, 3).map(({ overview, rotation }) => ({
    label: `The change of “${overview.label}” ${rotation.state === 'stopped' ? 'needs you' : 'failed; the old key serves'}`,
    click: () => acts.openDashboard(`/rotation?part=history&open=${encodeURIComponent(rotation.id)}`),
  }));
}

function recentItems(recent: readonly UsageRecord[], acts: TrayActs): MenuItemConstructorOptions[] {
  if (recent.length === 0) return [{ label: 'No requests yet', enabled: false }];
  return recent.slice(0, 8).map((record) => ({
    label: `${record.tool ?? 'unknown'} · ${record.model ?? record.endpoint} · ${record.status} · ${money(record.costMicroUsd)}`,
    click: () => acts.openDashboard('/activity'),
  }));
}

function grantItems(grants: readonly Grant[], acts: TrayActs, now: number): MenuItemConstructorOptions[] {
  if (grants.length === 0) return [{ label: 'Nothing to end', enabled: false }];
  return grants.slice(0, 15).map((grant) => ({
    label: `${grant.tool} · ${minutesLeft(grant.expiresAt, now)} · ${money(grant.spentMicroUsd)}`,
    click: () => acts.endGrant(grant.id),
  }));
}

/** The tray's menu for what is true now. `now` is the wall clock in milliseconds. */
export function trayMenu(view: TrayView, acts: TrayActs, now: number): MenuItemConstructorOptions[] {
  const paused = view.status?.gateway.state === 'paused';
  const waiting = [...requestItems(view.requests, acts), ...inboxItems(view.requests, acts)];
  const news = [
    ...alertItems(view.alerts, acts),
    ...rotationItems(view.rotations, acts),
    ...topUpItems(view.budgets, acts),
  ];
  return [
    { label: trayHeadline(view), enabled: false },
    { type: 'separator' },
    ...waiting,
    ...(waiting.length > 0 ? [{ type: 'separator' } as const] : []),
    ...news,
    ...(news.length > 0 ? [{ type: 'separator' } as const] : []),
    { label: 'Open Tollkeeper', click: () => acts.openDashboard() },
    { label: 'Copy base URL', enabled: Boolean(view.status?.gateway.url), click: () => acts.copyBaseUrl() },
    {
      label: paused ? 'Resume the gateway' : 'Pause the gateway',
      enabled: view.status !== null,
      click: () => acts.pause(!paused),
    },
    { type: 'separator' },
    { label: 'Recent requests', submenu: recentItems(view.recent, acts) },
    { label: 'End access', submenu: grantItems(view.grants, acts, now) },
    { label: 'End everything now', enabled: view.grants.length + view.requests.length > 0, click: () => acts.panic() },
    { type: 'separator' },
    { label: 'Quit Tollkeeper', click: () => acts.quit() },
  ];
}
