import type { IpcOperation } from '#shared/contract/ipc.ts';
import type { OperationInput, OperationOutput } from '#shared/contract/operations.ts';
import type { ChangeTopic } from '#shared/contract/status.ts';
import type { Alert, WatchRuleStatus } from '#shared/model/alert.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { changeRule, usualRule, watchSettings } from '#shared/policy/watch-settings.ts';
import { before } from './window-data.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Alerts of several rules: one that ended access, one that happened often, and one that was read. */
export function fakeAlerts(now: number): readonly Alert[] {
  const base = { auditSequence: null, count: 1, readAt: null } as const;
  return [
    {
      ...{ ...base, id: 'alert_theft', rule: 'foreign-process', tool: 'Claude Code' },
      sentence: 'A token of \u201CClaude Code\u201D was used by curl, to which it does not belong, and refused.',
      evidence: [
        { name: 'When', value: '2026-11-22 14:31' },
        { name: 'Used by', value: '/usr/bin/curl (process 51877) in /tmp' },
        { name: 'Started by', value: 'sh (51870), cron (812)' },
        { name: 'Belongs to', value: 'what claude (process 48210) started' },
        { name: 'Given to', value: '/home/sam/.local/bin/claude (process 48210) in /home/sam/work/api' },
      ],
      ...{ requestId: null, auditSequence: 812, grantId: 'grant_claude', count: 14 },
      done: 'Its access was ended; its next request waits for you.',
      ...{ firstAt: before(now, 9 * minute), lastAt: before(now, 2 * minute) },
    },
    {
      ...{ ...base, id: 'alert_spend', rule: 'spend-above-usual', tool: 'Codex' },
      sentence: '\u201CCodex\u201D spent $18.40 within an hour; usually it spends $0.82.',
      evidence: [
        { name: 'Since', value: '2026-11-22 14:00' },
        { name: 'Usual hour', value: '$0.82' },
        { name: 'Busy hour', value: '$3.60' },
        { name: 'Told from', value: '$18.00' },
        { name: 'Looked at', value: '96 hours of use in the last four weeks' },
        { name: 'Given to', value: '/usr/local/bin/codex (process 50112) in /home/sam/work/site' },
      ],
      ...{ requestId: 'req_1', grantId: 'grant_codex', done: 'You were told; nothing was stopped.' },
      ...{ firstAt: before(now, 26 * minute), lastAt: before(now, 26 * minute) },
    },
    {
      ...{ ...base, id: 'alert_model', rule: 'new-model', tool: 'Aider' },
      sentence: '\u201CAider\u201D used anthropic/claude-opus-5 for the first time.',
      evidence: [
        { name: 'Call', value: 'POST /anthropic/v1/messages with claude-opus-5' },
        { name: 'Used before', value: 'anthropic (2 models), openai (1 model)' },
        { name: 'Looked at', value: '1,204 calls in the last four weeks' },
      ],
      ...{ requestId: 'req_2', grantId: 'grant_aider', done: 'You were told; nothing was stopped.' },
      ...{ firstAt: before(now, 3 * day), lastAt: before(now, 3 * day), readAt: before(now, 2 * day) },
    },
  ];
}

type AlertOperation = 'alert.list' | 'alert.read' | 'alert.readAll' | 'watch.list' | 'watch.set';
type AlertHandlers = { [N in AlertOperation & IpcOperation]: (input: OperationInput<N>) => OperationOutput<N> };

/** Alerts and rules that can be read and changed. */
export function createAlertHandlers(
  { mode, now }: { readonly mode: 'full' | 'empty'; readonly now: number },
  changed: (...topics: readonly ChangeTopic[]) => void,
): AlertHandlers {
  let alerts = mode === 'full' ? fakeAlerts(now) : [];
  let rules: readonly WatchRuleStatus[] =
    mode === 'full'
      ? [
          { ...usualRule('foreign-process'), action: 'ask' },
          { ...usualRule('unusual-hour'), action: 'off' },
        ]
      : [];
  const read = (which: (alert: Alert) => boolean): { read: number } => {
    const chosen = alerts.filter((alert) => alert.readAt === null && which(alert)).length;
    alerts = alerts.map((alert) =>
      alert.readAt === null && which(alert) ? { ...alert, readAt: before(now, 0) } : alert,
    );
    changed('alerts');
    return { read: chosen };
  };
  return {
    'alert.list': ({ unreadOnly, limit }) =>
      alerts.filter((alert) => !unreadOnly || alert.readAt === null).slice(0, limit),
    'alert.read': ({ id }) => read((alert) => alert.id === id),
    'alert.readAll': () => read(() => true),
    'watch.list': () => [...watchSettings(rules).values()],
    'watch.set': (change) => {
      const status = changeRule(watchSettings(rules).get(change.rule) ?? usualRule(change.rule), change);
      if (typeof status === 'string') throw new TollkeeperError('invalid_request', status);
      rules = [...rules.filter(({ rule }) => rule !== change.rule), status];
      changed('alerts');
      return status;
    },
  };
}
