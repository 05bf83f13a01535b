import { z } from 'zod';
import { lazily } from './lazily.ts';

const count = lazily(() => z.number().int().nonnegative());

/** Classes of service that cost something else than the ordinary one. */
export const serviceTierSchema = lazily(() => z.enum(['batch', 'flex', 'priority', 'fast', 'regional']));
/** See {@link serviceTierSchema}. */
export type ServiceTier = z.infer<typeof serviceTierSchema>;

/** Amounts that few answers have; each is left out when there is none. */
export const usageDetailsSchema = lazily(() =>
  z.object({
    /** The part of the cache writes that is kept for an hour and costs more. */
    longCacheWriteTokens: count.exactOptional(),
    /** The part of the input that is sound, cached sound included. */
    inputAudioTokens: count.exactOptional(),
    /** The part of the cached input that is sound. */
    cachedAudioTokens: count.exactOptional(),
    /** The part of the input that is pictures, cached pictures included. */
    inputImageTokens: count.exactOptional(),
    /** The part of the cached input that is pictures. */
    cachedImageTokens: count.exactOptional(),
    inputVideoTokens: count.exactOptional(),
    /** The part of the output that is sound. */
    outputAudioTokens: count.exactOptional(),
    outputImageTokens: count.exactOptional(),
    outputVideoTokens: count.exactOptional(),
    /** Searches that the provider ran and bills one by one. */
    webSearches: count.exactOptional(),
    /** Seconds of sound, where that is what is paid for. */
    audioSeconds: z.number().nonnegative().exactOptional(),
    /** The class of service that the answer told, when it was not the ordinary one. */
    serviceTier: serviceTierSchema.exactOptional(),
    /** Integer micro-dollars that the provider itself said the call cost. */
    toldCostMicroUsd: count.exactOptional(),
  }),
);
/** See {@link usageDetailsSchema}. */
export type UsageDetails = Readonly<z.infer<typeof usageDetailsSchema>>;

/** How a request ended. */
export const outcomeSchema = lazily(() => z.enum(['ok', 'upstream_error', 'client_aborted', 'denied']));

/** One row of the ledger: one per request, refused ones included. Prompts and answers are not in it. */
export const usageRecordSchema = lazily(() =>
  z.object({
    requestId: z.string(),
    startedAt: z.iso.datetime(),
    tool: z.string().nullable(),
    grantId: z.string().nullable(),
    /** Of a refused call too, where the token was one of ours: its id, or `sha256:` and the hash of what has a reference token's shape. */
    tokenId: z.string().nullable(),
    credentialId: z.string().nullable(),
    provider: z.string().nullable(),
    model: z.string().nullable(),
    /** Method and path without query, such as `POST /openai/v1/chat/completions`. */
    endpoint: z.string(),
    stream: z.boolean(),
    /** HTTP status sent to the caller. */
    status: z.number().int(),
    outcome: outcomeSchema,
    /** The stable code of a refusal or failure made here; null otherwise. */
    errorCode: z.string().nullable(),
    /** All input tokens, cached ones included. */
    inputTokens: count,
    /** The part of the input read from the provider's cache. */
    cachedInputTokens: count,
    /** The part of the input written to the provider's cache. */
    cacheWriteTokens: count,
    /** All output tokens, reasoning included. */
    outputTokens: count,
    reasoningTokens: count,
    /** Null when the price is unknown. */
    costMicroUsd: count.nullable(),
    /** Name and date of the price catalogue; null when nothing was priced. */
    priceVersion: z.string().nullable(),
    /** True when tokens were counted here because the upstream told none, or not all. */
    estimated: z.boolean().exactOptional(),
    /** The model whose price was taken, where it is not `model`. */
    pricedModel: z.string().exactOptional(),
    ...usageDetailsSchema.shape,
    /** Milliseconds from the request's arrival to the last byte. */
    latencyMs: count,
    /** Milliseconds to the upstream's first byte; null when there was none. */
    firstByteMs: count.nullable(),
  }),
);

/** See {@link usageRecordSchema}. */
export type UsageRecord = Readonly<z.infer<typeof usageRecordSchema>>;
/** See {@link outcomeSchema}. */
export type Outcome = z.infer<typeof outcomeSchema>;

/** Token counts of one answer, as the provider's usage object tells them (normalised: cached and cache-write are part of input, reasoning part of output). */
export interface TokenUsage extends UsageDetails {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

/** What usage can be grouped by. */
export const usageDimensionSchema = lazily(() => z.enum(['tool', 'model', 'provider', 'credential', 'day']));
/** See {@link usageDimensionSchema}. */
export type UsageDimension = z.infer<typeof usageDimensionSchema>;

/** One line of `toll usage --by X`. */
export const usageSummarySchema = lazily(() =>
  z.object({
    /** The tool, model, provider, credential id, or local day (YYYY-MM-DD). */
    key: z.string(),
    requests: count,
    inputTokens: count,
    cachedInputTokens: count,
    outputTokens: count,
    costMicroUsd: count,
    unpricedRequests: count,
    /** Calls whose tokens were counted here, so that the sum is only nearly so. */
    estimatedRequests: count,
  }),
);
/** See {@link usageSummarySchema}. */
export type UsageSummary = Readonly<z.infer<typeof usageSummarySchema>>;

/** Filters of the activity list; times are ISO 8601. */
export const usageFilterSchema = lazily(() =>
  z.object({
    since: z.iso.datetime().optional(),
    until: z.iso.datetime().optional(),
    tool: z.string().optional(),
    provider: z.string().optional(),
    model: z.string().optional(),
    credentialId: z.string().optional(),
    grantId: z.string().optional(),
    outcome: outcomeSchema.optional(),
    requestId: z.string().max(200).optional(),
    /** Free text over tool, model, endpoint, error code and request id. */
    text: z.string().max(200).optional(),
  }),
);
/** See {@link usageFilterSchema}. */
export type UsageFilter = Readonly<z.infer<typeof usageFilterSchema>>;

/** A page of usage records, newest first. */
export interface UsagePage {
  readonly total: number;
  readonly offset: number;
  readonly records: readonly UsageRecord[];
}

/** One bucket of the overview's time series, per value of the chosen dimension. */
export const usageBucketSchema = lazily(() =>
  z.object({
    /** Start of the bucket, ISO 8601. */
    at: z.string(),
    key: z.string(),
    requests: count,
    costMicroUsd: count,
    inputTokens: count,
    outputTokens: count,
  }),
);
/** See {@link usageBucketSchema}. */
export type UsageBucket = Readonly<z.infer<typeof usageBucketSchema>>;

/** How long the calls of one bucket of the overview took. */
export const usageLatencySchema = lazily(() =>
  z.object({
    /** Start of the bucket, ISO 8601. */
    at: z.string(),
    medianLatencyMs: z.number(),
  }),
);

/** The numbers on top of the overview, for one span. */
export const usageTotalsSchema = lazily(() =>
  z.object({
    requests: count,
    denied: count,
    failed: count,
    inputTokens: count,
    cachedInputTokens: count,
    outputTokens: count,
    costMicroUsd: count,
    unpricedRequests: count,
    /** Calls whose tokens were counted here, so that the sum is only nearly so. */
    estimatedRequests: count,
    medianLatencyMs: z.number().nullable(),
    p95LatencyMs: z.number().nullable(),
  }),
);
/** See {@link usageTotalsSchema}. */
export type UsageTotals = Readonly<z.infer<typeof usageTotalsSchema>>;

/** A request in flight, as the gateway last reported it. */
export const runningRequestSchema = lazily(() =>
  z.object({
    requestId: z.string(),
    startedAt: z.iso.datetime(),
    tool: z.string().nullable(),
    provider: z.string().nullable(),
    model: z.string().nullable(),
    grantId: z.string().nullable(),
    credentialId: z.string().nullable(),
    tokenId: z.string().nullable(),
    endpoint: z.string(),
    stream: z.boolean(),
    outputTokens: count,
    costMicroUsd: count.nullable(),
  }),
);
/** See {@link runningRequestSchema}. */
export type RunningRequest = Readonly<z.infer<typeof runningRequestSchema>>;
