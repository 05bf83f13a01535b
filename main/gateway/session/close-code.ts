import type { ErrorCode, TollkeeperError } from '#shared/model/error.ts';
import type { Ending } from '../pipeline/exchange.ts';

/** How a session is closed: RFC 6455 section 7.4. */
export interface Closing {
  /** Null closes without a code. */
  readonly code: number | null;
  readonly reason: string;
}

/** Status of a session that came about. RFC 9110 section 15.2.2. */
export const switchingProtocols = 101;
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
function isCleanClose(code: number): boolean {
  return code === 1000 || code === goingAway || code === 1005;
}

/** What a session came to, by which side closed it first and how. */
export function endingAfter(side: 'caller' | 'upstream', code: number): Ending {
  if (isCleanClose(code)) {
    return { status: switchingProtocols, outcome: 'ok', errorCode: null };
  }
  if (side === 'caller') {
    return { status: switchingProtocols, outcome: 'client_aborted', errorCode: null };
  }
  const errorCode = code === 1006 ? 'upstream_unreachable' : null;
  return { status: switchingProtocols, outcome: 'upstream_error', errorCode };
}

function cut(text: string): string {
  let kept = text;
  while (Buffer.byteLength(kept) > maxReasonBytes) {
    kept = kept.slice(0, -1);
  }
  return kept;
}
