import type { Clock } from '#shared/model/clock.ts';
import type { TollkeeperError } from '#shared/model/error.ts';
import type { UpstreamCall } from '../http/client/upstream-call.ts';
import { KeyShield } from '../http/key-shield.ts';
import { writeResponseHead } from '../http/response-headers.ts';
import { readRetryAfter } from '../http/retry-after.ts';
import { readUpstreamFailure } from '../network/upstream-failure.ts';
import type { AttemptOutcome } from '../state/credential-health.ts';
import { type AttemptEnded, abandoned } from './attempt-ended.ts';
import {
  type AttemptFailure,
  callerLeftStatus,
  type Ending,
  type Exchange,
  present,
  type Transfer,
} from './exchange.ts';
import { addRouteHeaders } from './route-headers.ts';
import type { AnswerTaker } from './translated-call.ts';
import { isOfTheKey } from './try-new-key.ts';

const answeredWell: AttemptOutcome = { kind: 'answered', status: 200, retryAfterMs: null };
const unreachable: AttemptOutcome = { kind: 'unreachable' };

/** Failures that are the caller's: no upstream had a part in them. */
const ownRefusals: ReadonlySet<TollkeeperError['code']> = new Set([
  'request_too_large',
  'invalid_request',
  'unknown_endpoint',
]);

/** What a relay needs besides the exchange. */
export interface RelayOptions {
  readonly clock: Clock;
  /** Answers with an error made here while no answer has begun. */
  readonly refuse: (exchange: Exchange, error: TollkeeperError) => void;
  readonly attemptEnded: AttemptEnded;
}

/**
 * Carries one answer from the upstream to the caller: bytes as they come, no faster than the caller takes them, and whoever
 * breaks off first takes the other side along.
 */
export class Relay implements AnswerTaker, Transfer {
  tap: Transfer['tap'] = null;
  onEnd: Transfer['onEnd'] = null;
  readonly #exchange: Exchange;
  readonly #options: RelayOptions;
  readonly #secret: string;
  readonly #shield: KeyShield;
  #call: UpstreamCall | null = null;
  #stopped = false;
  #complete = false;
  #failure: Ending | null = null;
  /** True once another candidate has taken over: what still comes from this upstream is nobody's. */
  #replaced = false;

  constructor(exchange: Exchange, options: RelayOptions) {
    this.#exchange = exchange;
    this.#options = options;
    const { secret, secretText } = present(exchange.upstream);
    this.#secret = secretText;
    this.#shield = new KeyShield(secret);
  }

  stop(ending: Ending): void {
    if (this.#complete && this.#exchange.response.writableFinished) {
      return;
    }
    this.#failure ??= ending;
    this.#stopUpstream();
    const { response } = this.#exchange;
    if (response.headersSent) {
      response.flush();
      response.destroy();
    }
  }

  /** Takes charge of the call that it is the handler of. */
  attach(call: UpstreamCall): void {
    this.#call = call;
    if (this.#stopped) {
      call.abort();
    }
  }

  /** See {@link AnswerTaker}. */
  brokenOff(): void {
    const { status } = this.#exchange.answer;
    this.#failure ??= { status, outcome: 'upstream_error', errorCode: 'upstream_unreachable' };
  }

  onHeaders(status: number, rawHeaders: readonly string[]): void {
    if (this.#replaced) {
      return;
    }
    const { answer, response, started, id } = this.#exchange;
    answer.status = status;
    this.#tellOfAnswer(status, rawHeaders);
    if (status >= 400 && this.#isWorthAnother(status) && this.#handOver({ status, errorCode: null })) {
      return;
    }
    const head = writeResponseHead(rawHeaders, id, this.#secret);
    addRouteHeaders(head.headers, this.#exchange);
    answer.firstByteMs = Math.max(0, Math.round(this.#options.clock.monotonic() - started));
    answer.started = true;
    this.tap?.onHead(head.contentType);
    response.writeHead(status, head.headers);
  }

  onData(chunk: Buffer): boolean {
    if (this.#replaced) {
      return true;
    }
    this.#exchange.answer.bytes += chunk.length;
    this.tap?.onChunk(chunk);
    const bytes = this.#shield.push(chunk);
    if (bytes === null || this.#exchange.response.write(bytes)) {
      return true;
    }
    this.#exchange.response.once('drain', () => this.#call?.resume());
    return false;
  }

  onComplete(): void {
    if (this.#replaced) {
      return;
    }
    this.#complete = true;
    const rest = this.#shield.flush();
    if (rest === null) {
      this.#exchange.response.end();
    } else {
      this.#exchange.response.end(rest);
    }
    this.#releaseCaller();
  }

  onError(error: Error, mayHaveLeft: boolean): void {
    this.#stopped = true;
    if (this.#replaced) {
      return;
    }
    this.#releaseCaller();
    const { answer, response } = this.#exchange;
    if (this.#failure !== null || response.destroyed) {
      return;
    }
    const { refusal, sent } = readUpstreamFailure(error);
    this.#exchange.sent &&= sent && mayHaveLeft;
    this.#tellOfFailure(refusal);
    const passing = refusal.retryable && !answer.started;
    if (passing && this.#handOver({ status: 0, errorCode: refusal.code })) {
      return;
    }
    const outcome = ownRefusals.has(refusal.code) ? 'denied' : 'upstream_error';
    this.#failure = { status: answer.started ? answer.status : refusal.status, outcome, errorCode: refusal.code };
    if (answer.started) {
      response.flush();
      response.destroy();
    } else {
      this.#options.refuse(this.#exchange, refusal);
    }
  }

  /** What is left of a body that the upstream no longer wants is read and dropped, so that the caller can read its answer. */
  #releaseCaller(): void {
    const { body, request } = this.#exchange;
    if (body.kind === 'stream' && !request.complete) {
      request.drop();
    }
  }

  #stopUpstream(): void {
    if (!this.#stopped) {
      this.#stopped = true;
      this.#call?.abort();
    }
  }

  #tellOfAnswer(status: number, rawHeaders: readonly string[]): void {
    const limits = present(this.#exchange.upstream).provider.limitHeaders ?? [];
    const retryAfterMs =
      status === 429 || status === 503 ? readRetryAfter(rawHeaders, { now: this.#options.clock.now(), limits }) : null;
    this.#options.attemptEnded(
      this.#exchange,
      status < 400 ? answeredWell : { kind: 'answered', status, retryAfterMs },
    );
  }

  #tellOfFailure(refusal: TollkeeperError): void {
    const { connectMs, firstByteMs } = present(this.#exchange.candidate).timeouts;
    const afterMs = (this.#exchange.sent ? firstByteMs : connectMs) ?? Number.POSITIVE_INFINITY;
    const outcome = refusal.code === 'upstream_timeout' ? ({ kind: 'timeout', afterMs } as const) : unreachable;
    this.#options.attemptEnded(this.#exchange, refusal.retryable ? outcome : abandoned);
  }

  /** The upstream is at its limit or broken, or does not take the key, so that another may well serve what this one did not. */
  #isWorthAnother(status: number): boolean {
    const isAnothers = status === 429 || status >= 500 || status === 401 || status === 403;
    return isAnothers || (this.#exchange.backup !== null && isOfTheKey(status));
  }

  /** Lets the next candidate try; false when there is none. */
  #handOver(failure: AttemptFailure): boolean {
    this.#replaced = true;
    if (this.#exchange.onFailure?.(this.#exchange, failure) === true) {
      this.#stopUpstream();
      return true;
    }
    this.#replaced = false;
    return false;
  }

  callerClosed(): void {
    const { answer, reader, response } = this.#exchange;
    const finished = (this.#complete && response.writableFinished) || reader?.isClosed === true;
    if (!this.#complete) {
      this.#stopUpstream();
    }
    const ending = this.#failure ?? (finished ? endingOf(answer.status) : callerLeft(answer.status));
    this.onEnd?.(this.#exchange, ending);
  }
}

function endingOf(status: number): Ending {
  return { status, outcome: status >= 400 ? 'upstream_error' : 'ok', errorCode: null };
}

function callerLeft(status: number): Ending {
  return { status: status === 0 ? callerLeftStatus : status, outcome: 'client_aborted', errorCode: null };
}
