import type { WatchAction, WatchRuleChange, WatchRuleId, WatchRuleStatus } from '../model/alert.ts';
import { watchRuleIdSchema } from '../model/alert.ts';
import { type ThresholdName, type WatchRule, watchRules } from './watch-rules.ts';

/** How each rule is set. */
export type WatchSettings = ReadonlyMap<WatchRuleId, WatchRuleStatus>;

/** A rule as it is when nobody has changed it. */
export function usualRule(rule: WatchRuleId): WatchRuleStatus {
  const { actions, thresholds }: WatchRule = watchRules[rule];
  return {
    rule,
    action: actions[0] ?? 'notify',
    thresholds: Object.fromEntries(Object.entries(thresholds).map(([name, { usual }]) => [name, usual])),
  };
}

/** Every rule, in order: as it was changed where it was, and where what is kept still fits. */
export function watchSettings(changed: readonly WatchRuleStatus[]): WatchSettings {
  const kept = new Map(changed.map((status) => [status.rule, status]));
  return new Map(
    watchRuleIdSchema.options.map((rule) => {
      const usual = usualRule(rule);
      const own = kept.get(rule);
      if (own === undefined) return [rule, usual];
      const thresholds = Object.fromEntries(
        Object.entries(usual.thresholds).map(([name, value]) => {
          const chosen = own.thresholds[name];
          return [name, chosen !== undefined && problemOf(rule, name, chosen) === null ? chosen : value];
        }),
      );
      return [rule, { rule, action: isActionOf(rule, own.action) ? own.action : usual.action, thresholds }];
    }),
  );
}

/** The rule after the change, or a sentence that says why it can't be so. */
export function changeRule(before: WatchRuleStatus, change: WatchRuleChange): WatchRuleStatus | string {
  const { rule } = before;
  const usual = usualRule(rule);
  const action = change.action === undefined ? before.action : (change.action ?? usual.action);
  if (!isActionOf(rule, action))
    return `${rule} can be set to ${[...watchRules[rule].actions, 'off'].join(', ')}, not to ${action}.`;
  const named = change.thresholds ?? {};
  for (const [name, value] of Object.entries(named)) {
    const problem = problemOf(rule, name, value);
    if (problem !== null) return problem;
  }
  const thresholds = { ...(change.thresholds === null ? usual.thresholds : before.thresholds), ...named };
  return { rule, action, thresholds };
}

/** One number of a rule. */
export function thresholdOf<R extends WatchRuleId>(settings: WatchSettings, rule: R, name: ThresholdName<R>): number {
  const usual: WatchRule['thresholds'] = watchRules[rule].thresholds;
  return settings.get(rule)?.thresholds[name] ?? usual[name]?.usual ?? 0;
}

/** What follows when the rule is met. */
export function actionOf(settings: WatchSettings, rule: WatchRuleId): WatchAction {
  return settings.get(rule)?.action ?? usualRule(rule).action;
}

function isActionOf(rule: WatchRuleId, action: WatchAction): boolean {
  const { actions }: WatchRule = watchRules[rule];
  return action === 'off' || actions.includes(action);
}

function problemOf(rule: WatchRuleId, name: string, value: number): string | null {
  const known: WatchRule['thresholds'] = watchRules[rule].thresholds;
  const threshold = Object.hasOwn(known, name) ? known[name] : undefined;
  if (threshold === undefined) {
    const names = Object.keys(known);
    return names.length === 0
      ? `${rule} has no number to set.`
      : `${rule} has no number called ${name}; it has ${names.join(', ')}.`;
  }
  if (Number.isFinite(value) && value >= threshold.least && value <= threshold.most) return null;
  return `${name} of ${rule} is between ${threshold.least} and ${threshold.most} ${threshold.unit}.`;
}
