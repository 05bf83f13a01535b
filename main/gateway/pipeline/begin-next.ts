import type { FallbackReason } from '#shared/model/alias.ts';
import type { HealthReason } from '#shared/model/credential.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { UpstreamDirectory } from '../state/upstream-directory.ts';
import type { AttemptFailure, Candidate, Exchange } from './exchange.ts';

/** Why a candidate does not serve: a failure just now, or what is held against its credential. */
export type SkipReason = FallbackReason | 'key-refused' | 'key-set-aside';

const reasonBySetAside: Readonly<Record<HealthReason, SkipReason>> = {
  rate_limited: '429',
  server_error: '5xx',
  unreachable: 'connection',
  timeout: 'timeout',
  key_rejected: 'key-set-aside',
};

/** What a failed attempt is a case of. */
export function skipReasonOf({ status, errorCode }: AttemptFailure): SkipReason {
  if (status === 0) {
    return errorCode === 'upstream_timeout' ? 'timeout' : 'connection';
  }
  return status >= 500 ? '5xx' : status === 429 ? '429' : 'key-refused';
}

/**
 * Begins an attempt with the next candidate that can be called now. Within a provider's pool any failure leads on, the refusal of
 * a key included; from one model to another only what the alias falls back on. When none is left: why the soonest of
 * those that are set aside can't be called, or null when none is.
 */
export function beginNext(
  exchange: Exchange,
  upstreams: UpstreamDirectory,
  after: SkipReason | null,
): Candidate | TollkeeperError | null {
  let reason = after;
  let refusal: TollkeeperError | null = null;
  for (;;) {
    const { candidates, position } = exchange;
    const candidate = candidates[position];
    if (candidate === undefined || (reason !== null && !leadsOn(candidates[position - 1], candidate, reason))) {
      return refusal;
    }
    exchange.position += 1;
    const blocked = upstreams.begin(candidate.upstream, () => modelOf(exchange, candidate));
    if (blocked === null) {
      exchange.attempting = true;
      return candidate;
    }
    reason = reasonBySetAside[blocked.reason];
    refusal = sooner(refusal, blocked.code, blocked.retryAfterMs);
  }
}

/** The model as far as it is known before the call. */
function modelOf(exchange: Exchange, { model, endpoint }: Candidate): string | null {
  return model ?? (endpoint.model === 'body' ? exchange.look.model : null);
}

function leadsOn(before: Candidate | undefined, next: Candidate, reason: SkipReason): boolean {
  if (before === undefined || (before.upstream.id === next.upstream.id && before.model === next.model)) {
    return true;
  }
  switch (reason) {
    case 'key-refused':
      return false;
    case 'key-set-aside':
      return before.fallbackOn.length > 0;
    default:
      return before.fallbackOn.includes(reason);
  }
}

function sooner(
  known: TollkeeperError | null,
  code: 'upstream_cooling_down' | 'circuit_open',
  retryAfterMs: number,
): TollkeeperError {
  const knownMs = known?.details.retryAfterMs;
  return known !== null && typeof knownMs === 'number' && knownMs <= retryAfterMs
    ? known
    : new TollkeeperError(code, undefined, { details: { retryAfterMs } });
}
