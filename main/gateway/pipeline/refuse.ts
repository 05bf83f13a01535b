import { requestIdHeader } from '#shared/contract/http.ts';
import { errorDefinitions, type TollkeeperError } from '#shared/model/error.ts';
import { proofAlgorithms } from '#shared/policy/check-proof.ts';
import { writeError } from '../dialect/write-error.ts';
import type { Exchange } from './exchange.ts';

const usualRetryMs = 2_000;
const challenged = new Set<TollkeeperError['code']>([
  'invalid_token',
  'invalid_dpop_proof',
  'token_in_query',
  'insufficient_scope',
]);

/**
 * Answers with an error made here, in the shape of the protocol that was called. Does nothing when an answer has begun.
 * `base` is the gateway's own URL, for the challenge.
 */
export function answerWithError(exchange: Exchange, error: TollkeeperError, base: string): void {
  const { response } = exchange;
  if (response.headersSent || response.destroyed) {
    return;
  }
  const { contentType, body } = writeError(
    exchange.errorShape,
    { code: error.code, message: error.message },
    { requestId: exchange.id, status: error.status },
  );
  const headers = [
    ...['content-type', contentType, 'content-length', String(Buffer.byteLength(body))],
    ...['cache-control', 'no-store', requestIdHeader, exchange.id],
  ];
  if (challenged.has(error.code)) {
    headers.push('www-authenticate', challenge(error, base));
  }
  if (typeof error.details.allow === 'string') {
    headers.push('allow', error.details.allow);
  }
  if (errorDefinitions[error.code].retryable) {
    headers.push('retry-after', retryAfterOf(error));
  } else {
    headers.push('x-should-retry', 'false');
  }
  if (!exchange.request.complete) {
    headers.push('connection', 'close');
  }
  response.writeHead(error.status, headers);
  response.end(body);
}

/** Whole seconds, as the error says or a moment. RFC 9110 section 10.2.3. */
function retryAfterOf({ details }: TollkeeperError): string {
  const waitMs = typeof details.retryAfterMs === 'number' ? details.retryAfterMs : usualRetryMs;
  return String(Math.max(1, Math.ceil(waitMs / 1_000)));
}

/** RFC 6750 section 3: bare when no token was sent; else with the error. RFC 9449 section 7.1 names the algorithms of proofs, RFC 9728 section 5.1 where to ask. */
function challenge(error: TollkeeperError, base: string): string {
  const parts = ['realm="tollkeeper"'];
  if (error.details.challenge !== 'bare') {
    parts.push(`error="${error.code === 'token_in_query' ? 'invalid_request' : error.code}"`);
    parts.push(`error_description="${error.message.replace(/[^ !#-[\]-~]/g, '')}"`);
  }
  if (typeof error.details.scope === 'string') {
    parts.push(`scope="${error.details.scope.replace(/[^ !#-[\]-~]/g, '')}"`);
  }
  const isDpop = error.code === 'invalid_dpop_proof' || error.details.challenge === 'dpop';
  if (isDpop) {
    parts.push(`algs="${proofAlgorithms.join(' ')}"`);
  }
  parts.push(`resource_metadata="${base}/.well-known/oauth-protected-resource"`);
  return `${isDpop ? 'DPoP' : 'Bearer'} ${parts.join(', ')}`;
}
