import type { AuditFact } from '#main/store/audit/audit-log.ts';
import type { LimitRecord } from '#main/store/registry/registry.ts';
import type { Grant } from '#shared/model/access.ts';
import { usualWarnings } from '#shared/model/limit.ts';
import type { LimitReading } from '#shared/policy/limit-call.ts';

/** Whole percents that were used of what is allowed, rounded down. */
export function budgetPercent({ used, allowed }: Pick<LimitReading, 'used' | 'allowed'>): number {
  return allowed <= 0 ? 100 : Math.floor((used * 100) / allowed);
}

/** The highest of `warnAt` that `percent` has reached; null for none. */
export function highestReached(warnAt: readonly number[], percent: number): number | null {
  const reached = warnAt.filter((share) => percent >= share);
  return reached.length === 0 ? null : Math.max(...reached);
}

/** What the audit log says of a limit's warning. */
export function warningFact(record: LimitRecord, reading: LimitReading): AuditFact {
  return {
    event: 'budget-warning',
    actor: 'system',
    subject: record.id,
    detail: {
      subject: record.subject,
      percent: record.window.warnedPercent,
      usedMicroUsd: reading.used,
      allowedMicroUsd: reading.allowed,
      resetsAt: reading.window.end === null ? null : new Date(reading.window.end).toISOString(),
    },
  };
}

/** What the audit log says when a charge has brought a grant's budget past one of the usual warnings; null when it has not. */
export function grantWarningFact(before: Grant, after: Grant): AuditFact | null {
  if (after.budgetMicroUsd === null) return null;
  const percentOf = (grant: Grant): number =>
    budgetPercent({ used: grant.spentMicroUsd, allowed: grant.budgetMicroUsd ?? 0 });
  const percent = highestReached(usualWarnings, percentOf(after));
  if (percent === null || percent === highestReached(usualWarnings, percentOf(before))) return null;
  return {
    event: 'budget-warning',
    actor: 'system',
    subject: after.id,
    detail: {
      tool: after.tool,
      percent,
      usedMicroUsd: after.spentMicroUsd,
      allowedMicroUsd: after.budgetMicroUsd,
      resetsAt: null,
    },
  };
}
