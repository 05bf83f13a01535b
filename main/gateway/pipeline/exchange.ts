import type { UnifiedEndpoint } from '#shared/contract/unified.ts';
import type { AliasTimeouts, FallbackReason } from '#shared/model/alias.ts';
import { type ErrorCode, TollkeeperError } from '#shared/model/error.ts';
import type { Endpoint, ErrorShape } from '#shared/model/provider.ts';
import type { Outcome } from '#shared/model/usage.ts';
import type { LimitHold } from '#shared/policy/limit-book.ts';
import type { UsageReader } from '../dialect/usage-reader.ts';
import type { Opening } from '../facts-queue.ts';
import type { BodyFacts } from '../http/body-scanner.ts';
import type { RequestHeaders } from '../http/request-headers.ts';
import type { RequestTarget } from '../http/request-target.ts';
import type { CallerRequest } from '../http/server/caller-request.ts';
import type { CallerResponse } from '../http/server/caller-response.ts';
import type { BodySource } from '../http/wire/body.ts';
import type { SessionSum } from '../session/session-meter.ts';
import type { Cuttable, GrantState } from '../state/grant-state.ts';
import type { Seat } from '../state/roster.ts';
import type { Upstream } from '../state/upstream.ts';
import { type BodyLook, unseenBody } from './body-look.ts';
import type { Door } from './door.ts';

/** A request body as it goes upstream: nothing, whole in memory, or a stream that is read as fast as the upstream takes it. */
export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'stream'; readonly source: BodySource };

/** How a request's bytes become the upstream's: untouched, with the model's name exchanged, or written anew in another protocol. */
export type Passage = 'as-sent' | 'renamed' | 'translated';

/** One upstream that may serve the request, and how it would be asked. */
export interface Candidate {
  readonly upstream: Upstream;
  readonly endpoint: Endpoint;
  /** The model as the upstream calls it; null where the path names none and the body is not read for it. */
  readonly model: string | null;
  /** Path below the upstream's base URL, without query. */
  readonly path: string;
  readonly passage: Passage;
  /** Milliseconds that differ from the gateway's own, as the alias sets them. */
  readonly timeouts: AliasTimeouts;
  /** Failures after which the next model of the alias is tried. */
  readonly fallbackOn: readonly FallbackReason[];
}

/** A call to the unified API: the protocol the caller speaks and the model it named. */
export interface UnifiedCall {
  readonly endpoint: UnifiedEndpoint;
  /** As the caller named it: `provider/model` or an alias. */
  readonly requestedModel: string;
}

/** An attempt that came to nothing before a byte of answer had reached the caller. */
export interface PastAttempt {
  readonly provider: string;
  readonly credentialId: string;
  readonly model: string | null;
  /** The upstream's status; 0 when there was none. */
  readonly status: number;
  /** Integer micro-dollars it may have cost; null when that can't be known. */
  readonly costMicroUsd: number | null;
  /** True when it tried a new key, of which the caller learns nothing. */
  readonly isCanary: boolean;
}

/** What goes to the upstream. */
export interface Outgoing {
  readonly path: string;
  /** Name and value in turn. */
  readonly headers: readonly string[];
  /** True when the very same `headers` go out again and again. */
  readonly isRepeated: boolean;
  readonly body: RequestBody;
}

/** Why an attempt came to nothing before any byte of answer. */
export interface AttemptFailure {
  /** The upstream's status; 0 when there was none. */
  readonly status: number;
  /** Our code for it, where the upstream gave no answer; null where it did. */
  readonly errorCode: ErrorCode | null;
}

/** Status noted for a caller that left before any answer. */
export const callerLeftStatus = 499;

/** How an exchange ended, as the ledger tells it. */
export interface Ending {
  readonly status: number;
  readonly outcome: Outcome;
  /** Stable code of a refusal or failure made here; null otherwise. */
  readonly errorCode: string | null;
}

/** The answer as far as it has come; filled by `forward` and `meter`. */
export interface Answer {
  status: number;
  /** True once the upstream's head has gone to the caller. */
  started: boolean;
  stream: boolean;
  /** Milliseconds from arrival to the upstream's first byte; null before it. */
  firstByteMs: number | null;
  /** Bytes of answer body so far. */
  bytes: number;
  /** Events or lines of a stream so far. */
  events: number;
  /** Bytes of the shortest event that can hold content, its end with it: what stands around the content of each; 0 before the first. */
  leastEventBytes: number;
}

/** Is told of an answer as it passes. */
export interface AnswerTap {
  /** The upstream's head has come. */
  onHead(contentType: string): void;
  /** The next bytes of the answer, exactly as the upstream sent them. */
  onChunk(chunk: Buffer): void;
}

/** A call to the upstream in flight, as `forward` starts it. Later stages set what they want to be told. */
export interface Transfer {
  tap: AnswerTap | null;
  /** Everything is over, on both sides. */
  onEnd: ((exchange: Exchange, ending: Ending) => void) | null;
  /** The caller's connection has closed, after the answer or before. */
  callerClosed(): void;
  /** Stops the upstream's work and the caller's answer for a reason of ours. */
  stop(ending: Ending): void;
}

/** One request on its way through the stages. Each stage only adds. */
export class Exchange implements Cuttable {
  readonly id: string;
  /** The way it came in. */
  readonly door: Door;
  readonly request: CallerRequest;
  readonly response: CallerResponse;
  /** Wall clock, milliseconds since the epoch. */
  readonly startedAt: number;
  /** Monotonic clock, milliseconds. */
  readonly started: number;
  readonly method: string;

  headers: RequestHeaders | null = null;
  target: RequestTarget | null = null;
  errorShape: ErrorShape = 'openai';
  /** True once it is answered elsewhere and leaves no row: liveness and the authorization server's paths. */
  handled = false;
  tokenId: string | null = null;
  token: string | null = null;
  grant: GrantState | null = null;
  /** Its place among what runs under the grant. */
  grantSeat: Seat<Cuttable> | null = null;
  /** Its place among what runs in this gateway. */
  seat: Seat<Exchange> | null = null;
  /** Set by `route` for a call to the unified API. */
  unified: UnifiedCall | null = null;
  /** The upstreams that may serve it, best first. */
  candidates: readonly Candidate[] = [];
  /** The one that is being tried; what stands below it belongs to this attempt. */
  candidate: Candidate | null = null;
  /** While a new key is tried: the candidate with the present one. */
  backup: Candidate | null = null;
  /** Index of the candidate that comes next. */
  position = 0;
  /** True while an attempt is under way of which its credential has not been told how it ended. */
  attempting = false;
  readonly pastAttempts: PastAttempt[] = [];
  upstream: Upstream | null = null;
  endpoint: Endpoint | null = null;
  /** True once a use of the grant was taken. */
  useTaken = false;
  body: RequestBody = { kind: 'none' };
  /** Bytes of request body seen so far. */
  bodyBytes = 0;
  look: BodyLook = unseenBody;
  /** The most this attempt can cost, in micro-dollars: set aside in the grant's budget and in every other; 0 where no budget applies. */
  reserved = 0;
  /** What this attempt has set aside in the user's limits. */
  hold: LimitHold | null = null;
  outgoing: Outgoing | null = null;
  /** Members of the request that a translation could not carry, as the caller wrote them. */
  dropped: readonly string[] = [];
  transfer: Transfer | null = null;
  /** How the queue of facts knows it. */
  opening: Opening | null = null;
  /** True once anything may have reached the upstream. */
  sent = false;
  reader: UsageReader | null = null;
  /** Set for a live session: what it has used so far, or in the end. */
  sessionSum: ((final: boolean) => SessionSum) | null = null;
  answer: Answer = noAnswer();
  /** When both sides were done, by the monotonic clock; null before. */
  endedAt: number | null = null;
  /** Set once, by `settle`. */
  ending: Ending | null = null;
  /** Set while the exchange is in flight: ends it at once on both sides, for a reason of ours. */
  onStop: ((exchange: Exchange, error: TollkeeperError, outcome: Outcome) => void) | null = null;

  /**
   * Set by the pipeline: goes on with the next candidate after this failure; false when there is none, and the failure is the
   * answer.
   */
  onFailure: ((exchange: Exchange, failure: AttemptFailure) => boolean) | null = null;

  #startedAtText: string | null = null;
  /** Undefined until it is looked for in the body. */
  #model: string | null | undefined = null;

  constructor(start: ExchangeStart) {
    this.id = start.id;
    this.door = start.door;
    this.request = start.request;
    this.response = start.response;
    this.startedAt = start.startedAt;
    this.started = start.started;
    this.method = start.request.method;
  }

  /** Begins an attempt with this candidate; what belonged to the one before is let go. */
  takeUp(candidate: Candidate): void {
    this.candidate = candidate;
    this.upstream = candidate.upstream;
    this.endpoint = candidate.endpoint;
    this.model = candidate.model;
    this.learnModel();
    this.reserved = 0;
    this.hold = null;
    this.outgoing = null;
    this.dropped = [];
    this.transfer = null;
    this.sent = false;
    this.reader = null;
    this.sessionSum = null;
    if (this.answer.status !== 0) {
      this.answer = noAnswer();
    }
  }

  /** Bytes of the request's body as its head tells them; null when it does not. */
  get contentLength(): number | null {
    return this.request.head.contentLength;
  }

  /** What the body asks for, as far as has been seen. */
  facts(): BodyFacts {
    return this.look.facts();
  }

  /** When it arrived, in ISO 8601. */
  get startedAtText(): string {
    this.#startedAtText ??= textOf(this.startedAt);
    return this.#startedAtText;
  }

  /** The model that is called, as far as it is known; null when none is named. */
  get model(): string | null {
    if (this.#model === undefined) {
      this.#model = this.look.model;
    }
    return this.#model;
  }

  set model(model: string | null) {
    this.#model = model;
  }

  /**
   * Takes the model from the body, where the path names none and the endpoint's bodies do. A body that is held is looked into when
   * somebody asks, which mostly is after it has been sent.
   */
  learnModel(): void {
    if (this.candidate?.endpoint.model === 'body') {
      this.#model = this.candidate.model ?? (this.body.kind === 'whole' ? undefined : this.look.model);
    }
  }

  /** See {@link Cuttable}. The row keeps the status that was sent and says `denied`, `invalid_token`. */
  cut(): void {
    this.stop(new TollkeeperError('invalid_token'), 'denied');
  }

  /** Ends it at once on both sides; does nothing when it has ended. */
  stop(error: TollkeeperError, outcome: Outcome): void {
    this.onStop?.(this, error, outcome);
  }
}

/** What an exchange begins with. */
export interface ExchangeStart {
  readonly id: string;
  readonly door: Door;
  readonly request: CallerRequest;
  readonly response: CallerResponse;
  readonly startedAt: number;
  readonly started: number;
}

/** One stage. It adds to the exchange, throws a TollkeeperError to refuse it, or sets `ending`; a promise only where it has to wait. */
export type Stage = (exchange: Exchange) => Promise<void> | undefined;

let lastInstant = { at: Number.NaN, text: '' };

/** ISO 8601; calls that begin in the same millisecond share the text. */
function textOf(at: number): string {
  if (lastInstant.at !== at) {
    lastInstant = { at, text: new Date(at).toISOString() };
  }
  return lastInstant.text;
}

function noAnswer(): Answer {
  return { status: 0, started: false, stream: false, firstByteMs: null, bytes: 0, events: 0, leastEventBytes: 0 };
}

/** The value that an earlier stage must have added. */
export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) {
    throw new TollkeeperError('internal', 'A stage ran before the one that it builds on.');
  }
  return value;
}
