import { parseMoney } from '#renderer/components/format/money.ts';
import {
  amountOf,
  type BudgetPeriod,
  type LimitDraft,
  type LimitRule,
  type LimitStatus,
  type LimitSubject,
  limitDraftSchema,
  usualWarnings,
} from '#shared/model/limit.ts';

/** A limit as it stands in the form, before it is checked. */
export interface LimitFields {
  readonly who: LimitSubject['kind'];
  readonly tool: string;
  readonly credentialId: string | null;
  readonly what: LimitRule['kind'];
  /** Dollars or a count, as typed. */
  readonly amount: string;
  readonly period: BudgetPeriod;
  /** Percents separated by commas, as typed; empty for none. */
  readonly warnAt: string;
}

/** What is wrong with one field, as a sentence. */
export type LimitProblems = Readonly<Partial<Record<keyof LimitFields, string>>>;

/** A form to begin with, for everything, a tool, or a key. */
export function emptyLimitFields(who: LimitSubject['kind'], of: string | undefined): LimitFields {
  return {
    who,
    tool: who === 'tool' ? (of ?? '') : '',
    credentialId: who === 'credential' ? (of ?? null) : null,
    what: 'budget',
    amount: '',
    period: 'day',
    warnAt: usualWarnings.join(', '),
  };
}

/** The form of a limit that is there. */
export function fieldsOf({ subject, rule, warnAt }: LimitStatus): LimitFields {
  return {
    who: subject.kind,
    tool: subject.kind === 'tool' ? subject.tool : '',
    credentialId: subject.kind === 'credential' ? subject.credentialId : null,
    what: rule.kind,
    amount: rule.kind === 'budget' ? String(rule.amountMicroUsd / 1e6) : String(amountOf(rule)),
    period: rule.kind === 'budget' ? rule.period : 'day',
    warnAt: warnAt.join(', '),
  };
}

function parseCount(text: string): number | null {
  const plain = text.trim().replaceAll(',', '');
  return /^\d{1,10}$/.test(plain) && Number(plain) > 0 ? Number(plain) : null;
}

/** Reads percents such as `50, 80%`; null when one of them is none. */
export function parsePercents(text: string): number[] | null {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  const percents = parts.map((part) => Number(/^(\d{1,3})%?$/.exec(part)?.[1]));
  if (percents.some((percent) => !(percent >= 1 && percent <= 100))) return null;
  return [...new Set(percents)].sort((one, other) => one - other);
}

function ruleOf({ what, amount, period }: LimitFields): LimitRule | null {
  if (what === 'budget') {
    const amountMicroUsd = parseMoney(amount);
    return amountMicroUsd === null ? null : { kind: what, amountMicroUsd, period };
  }
  const count = parseCount(amount);
  return count === null ? null : { kind: what, amount: count };
}

function subjectOf({ who, tool, credentialId }: LimitFields): LimitSubject | null {
  switch (who) {
    case 'everything':
      return { kind: who };
    case 'tool':
      return tool.trim() === '' ? null : { kind: who, tool: tool.trim() };
    case 'credential':
      return credentialId === null ? null : { kind: who, credentialId };
  }
}

/** Checks the form: the limit it makes, or what is wrong with it. */
export function readLimitFields(fields: LimitFields): {
  readonly draft: LimitDraft | null;
  readonly problems: LimitProblems;
} {
  const subject = subjectOf(fields);
  const rule = ruleOf(fields);
  const warnAt = parsePercents(fields.warnAt);
  const warns = fields.what === 'budget' && fields.period !== 'request';
  const problems: Record<string, string> = {};
  if (subject === null && fields.who === 'tool') problems.tool = 'Write the tool\u2019s name, as it calls itself.';
  if (subject === null && fields.who === 'credential') problems.credentialId = 'Choose a key.';
  if (rule === null)
    problems.amount = fields.what === 'budget' ? 'Write dollars, such as 5 or 2.50.' : 'Write a whole number above 0.';
  if (warns && warnAt === null) problems.warnAt = 'Write percents from 1 to 100, such as 80, 95.';
  if (subject === null || rule === null || Object.keys(problems).length > 0) return { draft: null, problems };
  const draft = limitDraftSchema.safeParse({ subject, rule, ...(warns ? { warnAt } : {}) });
  if (draft.success) return { draft: draft.data, problems };
  return { draft: null, problems: { amount: 'That is more than a limit can hold.' } };
}
