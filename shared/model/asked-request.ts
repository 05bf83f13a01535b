import { z } from 'zod';
import { accessDemandSchema, policyDraftSchema } from './access.ts';
import { lazily } from './lazily.ts';
import { peerProcessSchema } from './process.ts';

/** What became of a request first: put before the person, laid into the inbox, or answered by a policy or a living grant. */
export const askWaySchema = lazily(() => z.enum(['prompt', 'inbox', 'policy', 'grant']));

/** How it ended; `denied` is by a person or a policy, `withdrawn` by the tool. */
export const askOutcomeSchema = lazily(() => z.enum(['waiting', 'granted', 'denied', 'expired', 'withdrawn']));

/** One request that was made, for finding out what could have been spared. */
export const askedRequestSchema = lazily(() =>
  z.object({
    id: z.string(),
    /** Milliseconds since the epoch. */
    askedAt: z.number().int(),
    way: askWaySchema,
    demand: accessDemandSchema,
    process: peerProcessSchema.nullable(),
    /** It looked different from what the tool asks otherwise. */
    unusual: z.boolean(),
    outcome: askOutcomeSchema,
    /** What was granted; null while it waits, and when nothing was. */
    granted: policyDraftSchema.pick({ scopes: true, ttlSeconds: true, uses: true, budgetMicroUsd: true }).nullable(),
  }),
);

/** How many requests of one day went which way. */
export const approvalDaySchema = lazily(() =>
  z.object({
    /** Day of this machine's time zone, `2026-11-22`. */
    day: z.string(),
    prompt: z.number().int(),
    inbox: z.number().int(),
    policy: z.number().int(),
    grant: z.number().int(),
  }),
);

/** A policy that does not exist, and how many questions it would have answered. */
export const policySuggestionSchema = lazily(() => z.object({ draft: policyDraftSchema, saved: z.number().int() }));

/** How often a person was asked, day by day, and what would have helped. */
export const approvalReportSchema = lazily(() =>
  z.object({
    /** Oldest first, without gaps. */
    days: z.array(approvalDaySchema),
    /** The one that would have saved most first. */
    suggestions: z.array(policySuggestionSchema),
  }),
);

/** A tool that is not heard for a while, because it was denied again and again. */
export const silencedToolSchema = lazily(() =>
  z.object({
    id: z.string(),
    tool: z.string(),
    /** Null when the program is not known. */
    executable: z.string().nullable(),
    since: z.iso.datetime(),
    until: z.iso.datetime(),
    /** How many of its requests were refused since. */
    refused: z.number().int(),
  }),
);

/** See {@link askWaySchema}. */
export type AskWay = z.infer<typeof askWaySchema>;
/** See {@link askOutcomeSchema}. */
export type AskOutcome = z.infer<typeof askOutcomeSchema>;
/** See {@link askedRequestSchema}. */
export type AskedRequest = Readonly<z.infer<typeof askedRequestSchema>>;
/** See {@link approvalDaySchema}. */
export type ApprovalDay = Readonly<z.infer<typeof approvalDaySchema>>;
/** See {@link policySuggestionSchema}. */
export type PolicySuggestion = Readonly<z.infer<typeof policySuggestionSchema>>;
/** See {@link approvalReportSchema}. */
export type ApprovalReport = Readonly<z.infer<typeof approvalReportSchema>>;
/** See {@link silencedToolSchema}. */
export type SilencedTool = Readonly<z.infer<typeof silencedToolSchema>>;
