import type { OpenedRequest } from '#shared/contract/facts.ts';
import { errorDefinitions } from '#shared/model/error.ts';
import type { UsageRecord } from '#shared/model/usage.ts';

/** A request in flight with what was last told of it. */
export interface InFlight {
  readonly request: OpenedRequest;
  inputTokens: number;
  outputTokens: number;
  costMicroUsd: number | null;
  /** The disk knows it, maybe as an earlier attempt. */
  isOnDisk: boolean;
  /** The disk knows it as it is. */
  isSaved: boolean;
}

/** Stands for a price version where a dead request is charged all that was set aside for it, because nothing told what it used. */
export const ceilingPrice = 'ceiling (set aside)';
/** Stands for a price version where a dead request is charged what its stream had come to when it was last heard of. */
export const partialPrice = 'as of its last report (estimated)';

/**
 * The row of a request whose gateway died. What its stream had shown is what it costs; where nothing was shown, the most it may
 * have cost, so that dying makes no call cheaper. `now` is in milliseconds since the epoch.
 */
export function interruptedRecord(inFlight: Omit<InFlight, 'isOnDisk' | 'isSaved'>, now: number): UsageRecord {
  const { request, inputTokens, outputTokens } = inFlight;
  return {
    requestId: request.requestId,
    startedAt: request.startedAt,
    tool: request.tool,
    grantId: request.grantId,
    tokenId: request.tokenId,
    credentialId: request.credentialId,
    provider: request.provider,
    model: request.model,
    endpoint: request.endpoint,
    stream: request.stream,
    status: errorDefinitions.gateway_exited.status,
    outcome: 'upstream_error',
    errorCode: 'gateway_exited',
    inputTokens,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens,
    reasoningTokens: 0,
    ...costOf(inFlight),
    latencyMs: Math.max(0, Math.round(now - Date.parse(request.startedAt))),
    firstByteMs: null,
  };
}

function costOf({
  costMicroUsd,
  request: { reservedMicroUsd = 0 },
}: Pick<InFlight, 'costMicroUsd' | 'request'>): Pick<UsageRecord, 'costMicroUsd' | 'priceVersion'> {
  if (costMicroUsd !== null) return { costMicroUsd, priceVersion: partialPrice };
  if (reservedMicroUsd > 0) return { costMicroUsd: reservedMicroUsd, priceVersion: ceilingPrice };
  return { costMicroUsd: null, priceVersion: null };
}
