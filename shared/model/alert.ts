import { z } from 'zod';
import { lazily } from './lazily.ts';

/** Every rule by which irregular use is noticed; `shared/policy/watch-rules.ts` says what each means. */
export const watchRuleIdSchema = lazily(() =>
  z.enum([
    'calls-above-usual',
    'spend-above-usual',
    'new-provider',
    'new-model',
    'unusual-hour',
    'revoked-token-used',
    'single-use-token-reused',
    'foreign-process',
    'refresh-token-reused',
    'many-refused-tokens',
    'beyond-scope',
    'denied-again',
  ]),
);

/**
 * What follows when a rule is met. `notify` tells the person; `ask` also ends the grant of the call, `revoke` every grant of the
 * tool, and after either the tool's next request waits for a person whatever the policies say; `off` does nothing.
 */
export const watchActionSchema = lazily(() => z.enum(['notify', 'ask', 'revoke', 'off']));

/** A rule's own numbers by name. */
export const thresholdsSchema = lazily(() => z.record(z.string().max(40), z.number()));

/** A rule as it is in force. */
export const watchRuleStatusSchema = lazily(() =>
  z.object({
    rule: watchRuleIdSchema,
    action: watchActionSchema,
    thresholds: thresholdsSchema,
  }),
);

/** A change of a rule; what is not named stays, and null takes the defaults back. */
export const watchRuleChangeSchema = lazily(() =>
  z.object({
    rule: watchRuleIdSchema,
    action: watchActionSchema.nullable().optional(),
    thresholds: thresholdsSchema.nullable().optional(),
  }),
);

/** One fact behind an alert, in words. */
export const evidenceSchema = lazily(() => z.object({ name: z.string(), value: z.string() }));

/** Something irregular that was noticed. It stands until it is read. */
export const alertSchema = lazily(() =>
  z.object({
    id: z.string(),
    rule: watchRuleIdSchema,
    /** The tool it is about; null when nobody can tell. */
    tool: z.string().nullable(),
    /** What happened, in one sentence. */
    sentence: z.string(),
    evidence: z.array(evidenceSchema),
    /** The latest request it happened with; null when there was none. */
    requestId: z.string().nullable(),
    /** The latest entry of the audit log it was seen in. */
    auditSequence: z.number().int().nullable(),
    grantId: z.string().nullable(),
    /** What was done about it, in one sentence. */
    done: z.string(),
    /** How often it was noticed; equal ones are one alert. */
    count: z.number().int().positive(),
    firstAt: z.iso.datetime(),
    lastAt: z.iso.datetime(),
    readAt: z.iso.datetime().nullable(),
  }),
);

/** See {@link watchRuleIdSchema}. */
export type WatchRuleId = z.infer<typeof watchRuleIdSchema>;
/** See {@link watchActionSchema}. */
export type WatchAction = z.infer<typeof watchActionSchema>;
/** See {@link watchRuleStatusSchema}. */
export type WatchRuleStatus = Readonly<z.infer<typeof watchRuleStatusSchema>>;
/** See {@link watchRuleChangeSchema}. */
export type WatchRuleChange = Readonly<z.infer<typeof watchRuleChangeSchema>>;
/** See {@link evidenceSchema}. */
export type Evidence = Readonly<z.infer<typeof evidenceSchema>>;
/** See {@link alertSchema}. */
export type Alert = Readonly<z.infer<typeof alertSchema>>;
