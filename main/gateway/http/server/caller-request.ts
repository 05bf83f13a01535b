import type { Socket } from 'node:net';
import { TollkeeperError } from '#shared/model/error.ts';
import type { BodySink, BodySource } from '../wire/body.ts';
import type { RequestHead } from './request-head.ts';

/** A connection whose bytes are no longer HTTP. */
export interface TakenOver {
  readonly socket: Socket;
  /** What has already been read of the other protocol. */
  readonly head: Buffer;
}

/** What a request asks of the connection that it came on. */
export interface RequestChannel {
  readonly socket: Socket;
  pauseReading(): void;
  resumeReading(): void;
  takeOver(): TakenOver;
}

const wantedBytes = 64 * 1024;
const goneMessage = 'The caller went away before its request was complete.';

/** One request of a caller. Its body waits, up to a read or two, until somebody takes it. */
export class CallerRequest implements BodySource {
  readonly head: RequestHead;
  /** The request target as sent. */
  readonly url: string;
  readonly method: string;
  /** Name and value in turn, as sent. */
  readonly rawHeaders: readonly string[];
  readonly #channel: RequestChannel;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #sink: BodySink | null = null;
  #flowing = false;
  #complete = false;
  #destroyed = false;
  #dropping = false;

  constructor(head: RequestHead, channel: RequestChannel) {
    this.head = head;
    this.url = head.target;
    this.method = head.method;
    this.rawHeaders = head.rawHeaders;
    this.#channel = channel;
  }

  /** True once the last byte of the body has come. */
  get complete(): boolean {
    return this.#complete;
  }

  /** True once the caller went away before that. */
  get destroyed(): boolean {
    return this.#destroyed;
  }

  /** The caller's connection, to tell who is at its other end. */
  get socket(): Socket {
    return this.#channel.socket;
  }

  /** The whole body where all of it is here and nobody has taken any; null otherwise. It can be taken once. */
  takeWhole(): Buffer | null {
    if (!this.#complete || this.#sink !== null || this.#dropping) {
      return null;
    }
    const [only = Buffer.alloc(0)] = this.#waiting;
    const whole = this.#waiting.length > 1 ? Buffer.concat(this.#waiting, this.#waitingBytes) : only;
    this.#waiting = [];
    this.#waitingBytes = 0;
    return whole;
  }

  /** See {@link BodySource}. There is one sink. */
  consume(sink: BodySink): void {
    if (this.#sink !== null) {
      throw new TollkeeperError('internal', 'A request body is read once.');
    }
    this.#sink = sink;
    if (this.#destroyed) {
      sink.onBodyError(gone());
      return;
    }
    this.resume();
  }

  /** See {@link BodySource}. */
  resume(): void {
    this.#flowing = true;
    while (this.#flowing && this.#waiting.length > 0) {
      const chunk = this.#waiting.shift();
      if (chunk !== undefined) {
        this.#waitingBytes -= chunk.length;
        this.#flowing = this.#sink?.onBody(chunk) !== false;
      }
    }
    if (!this.#flowing) {
      return;
    }
    if (this.#complete) {
      this.#finish();
    } else if (!this.#destroyed) {
      this.#channel.resumeReading();
    }
  }

  /** Reads what is left of the body and drops it, so that the caller gets to read its answer. */
  drop(): void {
    this.#dropping = true;
    this.#sink = null;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (!this.#complete && !this.#destroyed) {
      this.#channel.resumeReading();
    }
  }

  /**
   * Takes the connection out of HTTP's hands, for the protocol that the caller asked to change to. It flows: whoever takes it listens
   * for its data before the turn ends.
   */
  takeOver(): TakenOver {
    return this.#channel.takeOver();
  }

  /** For the connection: the next bytes of the body. */
  feed(chunk: Buffer): void {
    if (this.#dropping || chunk.length === 0) {
      return;
    }
    if (this.#sink !== null && this.#flowing && this.#waiting.length === 0) {
      this.#flowing = this.#sink.onBody(chunk) !== false;
      if (!this.#flowing) {
        this.#channel.pauseReading();
      }
      return;
    }
    this.#waiting.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes > wantedBytes || this.#sink !== null) {
      this.#channel.pauseReading();
    }
  }

  /** For the connection: the body is complete. */
  end(): void {
    this.#complete = true;
    if (this.#flowing && this.#waiting.length === 0) {
      this.#finish();
    }
  }

  /** For the connection: it is gone. */
  abort(): void {
    if (this.#destroyed) {
      return;
    }
    this.#destroyed = true;
    const sink = this.#sink;
    if (!this.#complete && sink !== null) {
      this.#sink = null;
      sink.onBodyError(gone());
    }
  }

  #finish(): void {
    const sink = this.#sink;
    this.#flowing = false;
    this.#dropping = true;
    sink?.onBodyEnd();
  }
}

function gone(): TollkeeperError {
  return new TollkeeperError('invalid_request', goneMessage);
}
