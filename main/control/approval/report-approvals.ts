import type { Registry } from '#main/store/registry/registry.ts';
import type { ApprovalReport } from '#shared/model/asked-request.ts';
import type { Clock } from '#shared/model/clock.ts';
import { localCalendar } from '#shared/policy/calendar.ts';
import { countApprovals, startsOfDays } from '#shared/policy/count-approvals.ts';
import { suggestPolicies } from '#shared/policy/suggest-policies.ts';

/** How often a person was asked on each of the last days, and the policies that would have saved most of it. */
export function reportApprovals(
  registry: Pick<Registry, 'askedRequests' | 'policies'>,
  { clock, days }: { readonly clock: Pick<Clock, 'now'>; readonly days: number },
): ApprovalReport {
  const counted = { calendar: localCalendar, now: clock.now(), days };
  const asked = registry.askedRequests.listSince(startsOfDays(counted)[0] ?? 0);
  return { days: countApprovals(asked, counted), suggestions: suggestPolicies(asked, registry.policies.list()) };
}
