import type { LimitRecord } from '#main/store/registry/registry.ts';
import type { LimitStatus } from '#shared/model/limit.ts';
import type { RunningRequest } from '#shared/model/usage.ts';
import type { LimitReading } from '#shared/policy/limit-call.ts';
import { budgetPercent } from './budget-warning.ts';

/** A limit as views show it. */
export function limitStatus(
  record: LimitRecord,
  reading: LimitReading,
  running: readonly RunningRequest[],
): LimitStatus {
  const { window: kept, ...limit } = record;
  const inFlight = runningAmount(record, running, reading.window.start);
  const isBudget = record.rule.kind === 'budget';
  const hasWindow = isBudget && !(record.rule.kind === 'budget' && record.rule.period === 'request');
  return {
    ...limit,
    allowed: reading.allowed,
    used: reading.used,
    running: inFlight,
    left: Math.max(0, reading.allowed - reading.used - inFlight),
    percent: budgetPercent(reading),
    warned: kept.warnedPercent,
    topUpMicroUsd: kept.topUpMicroUsd,
    windowStartedAt: hasWindow ? new Date(reading.window.start).toISOString() : null,
    resetsAt: reading.window.end === null ? null : new Date(reading.window.end).toISOString(),
  };
}

function runningAmount({ subject, rule }: LimitRecord, running: readonly RunningRequest[], since: number): number {
  const concerned = running.filter(
    (call) =>
      subject.kind === 'everything' ||
      (subject.kind === 'tool' ? call.tool === subject.tool : call.credentialId === subject.credentialId),
  );
  switch (rule.kind) {
    case 'budget':
      return rule.period === 'request'
        ? 0
        : concerned
            .filter((call) => Date.parse(call.startedAt) >= since)
            .reduce((sum, call) => sum + (call.costMicroUsd ?? 0), 0);
    case 'requests-per-minute':
      return concerned.length;
    case 'tokens-per-minute':
      return concerned.reduce((sum, call) => sum + call.outputTokens, 0);
    default:
      return concerned.filter((call) => call.stream).length;
  }
}
