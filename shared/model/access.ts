import { z } from 'zod';
import { grantBindingSchema } from './binding.ts';
import { lazily } from './lazily.ts';
import { peerProcessSchema } from './process.ts';
import { scopeListSchema } from './scope.ts';

/** Default and highest lifetime of a grant's token, in seconds. */
export const tokenLifetime = { defaultSeconds: 15 * 60, ceilingSeconds: 12 * 60 * 60, floorSeconds: 1 } as const;

/** Seconds a request waits for an answer before no answer means no. */
export const answerWindowSeconds = 60;

/** Seconds a device code can be redeemed: the time to answer, and then enough for a client that polls slowly. RFC 8628. */
export const deviceCodeSeconds = answerWindowSeconds + 60;

/** Seconds a request waits in the inbox, where nobody is expected to be looking. */
export const inboxWindowSeconds = 60 * 60;

/** A tool that was denied so often within so many seconds is not heard for so many seconds. */
export const silenceRule = { denials: 2, withinSeconds: 5 * 60, silentSeconds: 10 * 60 } as const;

/** How the requester reached us; `browser` is the code flow, where the tool sends its user by way of a browser. RFC 8252. */
export const requestChannelSchema = lazily(() => z.enum(['control-socket', 'device-code', 'browser']));

/** Alphabets with letters that look like Latin ones. */
const lookAlikes = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;

/**
 * A tool's name as it calls itself: a claim, shown in quotation marks until the process vouches for it. Two names that a person could
 * not tell apart are one name, or none: Unicode's compatibility forms are folded, blanks count once, what is invisible is refused.
 */
export const toolNameSchema = lazily(() =>
  z
    .string()
    .normalize('NFKC')
    .trim()
    .min(1)
    .max(64)
    .regex(/^[^\p{C}\n\r\t]+$/u, 'A tool name has no control characters')
    .regex(/^[^\s\p{DI}\u2800]+(?: [^\s\p{DI}\u2800]+)*$/u, 'A tool name has single blanks and nothing invisible')
    .refine((name) => !(/\p{Script=Latin}/u.test(name) && lookAlikes.test(name)), {
      error: 'A tool name mixes no alphabets that look alike',
    }),
);

/** Seconds that access may last. */
export const ttlSecondsSchema = lazily(() =>
  z.number().int().min(tokenLifetime.floorSeconds).max(tokenLifetime.ceilingSeconds),
);
const usesSchema = lazily(() => z.number().int().min(1).max(1_000_000).nullable());
const microUsdSchema = lazily(() => z.number().int().min(1).nullable());

/** What ends a grant besides its lifetime and its uses: whichever comes first. */
export const endsWhenSchema = lazily(() =>
  z.object({
    /** The screen locks. */
    lock: z.literal(true).exactOptional(),
    /** The command that `toll run` started ends. */
    run: z.literal(true).exactOptional(),
    /** A time of day has come, such as 18:00; the moment that this is. */
    at: z.iso.datetime().exactOptional(),
  }),
);
/** See {@link endsWhenSchema}. */
export type EndsWhen = Readonly<z.infer<typeof endsWhenSchema>>;

/** What a tool asks for. */
export const accessDemandSchema = lazily(() =>
  z.object({
    tool: toolNameSchema,
    scopes: scopeListSchema,
    ttlSeconds: ttlSecondsSchema,
    /** How many gateway requests the token may make; null for no limit. */
    uses: usesSchema,
    /** How much it may spend, in micro-dollars; null for no limit. */
    budgetMicroUsd: microUsdSchema,
    purpose: z.string().max(200).nullable(),
    /** Nobody waits for the answer: it may be given later, from the inbox. */
    background: z.boolean().optional(),
    /** False when the asking program says that it runs without a terminal; a claim that can only make a request quieter. */
    terminal: z.boolean().optional(),
    endsWhen: endsWhenSchema.exactOptional(),
    /** It wants a grant that ends with it, so never a token under one that lives already. */
    ownGrant: z.boolean().optional(),
  }),
);

/** Why a request waits in the inbox: nobody is at the program, too many wait at the prompt already, or its program was denied under another name. */
export const inboxReasonSchema = lazily(() => z.enum(['background', 'crowded', 'renamed']));

/** What makes a request unusual for a tool that had access before. */
export const unusualReasonSchema = lazily(() =>
  z.enum(['changed-program', 'other-program', 'wider-scope', 'other-folder']),
);

/** What was granted to the same tool, program and folder the last time. */
const lastTimeSchema = lazily(() =>
  z.object({
    at: z.iso.datetime(),
    ttlSeconds: z.number().int(),
    uses: z.number().int().nullable(),
    budgetMicroUsd: z.number().int().nullable(),
  }),
);

/** A token request that waits for a person. */
export const accessRequestSchema = lazily(() =>
  accessDemandSchema.extend({
    id: z.string(),
    channel: requestChannelSchema,
    process: peerProcessSchema.nullable(),
    /** Where its tokens will work; null for anywhere. */
    binding: grantBindingSchema.nullable().optional(),
    /** The code to compare, such as `KFTW-9PLM`. RFC 8628 section 3.3. */
    userCode: z.string(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    /** Per scope token: was it granted to this tool before, from the same executable and folder? */
    familiarity: z.array(
      z.object({
        scope: z.string(),
        seen: z.enum(['as-last-time', 'new']),
        /** The narrower scope of this kind that it had before. */
        was: z.string().optional(),
      }),
    ),
    firstTime: z.boolean(),
    /** Null when there was no last time from here. */
    lastTime: lastTimeSchema.nullable().default(null),
    /** Null for one that is put before the person at once. */
    inbox: inboxReasonSchema.nullable().default(null),
    /** Empty for a usual one. */
    unusual: z.array(unusualReasonSchema).default([]),
    /** Two digits that have to be typed before an unusual request can be allowed; null for a usual one. */
    confirmation: z.string().nullable().default(null),
    /** Average spend of this tool's earlier grants in micro-dollars; null when there were none. */
    averageSpendMicroUsd: z.number().int().nullable(),
  }),
);

/** How a person (or a policy) answers: possibly narrower than what was asked. */
export const approvalSchema = lazily(() =>
  z.object({
    scopes: scopeListSchema.optional(),
    ttlSeconds: ttlSecondsSchema.optional(),
    uses: usesSchema.optional(),
    budgetMicroUsd: microUsdSchema.optional(),
    /** End the grant when the screen locks. */
    untilLock: z.boolean().optional(),
    /** Also keep a standing policy for this tool, executable and folder. */
    always: z.boolean().optional(),
    /** With `always`: in every folder, not only in this one. */
    anyFolder: z.boolean().optional(),
    /** What an unusual request wants typed. */
    confirmation: z.string().max(8).optional(),
  }),
);

/** How far a grant can be handed on by token exchange: levels below the one that was given, and living grants that stem from it. */
export const grantTreeLimits = { depth: 4, descendants: 100 } as const;

/** Who answered. */
export const actorSchema = lazily(() =>
  z.enum(['prompt', 'tray', 'dashboard', 'cli', 'policy', 'timeout', 'system', 'client']),
);

/** A tool's living or ended right to call models. */
export const grantSchema = lazily(() =>
  z.object({
    id: z.string(),
    requestId: z.string(),
    /** The grant it was narrowed from by token exchange, RFC 8693; null for one that a person or a policy gave. What it uses is taken from that one too. */
    parentGrantId: z.string().nullable().default(null),
    tool: z.string(),
    /** What the sub-agent that holds it calls itself: a claim. Null for one that was not handed on. */
    delegate: z.string().nullable().default(null),
    scopes: z.array(z.string()),
    status: z.enum(['active', 'ended']),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    /** `expired`, `spent`, `panic`, `lock`, `sleep`, `idle`, `run-exited`, `parent-ended`, `refresh-token-reused`, `authorization-code-reused`, `revoked by <actor>`, `watch: <rule>`. */
    endedBy: z.string().nullable(),
    uses: z.number().int().nullable(),
    usesLeft: z.number().int().nullable(),
    budgetMicroUsd: z.number().int().nullable(),
    budgetLeftMicroUsd: z.number().int().nullable(),
    spentMicroUsd: z.number().int(),
    untilLock: z.boolean(),
    /** What else ends it. */
    endsWhen: endsWhenSchema.exactOptional(),
    purpose: z.string().nullable(),
    process: peerProcessSchema.nullable(),
    /** Where its tokens work; null for anywhere. */
    binding: grantBindingSchema.nullable().default(null),
    approvedBy: actorSchema,
  }),
);

/** A standing decision. */
export const policySchema = lazily(() =>
  z.object({
    id: z.string(),
    effect: z.enum(['allow', 'deny']),
    /** Tool name, exact. */
    tool: z.string(),
    scopes: scopeListSchema,
    /** Absolute path of the executable it is bound to; null for any. */
    executable: z.string().nullable(),
    /** SHA-256 of that executable, hex; null for any content. */
    executableHash: z.string().nullable().default(null),
    /** The program that has to speak, where the executable does not tell it: who calls `toll`, or an interpreter's script, as `speakerNameOf` has it; left out for any. */
    speaker: z.string().exactOptional(),
    /** Working folder it is bound to; null for any. */
    folder: z.string().nullable(),
    ttlSeconds: ttlSecondsSchema,
    uses: usesSchema,
    budgetMicroUsd: microUsdSchema,
    createdAt: z.iso.datetime(),
    createdBy: actorSchema,
  }),
);

/** What makes a new policy. */
export const policyDraftSchema = lazily(() => policySchema.omit({ id: true, createdAt: true, createdBy: true }));

/** See {@link accessDemandSchema}. */
export type AccessDemand = Readonly<z.infer<typeof accessDemandSchema>>;
/** See {@link accessRequestSchema}. */
export type AccessRequest = Readonly<z.infer<typeof accessRequestSchema>>;
/** See {@link approvalSchema}. */
export type Approval = Readonly<z.infer<typeof approvalSchema>>;
/** See {@link grantSchema}. */
export type Grant = Readonly<z.infer<typeof grantSchema>>;
/** See {@link policySchema}. */
export type Policy = Readonly<z.infer<typeof policySchema>>;
/** See {@link policyDraftSchema}. */
export type PolicyDraft = Readonly<z.infer<typeof policyDraftSchema>>;
/** See {@link inboxReasonSchema}. */
export type InboxReason = z.infer<typeof inboxReasonSchema>;
/** See {@link unusualReasonSchema}. */
export type UnusualReason = z.infer<typeof unusualReasonSchema>;
/** See {@link actorSchema}. */
export type Actor = z.infer<typeof actorSchema>;
/** See {@link requestChannelSchema}. */
export type RequestChannel = z.infer<typeof requestChannelSchema>;
