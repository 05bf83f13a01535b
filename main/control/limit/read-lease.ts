import type { Ledger, SpentQuery } from '#main/store/ledger/ledger.ts';
import type { LimitRecord } from '#main/store/registry/registry.ts';
import type { LimitLease, LimitRule } from '#shared/model/limit.ts';
import { type CalendarSpan, localCalendar } from '#shared/policy/calendar.ts';

const minuteMs = 60_000;

/** The window that a limit set at this moment begins with: the minute before for rates, the present day or month, or from now on. */
export function firstWindow(rule: LimitRule, at: number): CalendarSpan {
  if (rule.kind !== 'budget') return { start: at - minuteMs, end: null };
  return rule.period === 'once' ? { start: at, end: null } : localCalendar(rule.period, at);
}

/** A limit's present window as the ledger tells it, and never less than what is known of it besides: old rows may be deleted. */
export async function readLease(record: LimitRecord, ledger: Pick<Ledger, 'spent'>, now: number): Promise<LimitLease> {
  const { id, subject, rule, window: kept } = record;
  const isInAll = rule.kind === 'budget' && rule.period === 'once';
  const { start, end } = isInAll ? { start: kept.start, end: null } : firstWindow(rule, now);
  const counted = await readUsed(record, ledger, start);
  const isSameWindow = rule.kind === 'budget' && kept.start === start;
  return {
    ...{ id, subject, rule },
    window: {
      ...{ start, end },
      used: isSameWindow ? Math.max(counted, kept.usedMicroUsd) : counted,
      topUpMicroUsd: isSameWindow ? kept.topUpMicroUsd : 0,
    },
  };
}

async function readUsed({ subject, rule }: LimitRecord, ledger: Pick<Ledger, 'spent'>, since: number): Promise<number> {
  if (rule.kind === 'concurrent-streams' || (rule.kind === 'budget' && rule.period === 'request')) return 0;
  const query: SpentQuery = {
    since,
    ...(subject.kind === 'tool' ? { tool: subject.tool } : {}),
    ...(subject.kind === 'credential' ? { credentialId: subject.credentialId } : {}),
  };
  const [spent] = await ledger.spent([query]);
  if (spent === undefined) return 0;
  if (rule.kind === 'budget') return spent.costMicroUsd;
  return rule.kind === 'tokens-per-minute' ? spent.tokens : spent.requests;
}
