import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { TollkeeperError } from '#shared/model/error.ts';
import { isFieldName, isFieldValue } from '../wire/field-lines.ts';
import { type Flushable, flushSoon } from '../wire/turn-end.ts';
import type { RequestHead } from './request-head.ts';

type ResponseEvent = 'close' | 'drain';
type Listener = () => void;

/** Told how a write ended. */
type Written = (error?: Error | null) => void;

/** What a response asks of the connection that it goes out on. */
export interface ResponseChannel {
  readonly socket: Socket;
  /** Told once the kernel has the last byte, or with an error that it never will. */
  readonly onAnswered: Written;
}

/** Pieces that are joined into one write are not larger than this together; larger ones are not copied again. */
const joinedBytes = 16 * 1024;
/** What one turn of the event loop adds is written at its end, or as soon as it is this much. */
const heldBytes = 64 * 1024;
const walkedText = 16;
const lastChunk = '0\r\n\r\n';
const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const hexDigits = Buffer.from('0123456789abcdef');
const keepAliveLine = 'connection: keep-alive\r\n';
const closeLine = 'connection: close\r\n';
const chunkedLine = 'transfer-encoding: chunked\r\n';

type Framing = 'length' | 'chunked' | 'close' | 'none';

const statusLines = new Map<number, string>();

function statusLine(status: number): string {
  const known = statusLines.get(status);
  if (known !== undefined) {
    return known;
  }
  const line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
  statusLines.set(status, line);
  return line;
}

/**
 * The answer to one request. Head, pieces and end of one turn of the event loop leave in one write. Tells of `close` once, when all of it
 * has been written or the caller is gone, and of `drain` when a write that answered false has gone out.
 */
export class CallerResponse implements Flushable {
  readonly #channel: ResponseChannel;
  readonly #request: RequestHead;
  #head = '';
  #pieces: Buffer[] = [];
  #piecesBytes = 0;
  #framing: Framing = 'none';
  #headersSent = false;
  #ended = false;
  /** True from the end of the answer until that has been handed to the socket. */
  #isEndDue = false;
  #finished = false;
  #closed = false;
  #destroyed = false;
  #keepAlive: boolean;
  #flushing = false;
  /** Most answers have one; an emitter of Node's takes more time to make than all else here. */
  #onClose: Listener | null = null;
  #others: { readonly event: ResponseEvent; readonly listener: Listener }[] | null = null;

  constructor(request: RequestHead, channel: ResponseChannel) {
    this.#request = request;
    this.#channel = channel;
    this.#keepAlive = request.keepAlive;
  }

  /** True once a head has been written: no other answer can follow. */
  get headersSent(): boolean {
    return this.#headersSent;
  }

  /** True once `end` was called. */
  get writableEnded(): boolean {
    return this.#ended;
  }

  /** True once the kernel has taken the last byte. */
  get writableFinished(): boolean {
    return this.#finished;
  }

  /** True once nothing can be written any more: the caller is gone, or was cut. */
  get destroyed(): boolean {
    return this.#destroyed;
  }

  /** May another request follow on this connection? */
  get keepAlive(): boolean {
    return this.#keepAlive;
  }

  /** Calls back at the next event of this kind; listeners of one kind are told in order. */
  once(event: ResponseEvent, listener: Listener): void {
    if (event === 'close' && this.#onClose === null) {
      this.#onClose = listener;
    } else {
      this.#others ??= [];
      this.#others.push({ event, listener });
    }
  }

  /** Tells a caller that waits with its body to go on. RFC 9110 section 15.2.1. */
  writeContinue(): void {
    if (!this.#headersSent && !this.#destroyed && this.#request.minorVersion === 1) {
      this.#channel.socket.write('HTTP/1.1 100 Continue\r\n\r\n', 'latin1');
    }
  }

  /**
   * Sets status and headers, name and value in turn. Framing is added here: the body has the length that a `content-length` tells,
   * else it goes in chunks. `connection: close` among them closes the connection after this answer. What is not written by the
   * end of the turn does not hold the head back.
   */
  writeHead(status: number, headers: readonly string[]): void {
    if (this.#headersSent) {
      throw new TollkeeperError('internal', 'An answer has one head.');
    }
    this.#headersSent = true;
    this.#framing = this.#request.minorVersion === 1 ? 'chunked' : 'close';
    let lines = '';
    for (let index = 0; index + 1 < headers.length; index += 2) {
      const name = headers[index] ?? '';
      const value = headers[index + 1] ?? '';
      if (!isFieldName(name) || !isFieldValue(value)) {
        throw new TollkeeperError('internal', 'A header that can’t be sent.');
      }
      if (!this.#takesOver(name, value)) {
        lines += `${name}: ${value}\r\n`;
      }
    }
    if (status < 200 || status === 204 || status === 304 || this.#request.method === 'HEAD') {
      this.#framing = 'none';
    }
    this.#keepAlive &&= this.#framing !== 'close';
    const connection = this.#keepAlive ? (this.#request.minorVersion === 0 ? keepAliveLine : '') : closeLine;
    const framing = this.#framing === 'chunked' ? chunkedLine : '';
    this.#head = `${statusLine(status)}${lines}${framing}${connection}\r\n`;
    this.#flushSoon();
  }

  /** Adds a copy of these bytes to the body. False asks to wait for `drain`. */
  write(chunk: Buffer): boolean {
    if (this.#destroyed || this.#ended) {
      return false;
    }
    this.#add(this.#framing === 'chunked' ? chunk : Buffer.from(chunk));
    if (this.#piecesBytes >= heldBytes) {
      this.flush();
    } else {
      this.#flushSoon();
    }
    return !this.#channel.socket.writableNeedDrain;
  }

  /** Ends the answer, with a last piece where there is one, which may not be changed afterwards. */
  end(chunk?: Buffer | string): void {
    if (this.#destroyed || this.#ended) {
      return;
    }
    if (chunk !== undefined) {
      this.#add(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    }
    this.#ended = true;
    this.#isEndDue = true;
    this.#flushSoon();
  }

  /** Cuts the connection at once. */
  destroy(): void {
    if (!this.#destroyed) {
      this.#destroyed = true;
      this.#channel.socket.destroy();
    }
  }

  /** Writes what waits. */
  flush(): void {
    this.#flushing = false;
    if (!this.#destroyed && (this.#isEndDue || this.#head !== '' || this.#pieces.length > 0)) {
      this.#send();
    }
  }

  /** For the connection: it carries another protocol now, and no answer. */
  detach(): void {
    this.#headersSent = true;
    this.#ended = true;
  }

  /** For the connection: the kernel has all of it. */
  finished(): void {
    this.#finished = true;
    this.closed();
  }

  /** For the connection: it is gone, or this answer is done. */
  closed(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#destroyed = true;
      this.#onClose?.();
      this.#tell('close');
    }
  }

  /** For the connection: the caller has taken what was written. */
  drained(): void {
    this.#tell('drain');
  }

  #tell(event: ResponseEvent): void {
    const others = this.#others;
    if (others !== null) {
      this.#others = others.filter((other) => other.event !== event);
      for (const other of others) {
        if (other.event === event) {
          other.listener();
        }
      }
    }
  }

  #flushSoon(): void {
    if (!this.#flushing) {
      this.#flushing = true;
      flushSoon(this);
    }
  }

  #takesOver(name: string, value: string): boolean {
    switch (name.length) {
      case 10:
        if (name.toLowerCase() === 'connection') {
          this.#keepAlive &&= value.toLowerCase() !== 'close';
          return true;
        }
        return false;
      case 14:
        if (name.toLowerCase() === 'content-length') {
          this.#framing = 'length';
        }
        return false;
      default:
        return name.length === 17 && name.toLowerCase() === 'transfer-encoding';
    }
  }

  /** Where the body goes in chunks, each piece is one: it gets its frame with the copy that is made of it. */
  #add(bytes: Buffer): void {
    if (!this.#headersSent) {
      throw new TollkeeperError('internal', 'An answer’s head comes before its body.');
    }
    if (bytes.length > 0 && this.#framing !== 'none') {
      const piece = this.#framing === 'chunked' ? asChunk(bytes) : bytes;
      this.#pieces.push(piece);
      this.#piecesBytes += piece.length;
    }
  }

  /** Everything that waits in one write. */
  #send(): void {
    const { socket, onAnswered } = this.#channel;
    const pieces = this.#pieces;
    const bytes = this.#piecesBytes;
    const before = this.#head;
    const after = this.#framing === 'chunked' && this.#ended ? lastChunk : '';
    this.#isEndDue = false;
    this.#head = '';
    this.#pieces = [];
    this.#piecesBytes = 0;
    const done = this.#ended ? onAnswered : undefined;
    const [first] = pieces;
    if (first !== undefined && pieces.length === 1 && before === '' && after === '') {
      socket.write(first, done);
    } else if (bytes > joinedBytes) {
      writeAll(socket, [Buffer.from(before, 'latin1'), ...pieces, Buffer.from(after, 'latin1')], done);
    } else if (before.length + bytes + after.length > 0) {
      socket.write(joined(before, pieces, after), done);
    } else if (socket.writableLength === 0) {
      process.nextTick(onAnswered);
    } else {
      socket.write('', done);
    }
  }
}

function writeAll(socket: Socket, parts: readonly Buffer[], done: Written | undefined): void {
  const filled = parts.filter((part) => part.length > 0);
  socket.cork();
  for (const [index, part] of filled.entries()) {
    socket.write(part, index === filled.length - 1 ? done : undefined);
  }
  socket.uncork();
}

function joined(before: string, pieces: readonly Buffer[], after: string): Buffer {
  let length = before.length + after.length;
  for (const piece of pieces) {
    length += piece.length;
  }
  const bytes = Buffer.allocUnsafe(length);
  let at = writeText(bytes, before, 0);
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  writeText(bytes, after, at);
  return bytes;
}

/** A copy of these bytes as a chunk of the chunked coding. RFC 9112 section 7.1. */
function asChunk(bytes: Buffer): Buffer {
  const digits = (35 - Math.clz32(bytes.length)) >> 2;
  const chunk = Buffer.allocUnsafe(digits + bytes.length + 4);
  for (let index = digits - 1, size = bytes.length; index >= 0; index -= 1, size >>>= 4) {
    chunk[index] = hexDigits[size & 15] ?? 0;
  }
  chunk[digits] = carriageReturn;
  chunk[digits + 1] = lineFeed;
  chunk.set(bytes, digits + 2);
  chunk[chunk.length - 2] = carriageReturn;
  chunk[chunk.length - 1] = lineFeed;
  return chunk;
}

/** Writes ASCII and answers where it ends; the end of a body is shorter than what a call out of JavaScript takes. */
function writeText(bytes: Buffer, text: string, start: number): number {
  if (text.length > walkedText) {
    return start + bytes.write(text, start, 'latin1');
  }
  for (let index = 0; index < text.length; index += 1) {
    bytes[start + index] = text.charCodeAt(index);
  }
  return start + text.length;
}
