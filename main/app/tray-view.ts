import type { Caller, Control } from '#main/control/control.ts';
import type { Actor } from '#shared/model/access.ts';
import { troubledRotations } from '#shared/policy/rotation-trouble.ts';
import { tightBudgets } from './budget-view.ts';
import type { TrayView } from './tray-menu.ts';

/** How many recent requests the menu lists. */
const recentRequests = 8;
/** How many of the newest grants are looked at for those that were spent before their time. */
const newestGrants = 50;
/** How many unread alerts are counted. */
const newestAlerts = 100;

/** The desktop acting in a person's name, or in its own. */
export function callerFor(actor: Actor): Caller {
  return { actor, process: null, onDisconnect: () => undefined };
}

/** Everything the tray shows, asked from control in one go; only the status while the vault is not ready. `now` is the wall clock in milliseconds. */
export async function readTrayView(control: Control, now: number): Promise<TrayView> {
  const caller = callerFor('tray');
  const status = await control.perform('status.read', {}, caller);
  if (status.vault.state !== 'ready')
    return { status, requests: [], grants: [], budgets: [], rotations: [], alerts: [], recent: [] };
  const [requests, grants, newest, limits, rotations, alerts, recent] = await Promise.all([
    control.perform('request.list', {}, caller),
    control.perform('grant.list', {}, caller),
    control.perform('grant.list', { includeEnded: true, limit: newestGrants }, caller),
    control.perform('limit.list', {}, caller),
    control.perform('rotation.list', {}, caller),
    control.perform('alert.list', { unreadOnly: true, limit: newestAlerts }, caller),
    control.perform('usage.list', { filter: {}, offset: 0, limit: recentRequests }, caller),
  ]);
  return {
    ...{ status, requests, grants, alerts, recent: recent.records },
    rotations: troubledRotations(rotations, now),
    budgets: tightBudgets([...grants, ...newest.filter((grant) => grant.status === 'ended')], limits, now),
  };
}
