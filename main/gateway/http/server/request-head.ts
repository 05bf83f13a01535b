import { readFieldLines } from '../wire/field-lines.ts';
import { HeadShape } from './head-shape.ts';

/** A request's head as it was sent, with what decides where the request ends. */
export interface RequestHead {
  readonly method: string;
  /** The request target as sent. */
  readonly target: string;
  /** 1 for HTTP/1.1, 0 for HTTP/1.0. */
  readonly minorVersion: 0 | 1;
  /** Name and value in turn, as sent. */
  readonly rawHeaders: readonly string[];
  /** Bytes of the body as Content-Length tells them; null when it does not. */
  readonly contentLength: number | null;
  /** Bytes of the body; null when it comes in chunks. */
  readonly bodyLength: number | null;
  /** May the connection carry another request after this one? */
  readonly keepAlive: boolean;
  /** Did the caller ask for another protocol on this connection, in both headers that this takes? RFC 9110 section 7.8. */
  readonly upgrade: boolean;
  /** The same for heads that differ in nothing but the length of the body. */
  readonly shape: HeadShape;
}

/** Status of the answer to a head that can't be read. */
export type HeadFailure = 400 | 414 | 505;

/** Longest request line taken, in characters; the path has a shorter limit of its own. */
export const maxRequestLine = 16 * 1024;

const requestLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}) ([^\0-\x20\x7f]+) HTTP\/(\d)\.(\d)$/;
const wholeNumber = /^\d{1,15}$/;

interface Framing {
  length: string | null;
  coding: string | null;
  connection: string;
  upgrade: boolean;
  broken: boolean;
}

/**
 * Parses a request's head: latin1 text up to, without, the empty line. Strict as RFC 9112 has it, and stricter where two readers could
 * find different ends of the same request: one Content-Length at most, a Transfer-Encoding that is `chunked` and nothing else,
 * never both (sections 6.1 to 6.3).
 */
export function parseRequestHead(text: string): RequestHead | HeadFailure {
  const end = text.indexOf('\r\n');
  const first = end === -1 ? text : text.slice(0, end);
  if (first.length > maxRequestLine) {
    return 414;
  }
  const line = requestLine.exec(first);
  if (line === null) {
    return 400;
  }
  if (line[3] !== '1' || (line[4] !== '1' && line[4] !== '0')) {
    return 505;
  }
  const minorVersion = line[4] === '1' ? 1 : 0;
  const rawHeaders = end === -1 ? [] : readFieldLines(text, end + 2);
  const framing = rawHeaders === null ? null : readFraming(rawHeaders);
  if (rawHeaders === null || framing === null) {
    return 400;
  }
  if (framing.coding !== null && (minorVersion === 0 || framing.length !== null || framing.coding !== 'chunked')) {
    return 400;
  }
  if (framing.length !== null && !wholeNumber.test(framing.length)) {
    return 400;
  }
  const contentLength = framing.length === null ? null : Number(framing.length);
  return {
    method: line[1] ?? '',
    target: line[2] ?? '',
    minorVersion,
    rawHeaders,
    contentLength,
    bodyLength: framing.coding !== null ? null : (contentLength ?? 0),
    keepAlive: staysOpen(framing.connection, minorVersion),
    upgrade: framing.upgrade && minorVersion === 1 && names(framing.connection, 'upgrade'),
    shape: new HeadShape(),
  };
}

/** The few headers that concern this hop, found by the length of their names; null when one is there twice. */
function readFraming(rawHeaders: readonly string[]): Framing | null {
  const framing: Framing = { length: null, coding: null, connection: '', upgrade: false, broken: false };
  for (let index = 0; index < rawHeaders.length; index += 2) {
    switch (rawHeaders[index]?.length) {
      case 7:
      case 10:
      case 14:
      case 17:
        takeFraming(framing, (rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '');
    }
  }
  return framing.broken ? null : framing;
}

function takeFraming(framing: Framing, lowerName: string, value: string): void {
  switch (lowerName) {
    case 'content-length':
      framing.broken ||= framing.length !== null;
      framing.length = value;
      return;
    case 'transfer-encoding':
      framing.broken ||= framing.coding !== null;
      framing.coding = value.toLowerCase();
      return;
    case 'connection':
      framing.connection = framing.connection === '' ? value : `${framing.connection},${value}`;
      return;
    case 'upgrade':
      framing.upgrade = true;
  }
}

/** RFC 9112 section 9.3. */
function staysOpen(connection: string, minorVersion: 0 | 1): boolean {
  if (connection === '') {
    return minorVersion === 1;
  }
  if (names(connection, 'close')) {
    return false;
  }
  return minorVersion === 1 || names(connection, 'keep-alive');
}

function names(connection: string, option: string): boolean {
  return connection.split(',').some((part) => part.trim().toLowerCase() === option);
}
