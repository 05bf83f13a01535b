import type { Socket } from 'node:net';
import { TollkeeperError } from '#shared/model/error.ts';
import { upstreamTimeout } from '../../network/upstream-failure.ts';
import type { BodySink } from '../wire/body.ts';
import { ChunkedDecoder } from '../wire/chunked-decoder.ts';
import { FieldMemory } from '../wire/field-memory.ts';
import { PieceMemory } from '../wire/piece-memory.ts';
import type { Ticker, Waiting } from '../wire/ticker.ts';
import { beginRead, endRead, type Flushable, flushSoon } from '../wire/turn-end.ts';
import type { Dial } from './dial.ts';
import { noRequest, type OutgoingCall, type Sender } from './outgoing-call.ts';
import { parseResponseHead, type ResponseHead } from './response-head.ts';
import { sendWhole } from './send-whole.ts';
import type { AnswerHandler, UpstreamRequest } from './upstream-call.ts';

/** What the connections of one upstream share. Waits are in ticks. */
export interface UpstreamConnectionOptions {
  readonly origin: URL;
  readonly dial: Dial;
  readonly ticker: Ticker;
  readonly connectTicks: number;
  readonly idleConnectionTicks: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  /** It may take another call. */
  readonly onFree: (connection: UpstreamConnection) => void;
  readonly onGone: (connection: UpstreamConnection) => void;
}

type Phase = 'connecting' | 'head' | 'body' | 'idle' | 'gone';

const headEnd = Buffer.from('\r\n\r\n');
const maxHeadBytes = 128 * 1024;
const mostInterimAnswers = 16;
/** An idle connection is let go a little before the upstream says that it will. */
const marginMs = 1_000;

/**
 * All connections read into this, and what comes is handed on as a piece of it: nobody keeps that for longer than the call that it comes
 * with. It saves an allocation of 64 KB per read, and a copy.
 */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024);
const pieces = new PieceMemory(readBuffer);

function pieceOf(bytes: Buffer, start: number, end: number): Buffer {
  return bytes === readBuffer ? pieces.piece(start, end) : bytes.subarray(start, end);
}

/** One connection to an upstream: one call at a time, each answered before the next is sent. */
export class UpstreamConnection implements Waiting, BodySink, Flushable {
  readonly #options: UpstreamConnectionOptions;
  readonly #dialling: { abandon(): void };
  #socket: Socket | null = null;
  #phase: Phase = 'connecting';
  #since: number;
  #limit: number;
  #request: UpstreamRequest;
  #text: string;
  #handler: AnswerHandler | null;
  #bodySent = true;
  /** True while a whole request waits for the end of the turn: no byte of it has left. */
  #isDue = false;
  readonly #fields = new FieldMemory();
  #sender: Sender | null = null;
  #partial: Buffer | null = null;
  #head: ResponseHead | null = null;
  #interim = 0;
  #left = 0;
  #decoder: ChunkedDecoder | null = null;
  #paused = false;

  constructor(options: UpstreamConnectionOptions, call: OutgoingCall) {
    this.#options = options;
    this.#request = call.request;
    this.#text = call.head;
    this.#handler = call.handler;
    this.#since = options.ticker.now;
    const { connectMs } = call.request;
    this.#limit = connectMs === undefined ? options.connectTicks : options.ticker.ticksFor(connectMs);
    options.ticker.add(this);
    this.#dialling = options.dial(
      options.origin,
      { buffer: readBuffer, callback: (count) => this.#read(readBuffer, count) },
      { onOpen: (socket, reads) => this.#open(socket, reads), onFailure: (error) => this.#fail(error, false) },
    );
  }

  /** Sends a request on a connection that is free. */
  send(call: OutgoingCall, sender: Sender): void {
    this.#sender = sender;
    this.#request = call.request;
    this.#text = call.head;
    this.#handler = call.handler;
    this.#begin();
  }

  /** Ends the call of this handler, if it is still the one that runs here. */
  abort(handler: AnswerHandler): void {
    if (this.#handler === handler) {
      this.#handler = null;
      this.destroy();
    }
  }

  /** Goes on reading for this handler, if its call is still the one that runs here. */
  resume(handler: AnswerHandler): void {
    if (this.#handler === handler) {
      this.#goOn();
    }
  }

  #goOn(): void {
    if (this.#paused) {
      this.#paused = false;
      this.#since = this.#options.ticker.now;
      this.#socket?.resume();
    }
  }

  /** Ends it at once, whatever it is doing; a call that runs on it is told. */
  destroy(): void {
    this.#fail(new TollkeeperError('upstream_unreachable'), true);
  }

  check(tick: number): void {
    if (this.#paused || this.#waitsForCaller()) {
      this.#since = tick;
    } else if (tick - this.#since > this.#limit) {
      const sent = this.#phase !== 'connecting';
      this.#fail(upstreamTimeout(sent ? (this.#phase === 'head' ? 'first-byte' : 'idle') : 'connect'), sent);
    }
  }

  onBody(chunk: Buffer): boolean {
    const socket = this.#socket;
    if (socket === null || this.#bodySent) {
      return true;
    }
    this.#since = this.#options.ticker.now;
    if (this.#request.bodyLength !== null) {
      return socket.write(chunk);
    }
    socket.cork();
    socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
    socket.write(chunk);
    const more = socket.write('\r\n', 'latin1');
    socket.uncork();
    return more;
  }

  onBodyEnd(): void {
    if (!this.#bodySent) {
      this.#bodySent = true;
      this.#since = this.#options.ticker.now;
      if (this.#request.bodyLength === null) {
        this.#socket?.write('0\r\n\r\n', 'latin1');
      }
    }
  }

  onBodyError(error: TollkeeperError): void {
    if (!this.#bodySent) {
      this.#fail(error, true);
    }
  }

  /** While the request's body is under way, silence is the caller's, unless the upstream does not take what is there. */
  #waitsForCaller(): boolean {
    return this.#phase === 'head' && !this.#bodySent && this.#socket?.writableLength === 0;
  }

  #open(socket: Socket, reads: boolean): void {
    if (this.#phase === 'gone') {
      socket.destroy();
      return;
    }
    this.#socket = socket;
    socket.on('error', (error) => this.#fail(error, true));
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#end());
    socket.on('drain', () => this.#drained());
    if (!reads) {
      socket.on('data', (chunk: Buffer) => {
        if (!this.#read(chunk, chunk.length)) {
          socket.pause();
        }
      });
    }
    this.#begin();
  }

  #begin(): void {
    const { body, firstByteMs } = this.#request;
    const socket = this.#socket;
    if (socket === null) {
      return;
    }
    const { ticker } = this.#options;
    this.#phase = 'head';
    this.#since = ticker.now;
    this.#limit = ticker.ticksFor(firstByteMs ?? this.#options.firstByteMs);
    this.#interim = 0;
    const text = this.#text;
    if (body === null || body instanceof Uint8Array) {
      this.#bodySent = true;
      this.#isDue = true;
      flushSoon(this);
      return;
    }
    this.#bodySent = false;
    this.#sender = null;
    socket.cork();
    socket.write(text, 'latin1');
    process.nextTick(() => socket.uncork());
    body.consume(this);
  }

  /** Sends the request that waits, unless its call has been given up. */
  flush(): void {
    const { body } = this.#request;
    if (this.#isDue && this.#socket !== null && (body === null || body instanceof Uint8Array)) {
      this.#isDue = false;
      this.#sender = null;
      sendWhole(this.#socket, this.#text, body);
    }
  }

  #drained(): void {
    const { body } = this.#request;
    if (!this.#bodySent && body !== null && !(body instanceof Uint8Array)) {
      body.resume();
    }
  }

  /** Takes the first `count` bytes of these, which were read; false asks for no more. */
  #read(bytes: Buffer, count: number): boolean {
    this.#since = this.#options.ticker.now;
    beginRead();
    try {
      this.#take(bytes, count);
    } finally {
      endRead();
    }
    return !this.#paused;
  }

  #take(bytes: Buffer, count: number): void {
    if (this.#isDue || this.#phase === 'idle') {
      this.destroy();
    } else if (this.#phase === 'head') {
      this.#readHead(bytes.subarray(0, count));
    } else if (this.#phase === 'body') {
      this.#readBody(bytes, 0, count);
    }
  }

  #readHead(chunk: Buffer): void {
    const bytes = this.#partial === null ? chunk : Buffer.concat([this.#partial, chunk]);
    this.#partial = null;
    let start = 0;
    while (this.#phase === 'head') {
      const end = bytes.indexOf(headEnd, start);
      if (end === -1) {
        this.#partial = Buffer.from(bytes.subarray(start));
        if (this.#partial.length > maxHeadBytes) {
          this.#broken();
        }
        return;
      }
      const head = parseResponseHead(bytes.toString('latin1', start, end), this.#request.method, this.#fields);
      start = end + headEnd.length;
      if (head === null || head.status === 101) {
        this.#broken();
        return;
      }
      if (head.status >= 200) {
        this.#beginBody(head, bytes, start);
        return;
      }
      this.#interim += 1;
      if (this.#interim > mostInterimAnswers) {
        this.#broken();
        return;
      }
    }
  }

  #beginBody(head: ResponseHead, bytes: Buffer, start: number): void {
    const { ticker, idleMs } = this.#options;
    this.#head = head;
    this.#phase = 'body';
    this.#limit = ticker.ticksFor(this.#request.idleMs ?? idleMs);
    this.#left = head.bodyLength ?? Number.POSITIVE_INFINITY;
    this.#decoder = head.chunked ? new ChunkedDecoder() : null;
    this.#handler?.onHeaders(head.status, head.rawHeaders);
    if (this.#isInBody() && (start < bytes.length || this.#left === 0)) {
      this.#readBody(bytes, start, bytes.length);
    }
  }

  #readBody(bytes: Buffer, from: number, to: number): void {
    let start = from;
    let end = Math.min(to, from + this.#left);
    let taken = end;
    if (this.#decoder === null) {
      this.#left -= end - start;
    } else {
      this.#decoder.take(bytes, from, to);
      ({ start, end, consumed: taken } = this.#decoder);
    }
    if (end > start && this.#handler?.onData(pieceOf(bytes, start, end)) === false) {
      this.#paused = this.#isInBody();
    }
    if (!this.#isInBody()) {
      return;
    }
    if (this.#decoder?.failed === true) {
      this.#broken();
    } else if (this.#decoder === null ? this.#left === 0 : this.#decoder.ended) {
      this.#complete(taken === to);
    }
  }

  #isInBody(): boolean {
    return this.#phase === 'body';
  }

  /** The answer is whole. The connection is kept where both sides are done with it and said so. */
  #complete(clean: boolean): void {
    const handler = this.#handler;
    const head = this.#head;
    this.#handler = null;
    this.#head = null;
    this.#decoder = null;
    if (clean && head?.keepAlive === true && this.#bodySent) {
      this.#rest(head.keepAliveSeconds);
    } else {
      this.destroy();
    }
    handler?.onComplete();
  }

  #rest(keptSeconds: number | null): void {
    const { ticker, idleConnectionTicks, onFree } = this.#options;
    const told =
      keptSeconds === null ? idleConnectionTicks : Math.floor((keptSeconds * 1_000 - marginMs) / ticker.everyMs);
    if (told <= 0) {
      this.destroy();
      return;
    }
    this.#phase = 'idle';
    this.#request = noRequest;
    this.#text = '';
    this.#limit = Math.min(idleConnectionTicks, told);
    this.#goOn();
    onFree(this);
  }

  /** The upstream has closed: an answer without a length ends so, any other is broken off. */
  #end(): void {
    if (this.#phase === 'body' && this.#decoder === null && this.#left === Number.POSITIVE_INFINITY) {
      this.#complete(false);
    } else {
      this.#fail(new TollkeeperError('upstream_unreachable'), true);
    }
  }

  #broken(): void {
    this.#fail(new TollkeeperError('upstream_unreachable', 'The provider’s answer was not valid HTTP.'), true);
  }

  #fail(error: Error, sent: boolean): void {
    if (this.#phase === 'gone') {
      return;
    }
    const handler = this.#handler;
    const isUnsent = this.#isDue;
    this.#isDue = false;
    this.#phase = 'gone';
    this.#handler = null;
    this.#bodySent = true;
    this.#options.ticker.remove(this);
    this.#options.onGone(this);
    if (this.#socket === null) {
      this.#dialling.abandon();
    } else {
      this.#socket.destroy();
    }
    if (handler !== null && isUnsent && this.#sender !== null) {
      this.#sender.onUnsent(error);
    } else {
      handler?.onError(error, sent && !isUnsent);
    }
  }
}
