import { formatCount, formatPlural, formatTokens } from '#renderer/components/format/count.ts';
import { formatMoney } from '#renderer/components/format/money.ts';
import type { BudgetPeriod, LimitDraft, LimitRule, LimitStatus, LimitSubject } from '#shared/model/limit.ts';
import { amountOf, usualWarnings } from '#shared/model/limit.ts';

/** Turns a key's id into what a person calls it. */
export type NameKey = (credentialId: string) => string;

const periods: Readonly<Record<BudgetPeriod, string>> = {
  request: 'for each request',
  day: 'a day',
  month: 'a month',
  once: 'in all',
};

const ends: Readonly<Record<BudgetPeriod, string>> = {
  request: 'A call that may cost more is refused',
  day: 'Then calls are refused until midnight',
  month: 'Then calls are refused until the first of the next month',
  once: 'Then calls are refused until you add money',
};

/** Whose limit it is: `Everything`, a tool's name, or a key's. */
export function nameSubject(subject: LimitSubject, nameKey: NameKey): string {
  switch (subject.kind) {
    case 'everything':
      return 'Everything';
    case 'tool':
      return subject.tool;
    case 'credential':
      return nameKey(subject.credentialId);
  }
}

/** What it allows: `$10.00 a day`, `60 requests a minute`. */
export function nameRule(rule: LimitRule): string {
  switch (rule.kind) {
    case 'budget':
      return `${formatMoney(rule.amountMicroUsd)} ${periods[rule.period]}`;
    case 'requests-per-minute':
      return `${formatPlural(rule.amount, 'request')} a minute`;
    case 'tokens-per-minute':
      return `${formatPlural(rule.amount, 'token')} a minute`;
    case 'concurrent-streams':
      return `${formatPlural(rule.amount, 'stream')} at once`;
  }
}

/** An amount in the rule's unit, short enough for a line: `$3.41`, `41.3 K`. */
export function formatAmount(rule: LimitRule, amount: number): string {
  if (rule.kind === 'budget') return formatMoney(amount);
  return rule.kind === 'tokens-per-minute' ? formatTokens(amount) : formatCount(amount);
}

/** What is used of it: `$3.41 of $10.00`, or what it holds for where nothing adds up. */
export function describeUse(limit: LimitStatus): string {
  const { rule } = limit;
  if (rule.kind === 'budget' && rule.period === 'request') return 'Holds for each request by itself';
  const now = rule.kind === 'concurrent-streams' ? limit.running : limit.used + limit.running;
  const unit = rule.kind === 'budget' ? '' : rule.kind === 'concurrent-streams' ? ' now' : ' in the last minute';
  return `${formatAmount(rule, now)} of ${formatAmount(rule, limit.allowed)}${unit}`;
}

/** What a limit will do, in a sentence: `Codex may spend $5.00 a day. Then calls are refused until midnight; you are told at 80% and 95%.` */
export function describeDraft(draft: LimitDraft, nameKey: NameKey): string {
  const { subject, rule } = draft;
  const who =
    subject.kind === 'everything'
      ? 'All calls together'
      : subject.kind === 'tool'
        ? subject.tool
        : `Calls with ${nameKey(subject.credentialId)}`;
  if (rule.kind === 'budget') {
    const warnings = draft.warnAt ?? usualWarnings;
    const told = warnings.length === 0 ? '' : `; you are told at ${listPercents(warnings)}`;
    return `${who} may spend ${nameRule(rule)}. ${ends[rule.period]}${rule.period === 'request' ? '' : told}.`;
  }
  const more = rule.kind === 'concurrent-streams' ? 'Another stream' : 'A call beyond that';
  return `${who} may take ${nameRule(rule)}. ${more} is refused with 429 and told when to try again.`;
}

function listPercents(percents: readonly number[]): string {
  const words = percents.map((percent) => `${percent}%`);
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

/** The draft that brings a limit back, or as it was. */
export function draftOf({ subject, rule, warnAt }: Pick<LimitStatus, 'subject' | 'rule' | 'warnAt'>): LimitDraft {
  return rule.kind === 'budget' ? { subject, rule, warnAt: [...warnAt] } : { subject, rule };
}

/** Limits of one subject, in the order of the page: everything first, then tools, then keys, each by name. */
export interface LimitGroup {
  readonly key: string;
  readonly subject: LimitSubject;
  readonly name: string;
  readonly limits: readonly LimitStatus[];
}

const kindOrder: readonly LimitRule['kind'][] = [
  'budget',
  'requests-per-minute',
  'tokens-per-minute',
  'concurrent-streams',
];
const subjectOrder: readonly LimitSubject['kind'][] = ['everything', 'tool', 'credential'];

/** Puts limits together by whose they are. */
export function groupLimits(limits: readonly LimitStatus[], nameKey: NameKey): readonly LimitGroup[] {
  const groups = new Map<string, LimitGroup>();
  for (const limit of limits) {
    const name = nameSubject(limit.subject, nameKey);
    const key = JSON.stringify(limit.subject);
    const known = groups.get(key);
    groups.set(key, { key, subject: limit.subject, name, limits: [...(known?.limits ?? []), limit] });
  }
  return [...groups.values()]
    .map((group) => ({
      ...group,
      limits: group.limits.toSorted(
        (one, other) =>
          kindOrder.indexOf(one.rule.kind) - kindOrder.indexOf(other.rule.kind) ||
          amountOf(one.rule) - amountOf(other.rule),
      ),
    }))
    .sort(
      (one, other) =>
        subjectOrder.indexOf(one.subject.kind) - subjectOrder.indexOf(other.subject.kind) ||
        one.name.localeCompare(other.name),
    );
}
