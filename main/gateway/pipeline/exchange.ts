import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Endpoint, ErrorShape } from '#shared/model/provider.ts';
import type { Outcome } from '#shared/model/usage.ts';
import type { UsageReader } from '../dialect/usage-reader.ts';
import type { BodyFacts } from '../http/body-scanner.ts';
import type { RequestHeaders } from '../http/request-headers.ts';
import type { RequestTarget } from '../http/request-target.ts';
import type { Cuttable, GrantState } from '../state/grant-state.ts';
import type { Upstream } from '../state/upstream.ts';

/** A request body as it goes upstream: nothing, whole in memory, or a stream that is read as fast as the upstream takes it. */
export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'stream'; readonly start: () => Readable };

/** What goes to the upstream. */
export interface Outgoing {
  readonly path: string;
  /** Name and value in turn. */
  readonly headers: readonly string[];
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
}

/** A call to the upstream in flight, as `forward` starts it. Later stages set what they want to be told. */
export interface Transfer {
  /** The upstream's head has come. */
  onHead: ((contentType: string) => void) | null;
  /** The next bytes of the answer, exactly as the upstream sent them. */
  onChunk: ((chunk: Buffer) => void) | null;
  /** Everything is over, on both sides. */
  onEnd: ((ending: Ending) => void) | null;
  /** Stops the upstream's work and the caller's answer for a reason of ours. */
  stop(ending: Ending): void;
}

/** One request on its way through the stages. Each stage only adds. */
export class Exchange implements Cuttable {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Wall clock, milliseconds since the epoch. */
  readonly startedAt: number;
  /** The same in ISO 8601. */
  readonly startedAtText: string;
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
  upstream: Upstream | null = null;
  endpoint: Endpoint | null = null;
  model: string | null = null;
  body: RequestBody = { kind: 'none' };
  /** Bytes of request body seen so far. */
  bodyBytes = 0;
  facts: () => BodyFacts = noFacts;
  /** Micro-dollars set aside in the grant's budget. */
  reserved = 0;
  outgoing: Outgoing | null = null;
  transfer: Transfer | null = null;
  /** True once anything may have reached the upstream. */
  sent = false;
  reader: UsageReader | null = null;
  readonly answer: Answer = { status: 0, started: false, stream: false, firstByteMs: null, bytes: 0, events: 0 };
  /** Set once, by `settle`. */
  ending: Ending | null = null;
  /** Set while the exchange is in flight: ends it at once on both sides, for a reason of ours. */
  onStop: ((error: TollkeeperError, outcome: Outcome) => void) | null = null;

  constructor(start: ExchangeStart) {
    this.id = start.id;
    this.request = start.request;
    this.response = start.response;
    this.startedAt = start.startedAt;
    this.startedAtText = new Date(start.startedAt).toISOString();
    this.started = start.started;
    this.method = start.request.method ?? '';
  }

  /** See {@link Cuttable}. The row keeps the status that was sent and says `denied`, `invalid_token`. */
  cut(): void {
    this.stop(new TollkeeperError('invalid_token'), 'denied');
  }

  /** Ends it at once on both sides; does nothing when it has ended. */
  stop(error: TollkeeperError, outcome: Outcome): void {
    this.onStop?.(error, outcome);
  }
}

/** What an exchange begins with. */
export interface ExchangeStart {
  readonly id: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly startedAt: number;
  readonly started: number;
}

/** One stage. It adds to the exchange, throws a TollkeeperError to refuse it, or sets `ending`; a promise only where it has to wait. */
export type Stage = (exchange: Exchange) => Promise<void> | undefined;

const none: BodyFacts = {
  model: null,
  stream: false,
  maxOutputTokens: null,
  choices: 1,
  deferred: false,
  storedInput: false,
  surcharged: false,
  ambiguous: false,
};

function noFacts(): BodyFacts {
  return none;
}

/** The value that an earlier stage must have added. */
export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) {
    throw new TollkeeperError('internal', 'A stage ran before the one that it builds on.');
  }
  return value;
}
