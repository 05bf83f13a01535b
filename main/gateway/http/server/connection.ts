import type { Socket } from 'node:net';
import { ChunkedDecoder } from '../wire/chunked-decoder.ts';
import type { Ticker, Waiting } from '../wire/ticker.ts';
import { beginRead, endRead } from '../wire/turn-end.ts';
import { CallerRequest, type RequestChannel, type TakenOver } from './caller-request.ts';
import { CallerResponse, type ResponseChannel } from './caller-response.ts';
import { HeadMemory } from './head-memory.ts';
import type { HeadFailure, RequestHead } from './request-head.ts';

/**
 * What a connection is waiting for; each has its time limit.
 * `idle`: the first byte of a request · `head`: the rest of its head · `body`: the next bytes of its body · `answer`: the caller taking
 * what has been written, however long the answer itself takes · `lingering`: the caller to close, after the last answer.
 */
export type Phase = 'idle' | 'head' | 'body' | 'answer' | 'lingering';

/** What connections of a server share. */
export interface ConnectionOptions {
  readonly handle: (request: CallerRequest, response: CallerResponse) => void;
  /** Largest head taken, in bytes. */
  readonly maxHeaderBytes: number;
  readonly ticker: Ticker;
  /** How many ticks each wait may last. */
  readonly limits: Readonly<Record<Phase, number>>;
  /** The server is going down: the answer that runs is the last. */
  readonly closing: () => boolean;
  readonly onClose: (connection: Connection) => void;
}

type Failure = HeadFailure | 405 | 408 | 431;

const headEnd = Buffer.from('\r\n\r\n');
const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const space = 0x20;
const del = 0x7f;
/** Bytes of further requests that are taken while one is being answered. */
const pipelinedBytes = 64 * 1024;

const failures: Readonly<Record<Failure, string>> = {
  400: '400 Bad Request',
  405: '405 Method Not Allowed',
  408: '408 Request Timeout',
  414: '414 URI Too Long',
  431: '431 Request Header Fields Too Large',
  505: '505 HTTP Version Not Supported',
};

/** One caller's connection: one request after the other, each answered before the next is looked at. RFC 9112 section 9.3.2. */
export class Connection implements RequestChannel, ResponseChannel, Waiting {
  readonly socket: Socket;
  readonly onAnswered: ResponseChannel['onAnswered'];
  readonly #options: ConnectionOptions;
  #phase: Phase = 'idle';
  #since: number;
  readonly #memory = new HeadMemory();
  #held: Buffer | null = null;
  #searched = 0;
  #blankSeen = false;
  #request: CallerRequest | null = null;
  #response: CallerResponse | null = null;
  #bodyLeft = 0;
  #decoder: ChunkedDecoder | null = null;
  #paused = false;
  #gone = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.socket = socket;
    this.#options = options;
    this.#since = options.ticker.now;
    // A write that its socket's end cut short is told as one that went well.
    this.onAnswered = (error) => {
      if (!socket.destroyed && (error === undefined || error === null)) {
        this.#answered();
      }
    };
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  get phase(): Phase {
    return this.#phase;
  }

  pauseReading(): void {
    this.#paused = true;
    this.socket.pause();
  }

  resumeReading(): void {
    if (this.#paused) {
      this.#paused = false;
      this.#touch();
      this.socket.resume();
    }
  }

  /** Closes it at once; what has been answered goes out before. */
  cut(): void {
    this.#response?.flush();
    this.socket.destroy();
  }

  takeOver(): TakenOver {
    const { socket } = this;
    const head = this.#held ?? Buffer.alloc(0);
    this.#held = null;
    this.#response?.detach();
    this.#gone = true;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('drain', this.#onDrain);
    socket.off('error', this.#onError);
    socket.off('close', this.#onClose);
    this.resumeReading();
    this.#options.onClose(this);
    return { socket, head };
  }

  /** Ends a wait for the caller that took too long: with an answer where it owes us the rest of a head, at once elsewhere. */
  check(tick: number): void {
    const waitsForUs = this.socket.writableLength === 0 && (this.#paused || this.#phase === 'answer');
    if (waitsForUs) {
      this.#since = tick;
    } else if (tick - this.#since > this.#options.limits[this.#phase]) {
      if (this.#phase === 'head') {
        this.#refuse(408);
      } else {
        this.socket.destroy();
      }
    }
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#phase !== 'lingering') {
      beginRead();
      try {
        this.#take(chunk);
      } finally {
        endRead();
      }
    }
  };

  #take(chunk: Buffer): void {
    if (this.#request === null) {
      this.#held = this.#held === null ? chunk : Buffer.concat([this.#held, chunk]);
      this.#readHead();
    } else if (this.#request.complete) {
      this.#hold(chunk);
    } else {
      this.#readBody(chunk, 0);
    }
  }

  /** A caller that stops sending has left: nothing tells one that still listens from one that is gone. */
  readonly #onEnd = (): void => {
    if (this.#request === null || this.#response?.writableEnded === true) {
      this.#phase = 'lingering';
      this.#response?.flush();
      this.socket.end();
    } else {
      this.socket.destroy();
    }
  };

  readonly #onDrain = (): void => {
    this.#touch();
    this.#response?.drained();
  };

  readonly #onError = (): void => {
    this.socket.destroy();
  };

  readonly #onClose = (): void => {
    this.#gone = true;
    const request = this.#request;
    const response = this.#response;
    this.#request = null;
    this.#response = null;
    this.#options.onClose(this);
    response?.closed();
    request?.abort();
  };

  #touch(): void {
    this.#since = this.#options.ticker.now;
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#touch();
  }

  /** Keeps what a caller sends before it has its answer. */
  #hold(chunk: Buffer): void {
    this.#held = this.#held === null ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#held.length > pipelinedBytes) {
      this.pauseReading();
    }
  }

  #readHead(): void {
    const bytes = this.#withoutBlankLine();
    if (bytes === null) {
      return;
    }
    const end = bytes.indexOf(headEnd, Math.max(0, this.#searched - headEnd.length));
    if (end > this.#options.maxHeaderBytes || (end === -1 && bytes.length > this.#options.maxHeaderBytes)) {
      this.#refuse(431);
      return;
    }
    if (end === -1) {
      this.#waitForHead(bytes);
      return;
    }
    this.#searched = 0;
    const head = this.#memory.read(bytes, end);
    if (typeof head === 'number') {
      this.#refuse(head);
    } else if (head.method === 'CONNECT') {
      this.#refuse(405);
    } else {
      this.#held = null;
      this.#begin(head, bytes, end + headEnd.length);
    }
  }

  /** One empty line before a request is let pass, as some callers end a body with one. RFC 9112 section 2.2. */
  #withoutBlankLine(): Buffer | null {
    const bytes = this.#held;
    if (bytes === null || this.#blankSeen || bytes[0] !== carriageReturn || bytes[1] !== lineFeed) {
      return bytes;
    }
    this.#blankSeen = true;
    this.#searched = 0;
    this.#held = bytes.length === 2 ? null : bytes.subarray(2);
    return this.#held;
  }

  /** What can't become a head any more is refused at once; the first byte of a request starts its clock. */
  #waitForHead(bytes: Buffer): void {
    const first = bytes[0] ?? 0;
    if (first !== carriageReturn && (first <= space || first >= del)) {
      this.#refuse(400);
      return;
    }
    let feed = bytes.indexOf(lineFeed, Math.max(0, this.#searched - 1));
    while (feed !== -1) {
      if (bytes[feed - 1] !== carriageReturn) {
        this.#refuse(400);
        return;
      }
      feed = bytes.indexOf(lineFeed, feed + 1);
    }
    this.#searched = bytes.length;
    if (this.#phase === 'idle') {
      this.#enter('head');
    }
  }

  #begin(head: RequestHead, bytes: Buffer, bodyStart: number): void {
    const request = new CallerRequest(head, this);
    const response = new CallerResponse(head, this);
    this.#request = request;
    this.#response = response;
    this.#decoder = head.bodyLength === null ? new ChunkedDecoder() : null;
    this.#bodyLeft = head.bodyLength ?? 0;
    if (head.bodyLength === 0) {
      this.#enter('answer');
      request.end();
      if (bodyStart < bytes.length) {
        this.#held = bytes.subarray(bodyStart);
      }
    } else {
      this.#enter('body');
      if (bodyStart < bytes.length) {
        this.#readBody(bytes, bodyStart);
      }
    }
    if (!this.#gone && this.#request === request) {
      this.#options.handle(request, response);
    }
  }

  #readBody(bytes: Buffer, from: number): void {
    this.#touch();
    const request = this.#request;
    if (request === null) {
      return;
    }
    let end = bytes.length;
    if (this.#decoder === null) {
      end = Math.min(end, from + this.#bodyLeft);
      this.#bodyLeft -= end - from;
      request.feed(from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end));
    } else {
      const piece = this.#decoder.decode(bytes, from, bytes.length);
      end = this.#decoder.consumed;
      request.feed(piece);
      if (this.#decoder.failed) {
        this.#breakOff();
        return;
      }
    }
    if (this.#decoder === null ? this.#bodyLeft > 0 : !this.#decoder.ended) {
      return;
    }
    if (end < bytes.length) {
      this.#hold(bytes.subarray(end));
    }
    if (this.#phase === 'body') {
      this.#enter('answer');
    }
    request.end();
  }

  /** The body's framing is broken: nothing after it can be trusted, and the request never becomes complete. */
  #breakOff(): void {
    const request = this.#request;
    const response = this.#response;
    if (response === null || response.headersSent) {
      this.cut();
      return;
    }
    this.#response = null;
    this.#refuse(400);
    response.closed();
    request?.abort();
  }

  /** The kernel has the whole answer. A caller that is still sending then gets no further request in. RFC 9112 section 9.6. */
  #answered(): void {
    const response = this.#response;
    const request = this.#request;
    if (response === null || request === null || this.#gone) {
      return;
    }
    this.#response = null;
    response.finished();
    if (this.#gone || this.#phase === 'lingering') {
      return;
    }
    if (request.complete && response.keepAlive && !this.#options.closing()) {
      this.#next();
    } else {
      this.#linger();
    }
  }

  #next(): void {
    this.#request = null;
    this.#decoder = null;
    this.#blankSeen = false;
    this.#enter('idle');
    if (this.#paused && (this.#held === null || this.#held.length <= pipelinedBytes)) {
      this.resumeReading();
    }
    if (this.#held !== null) {
      this.#readHead();
    }
  }

  /** Answers what could not be read as a request. */
  #refuse(failure: Failure): void {
    if (this.socket.writable) {
      this.socket.write(`HTTP/1.1 ${failures[failure]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`, 'latin1');
    }
    this.#linger();
  }

  /** Says that nothing more comes, and waits for the caller to say the same: closing at once could take the answer back. */
  #linger(): void {
    this.#enter('lingering');
    this.#request = null;
    this.#held = null;
    this.socket.end();
    this.resumeReading();
  }
}
