import { z } from 'zod';
import { peerProcessSchema } from './process.ts';
import { scopeListSchema } from './scope.ts';

/** Default and highest lifetime of a grant's token, in seconds. */
export const tokenLifetime = { defaultSeconds: 15 * 60, ceilingSeconds: 12 * 60 * 60, floorSeconds: 1 } as const;

/** Seconds a request waits for an answer before no answer means no. */
export const answerWindowSeconds = 60;

/** Seconds a device code can be redeemed: the time to answer, and then enough for a client that polls slowly. RFC 8628. */
export const deviceCodeSeconds = answerWindowSeconds + 60;

/** How the requester reached us. */
export const requestChannelSchema = z.enum(['control-socket', 'device-code']);

/** A tool's name as it calls itself: a claim, shown in quotation marks until the process vouches for it. */
export const toolNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .regex(/^[^\p{C}\n\r\t]+$/u, 'A tool name has no control characters');

const ttlSecondsSchema = z.number().int().min(tokenLifetime.floorSeconds).max(tokenLifetime.ceilingSeconds);
const usesSchema = z.number().int().min(1).max(1_000_000).nullable();
const microUsdSchema = z.number().int().min(1).nullable();

/** What a tool asks for. */
export const accessDemandSchema = z.object({
  tool: toolNameSchema,
  scopes: scopeListSchema,
  ttlSeconds: ttlSecondsSchema,
  /** How many gateway requests the token may make; null for no limit. */
  uses: usesSchema,
  /** How much it may spend, in micro-dollars; null for no limit. */
  budgetMicroUsd: microUsdSchema,
  purpose: z.string().max(200).nullable(),
});

/** A token request that waits for a person. */
export const accessRequestSchema = accessDemandSchema.extend({
  id: z.string(),
  channel: requestChannelSchema,
  process: peerProcessSchema.nullable(),
  /** The code to compare, such as `KFTW-9PLM`. RFC 8628 section 3.3. */
  userCode: z.string(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** Per scope token: was it granted to this tool before, from the same executable and folder? */
  familiarity: z.array(z.object({ scope: z.string(), seen: z.enum(['as-last-time', 'new']) })),
  firstTime: z.boolean(),
  /** Average spend of this tool's earlier grants in micro-dollars; null when there were none. */
  averageSpendMicroUsd: z.number().int().nullable(),
});

/** How a person (or a policy) answers: possibly narrower than what was asked. */
export const approvalSchema = z.object({
  scopes: scopeListSchema.optional(),
  ttlSeconds: ttlSecondsSchema.optional(),
  uses: usesSchema.optional(),
  budgetMicroUsd: microUsdSchema.optional(),
  /** End the grant when the screen locks. */
  untilLock: z.boolean().optional(),
  /** Also keep a standing policy for this tool, executable and folder. */
  always: z.boolean().optional(),
});

/** Who answered. */
export const actorSchema = z.enum(['prompt', 'tray', 'dashboard', 'cli', 'policy', 'timeout', 'system', 'client']);

/** A tool's living or ended right to call models. */
export const grantSchema = z.object({
  id: z.string(),
  requestId: z.string(),
  tool: z.string(),
  scopes: z.array(z.string()),
  status: z.enum(['active', 'ended']),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  /** `expired`, `spent`, `panic`, `lock`, `run-exited`, `revoked by <actor>`. */
  endedBy: z.string().nullable(),
  uses: z.number().int().nullable(),
  usesLeft: z.number().int().nullable(),
  budgetMicroUsd: z.number().int().nullable(),
  budgetLeftMicroUsd: z.number().int().nullable(),
  spentMicroUsd: z.number().int(),
  untilLock: z.boolean(),
  purpose: z.string().nullable(),
  process: peerProcessSchema.nullable(),
  approvedBy: actorSchema,
});

/** A standing decision. */
export const policySchema = z.object({
  id: z.string(),
  effect: z.enum(['allow', 'deny']),
  /** Tool name, exact. */
  tool: z.string(),
  scopes: scopeListSchema,
  /** Absolute path of the executable it is bound to; null for any. */
  executable: z.string().nullable(),
  /** Working folder it is bound to; null for any. */
  folder: z.string().nullable(),
  ttlSeconds: ttlSecondsSchema,
  uses: usesSchema,
  budgetMicroUsd: microUsdSchema,
  createdAt: z.iso.datetime(),
  createdBy: actorSchema,
});

/** What makes a new policy. */
export const policyDraftSchema = policySchema.omit({ id: true, createdAt: true, createdBy: true });

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
/** See {@link actorSchema}. */
export type Actor = z.infer<typeof actorSchema>;
/** See {@link requestChannelSchema}. */
export type RequestChannel = z.infer<typeof requestChannelSchema>;
