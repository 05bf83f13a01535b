import { type HeadFailure, parseRequestHead, type RequestHead } from './request-head.ts';

/** A larger head is parsed each time. */
const maxRememberedBytes = 8 * 1024;
const mostDigits = 15;
const zero = 0x30;
const nine = 0x39;
const lengthLine = /\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*(?:\r\n|$)/i;

/**
 * Remembers the head of the latest request on a connection. A program that calls a model again and again sends the same head each time, but
 * for the length of the body; such a head is recognised by its bytes and not parsed again.
 */
export class HeadMemory {
  #head: RequestHead | null = null;
  #bytes: Buffer = Buffer.alloc(0);
  /** Where the digits of the body's length stand; both the head's end where it tells none. */
  #from = 0;
  #to = 0;

  /** The head that `bytes` begin with, up to `end`; see `parseRequestHead`. */
  read(bytes: Buffer, end: number): RequestHead | HeadFailure {
    const known = this.#recall(bytes, end);
    if (known !== null) {
      return known;
    }
    const text = bytes.toString('latin1', 0, end);
    const head = parseRequestHead(text);
    if (typeof head !== 'number') {
      this.#keep(text, head);
    }
    return head;
  }

  /** Null where it is not the remembered one. */
  #recall(bytes: Buffer, end: number): RequestHead | null {
    const head = this.#head;
    const known = this.#bytes;
    const from = this.#from;
    if (head === null || end < from || known.compare(bytes, 0, from, 0, from) !== 0) {
      return null;
    }
    let at = from;
    let length = 0;
    while (at < end && at - from < mostDigits && isDigit(bytes[at])) {
      length = length * 10 + (bytes[at] ?? 0) - zero;
      at += 1;
    }
    const isPlain = at > from === this.#to > from && (at - from < 2 || bytes[from] !== zero);
    if (!isPlain || end - at !== known.length - this.#to || known.compare(bytes, at, end, this.#to) !== 0) {
      return null;
    }
    head.shape.isRepeated = true;
    return head.contentLength === null || head.contentLength === length ? head : withLength(head, length);
  }

  #keep(text: string, head: RequestHead): void {
    const found = head.contentLength === null ? null : lengthLine.exec(text);
    if (text.length > maxRememberedBytes || (head.contentLength !== null && found === null)) {
      this.#head = null;
      return;
    }
    this.#head = head;
    this.#bytes = Buffer.from(text, 'latin1');
    this.#from = found === null ? text.length : found.index + found[0].indexOf(found[1] ?? '');
    this.#to = this.#from + (found?.[1]?.length ?? 0);
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}

function withLength(head: RequestHead, contentLength: number): RequestHead {
  const rawHeaders = head.rawHeaders.map((text, index) =>
    index % 2 === 1 && head.rawHeaders[index - 1]?.toLowerCase() === 'content-length' ? String(contentLength) : text,
  );
  return {
    method: head.method,
    target: head.target,
    minorVersion: head.minorVersion,
    rawHeaders,
    contentLength,
    bodyLength: contentLength,
    keepAlive: head.keepAlive,
    upgrade: head.upgrade,
    shape: head.shape,
  };
}
