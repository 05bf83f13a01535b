import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { isRefusal, type LimitBook } from '#shared/policy/limit-book.ts';
import type { LimitCall, LimitRefusal, LimitUse, Moment } from '#shared/policy/limit-call.ts';
import { type Candidate, type Exchange, present } from './exchange.ts';
import { isCharged } from './is-charged.ts';

/** Output tokens that a rate counts in advance where the request names no limit; the truth replaces it. */
const usualOutputTokens = 1_024;
const bytesPerToken = 4;

/** The user's standing limits as the stages ask them. Without any, each answer is one comparison. */
export interface CallLimits {
  /** True when some budget must know what a call to one of these may cost. */
  needCost(exchange: Exchange, candidates: readonly Candidate[]): boolean;
  /**
   * Sets aside in all limits what this attempt may use; `ceilingMicroUsd` is null when that can't be known. Throws
   * `budget_exceeded`, `price_unknown` or `rate_limited`, and has set nothing aside then.
   */
  reserve(exchange: Exchange, ceilingMicroUsd: number | null): void;
  /** Makes room for what a stream has cost by now; when there is none, the error that ends it. */
  extend(exchange: Exchange, costMicroUsd: number): TollkeeperError | null;
  /** Replaces what the attempt had set aside by what it used. */
  settle(exchange: Exchange, use: LimitUse): void;
}

/** Makes them from the gateway's book. */
export function createCallLimits(book: LimitBook, clock: Clock): CallLimits {
  const now = (): Moment => ({ at: clock.now(), monotonic: clock.monotonic() });
  return {
    needCost(exchange, candidates) {
      const tool = exchange.grant?.tool ?? null;
      return !book.isEmpty && candidates.some(({ upstream }) => book.hasBudget(tool, upstream.credentialId));
    },
    reserve(exchange, ceilingMicroUsd) {
      if (book.isEmpty) {
        return;
      }
      const demand = {
        ceilingMicroUsd,
        tokens: isCharged(present(exchange.endpoint)) ? expectedTokens(exchange) : 0,
        stream: asksForStream(exchange),
        again: exchange.pastAttempts.length > 0,
      };
      const answer = book.reserve(callOf(exchange), demand, now());
      if (isRefusal(answer)) {
        throw errorOf(answer);
      }
      exchange.hold = answer;
    },
    extend(exchange, costMicroUsd) {
      if (book.isEmpty) {
        return null;
      }
      exchange.hold ??= book.unheld(callOf(exchange));
      const refusal = book.extend(exchange.hold, costMicroUsd, now());
      return refusal === null ? null : errorOf(refusal);
    },
    settle(exchange, use) {
      if (exchange.hold === null && (book.isEmpty || !exchange.sent)) {
        return;
      }
      book.settle(exchange.hold ?? book.unheld(callOf(exchange)), use, now());
      exchange.hold = null;
    },
  };
}

function callOf({ grant, upstream, startedAt }: Exchange): LimitCall {
  return { tool: grant?.tool ?? null, credentialId: upstream?.credentialId ?? null, startedAt };
}

function errorOf({ code, message, limitId, subject, retryAfterMs }: LimitRefusal): TollkeeperError {
  return new TollkeeperError(code, message, {
    details: { limitId, limitSubject: subject, ...(retryAfterMs === null ? {} : { retryAfterMs }) },
  });
}

function expectedTokens(exchange: Exchange): number {
  const { maxOutputTokens, choices } = exchange.facts();
  const bytes = exchange.body.kind === 'stream' ? (exchange.contentLength ?? 0) : exchange.bodyBytes;
  const output = present(exchange.endpoint).capability === 'embeddings' ? 0 : (maxOutputTokens ?? usualOutputTokens);
  return Math.ceil(bytes / bytesPerToken) + output * choices;
}

/** Some protocols ask for a stream in the body, others by the path; a live session is one as well. */
function asksForStream({ look, unified, endpoint }: Exchange): boolean {
  return (
    look.facts().stream ||
    (unified?.endpoint ?? endpoint)?.streams === true ||
    (unified === null && endpoint?.session !== undefined)
  );
}
