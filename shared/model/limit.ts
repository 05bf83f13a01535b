import { z } from 'zod';
import { actorSchema, toolNameSchema } from './access.ts';
import { lazily } from './lazily.ts';

/** Whose calls a limit counts: one tool's, those with one provider key, or all. A grant's own budget is on the grant. */
export const limitSubjectSchema = lazily(() =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('tool'), tool: toolNameSchema }),
    z.object({ kind: z.literal('credential'), credentialId: z.string().min(1).max(200) }),
    z.object({ kind: z.literal('everything') }),
  ]),
);

/** How long a budget lasts: one call, a local day, a local month, or from when it was set on. */
export const budgetPeriodSchema = lazily(() => z.enum(['request', 'day', 'month', 'once']));

/** The largest budget, in micro-dollars: a million dollars. */
export const largestBudgetMicroUsd = 1_000_000_000_000;

const countSchema = lazily(() => z.number().int().min(1).max(1_000_000_000));

/** What a limit allows. Rates are over any sixty seconds; streams are counted while they run. */
export const limitRuleSchema = lazily(() =>
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('budget'),
      amountMicroUsd: z.number().int().min(1).max(largestBudgetMicroUsd),
      period: budgetPeriodSchema,
    }),
    z.object({ kind: z.literal('requests-per-minute'), amount: countSchema }),
    z.object({ kind: z.literal('tokens-per-minute'), amount: countSchema }),
    z.object({ kind: z.literal('concurrent-streams'), amount: countSchema }),
  ]),
);

/** What one top-up adds, in micro-dollars. */
export const topUpAmountSchema = lazily(() => z.number().int().min(1).max(largestBudgetMicroUsd));

/** Percents of a budget at which somebody is told, ascending. */
export const warnAtSchema = lazily(() =>
  z
    .array(z.number().int().min(1).max(100))
    .max(10)
    .transform((percents) => [...new Set(percents)].sort((first, second) => first - second)),
);

/** Percents at which a budget warns when nothing else was chosen. */
export const usualWarnings: readonly number[] = [80, 95];

/** What makes a limit. There is one for each subject, kind and period: setting it again changes it. */
export const limitDraftSchema = lazily(() =>
  z.object({
    subject: limitSubjectSchema,
    rule: limitRuleSchema,
    /** Of a budget only; others don't warn. */
    warnAt: warnAtSchema.optional(),
  }),
);

/** A standing limit on what may be spent or called. */
export const limitSchema = lazily(() =>
  z.object({
    id: z.string(),
    subject: limitSubjectSchema,
    rule: limitRuleSchema,
    warnAt: z.array(z.number().int()),
    createdAt: z.iso.datetime(),
    createdBy: actorSchema,
  }),
);

/** A limit as it stands now. Amounts are micro-dollars, requests, tokens or streams, as its rule counts them. */
export const limitStatusSchema = lazily(() =>
  limitSchema.extend({
    /** What it allows now, top-ups of this window included. */
    allowed: z.number().int(),
    /** What calls that have ended used of it; 0 for a budget for each request. */
    used: z.number().int(),
    /** What calls that run now have shown so far. */
    running: z.number().int(),
    /** Never below zero. */
    left: z.number().int(),
    /** Whole percents of what it allows, which may pass 100. */
    percent: z.number().int(),
    /** The highest percent of `warnAt` it has reached in this window; null for none. */
    warned: z.number().int().nullable(),
    /** What was added for this window only, in micro-dollars. */
    topUpMicroUsd: z.number().int(),
    windowStartedAt: z.iso.datetime().nullable(),
    /** When a day's or a month's budget begins anew; null for the others. */
    resetsAt: z.iso.datetime().nullable(),
  }),
);

/** See {@link limitSubjectSchema}. */
export type LimitSubject = Readonly<z.infer<typeof limitSubjectSchema>>;
/** See {@link limitRuleSchema}. */
export type LimitRule = Readonly<z.infer<typeof limitRuleSchema>>;
/** See {@link budgetPeriodSchema}. */
export type BudgetPeriod = z.infer<typeof budgetPeriodSchema>;
/** See {@link limitDraftSchema}. */
export type LimitDraft = Readonly<z.infer<typeof limitDraftSchema>>;
/** See {@link limitSchema}. */
export type Limit = Readonly<z.infer<typeof limitSchema>>;
/** See {@link limitStatusSchema}. */
export type LimitStatus = Readonly<z.infer<typeof limitStatusSchema>>;

/** A limit as it is enforced, with what was used of it so far. Amounts are integers in the rule's own unit. */
export interface LimitLease {
  readonly id: string;
  readonly subject: LimitSubject;
  readonly rule: LimitRule;
  /**
   * The budget's present window in milliseconds since the epoch, its end null for never; what ended calls used in it, and what was
   * added for it alone. Of a rate only `used` counts: what the last minute held.
   */
  readonly window: {
    readonly start: number;
    readonly end: number | null;
    readonly used: number;
    readonly topUpMicroUsd: number;
  };
}

/** What a rule allows, in its own unit. */
export function amountOf(rule: LimitRule): number {
  return rule.kind === 'budget' ? rule.amountMicroUsd : rule.amount;
}

/** What only one limit can have: its subject, kind and period as text. */
export function limitKey({ subject, rule }: Pick<Limit, 'subject' | 'rule'>): string {
  const whose =
    subject.kind === 'tool' ? subject.tool : subject.kind === 'credential' ? subject.credentialId : 'everything';
  return JSON.stringify([subject.kind, whose, rule.kind, rule.kind === 'budget' ? rule.period : null]);
}
