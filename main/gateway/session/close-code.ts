import type { ErrorCode, TollkeeperError } from '#shared/model/error.ts';

/** How a session is closed: RFC 6455 section 7.4. */
export interface Closing {
  /** Null closes without a code. */
  readonly code: number | null;
  readonly reason: string;
}

const goingAway = 1001;
const policyViolation = 1008;
const tooBig = 1009;
const tryAgainLater = 1013;
const upstreamFailed = 1011;
/** Codes that only stand for what happened and must not be sent. RFC 6455 section 7.4.1. */
const unsendable = new Set([1004, 1005, 1006, 1015]);
const maxReasonBytes = 123;

const codes: Readonly<Partial<Record<ErrorCode, number>>> = {
  gateway_exited: goingAway,
  request_too_large: tooBig,
  rate_limited: tryAgainLater,
  upstream_unreachable: upstreamFailed,
  upstream_timeout: upstreamFailed,
  internal: upstreamFailed,
};

/** How an error made here ends a session: with its code first in the reason, and as much of its sentence as fits. */
export function closingFor(error: TollkeeperError): Closing {
  return { code: codes[error.code] ?? policyViolation, reason: cut(`${error.code}: ${error.message}`) };
}

/** How one side's close goes on to the other; null when the connection broke off without one. */
export function closingLike(code: number, reason: Buffer): Closing | null {
  if (code === 1006) {
    return null;
  }
  return unsendable.has(code) ? { code: null, reason: '' } : { code, reason: cut(reason.toString('utf8')) };
}

/** True for a close that says that all is well. */
export function isCleanClose(code: number): boolean {
  return code === 1000 || code === goingAway || code === 1005;
}

function cut(text: string): string {
  let kept = text;
  while (Buffer.byteLength(kept) > maxReasonBytes) {
    kept = kept.slice(0, -1);
  }
  return kept;
}
