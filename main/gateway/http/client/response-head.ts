import { detached, readFieldLines } from '../wire/field-lines.ts';
import type { FieldMemory } from '../wire/field-memory.ts';

/** An answer's head as it was sent, with what decides where the answer ends. */
export interface ResponseHead {
  readonly status: number;
  /** Name and value in turn, as sent. */
  readonly rawHeaders: readonly string[];
  /** Bytes of the body; null when something else tells its end. */
  readonly bodyLength: number | null;
  readonly chunked: boolean;
  /** May the connection carry another request? */
  readonly keepAlive: boolean;
  /** How long the upstream keeps an idle connection, in seconds, where it says so. */
  readonly keepAliveSeconds: number | null;
}

const statusLine = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const wholeNumber = /^\d{1,15}$/;
const keepAliveTimeout = /(?:^|[,;\s])timeout\s*=\s*"?(\d{1,6})/i;

interface Status {
  readonly code: number;
  readonly minorVersion: string;
}

/** Status lines that were read before; upstreams use few. */
const knownStatuses = new Map<string, Status>();
const mostKnownStatuses = 64;
const longestKnownLine = 64;

function readStatus(line: string): Status | null {
  const known = knownStatuses.get(line);
  if (known !== undefined) {
    return known;
  }
  const match = statusLine.exec(line);
  if (match === null) {
    return null;
  }
  const status = { code: Number(match[2]), minorVersion: match[1] ?? '' };
  if (knownStatuses.size < mostKnownStatuses && line.length <= longestKnownLine) {
    knownStatuses.set(detached(line), status);
  }
  return status;
}

interface Framing {
  length: string | null;
  coding: string | null;
  connection: string;
  keepAlive: string | null;
  broken: boolean;
}

/**
 * Parses an answer's head: latin1 text up to, without, the empty line. Null for what can't be read in one way only, by RFC 9112
 * section 6: two lengths, a length beside a coding, a coding other than `chunked`. `memory` is the connection's.
 */
export function parseResponseHead(
  text: string,
  method: string,
  memory: FieldMemory | null = null,
): ResponseHead | null {
  const end = text.indexOf('\r\n');
  const line = readStatus(end === -1 ? text : text.slice(0, end));
  const rawHeaders = end === -1 ? [] : readFieldLines(text, end + 2, memory);
  if (line === null || rawHeaders === null) {
    return null;
  }
  const status = line.code;
  const framing = readFraming(rawHeaders);
  const coded = framing.coding !== null;
  if (
    framing.broken ||
    (coded && (framing.length !== null || framing.coding !== 'chunked' || line.minorVersion === '0'))
  ) {
    return null;
  }
  const bodyless = method === 'HEAD' || status < 200 || status === 204 || status === 304;
  const bodyLength = bodyless ? 0 : framing.length === null ? null : Number(framing.length);
  const named = framing.connection;
  return {
    status,
    rawHeaders,
    bodyLength,
    chunked: coded && !bodyless,
    keepAlive: line.minorVersion === '1' ? !named.includes('close') : named.includes('keep-alive'),
    keepAliveSeconds: secondsIn(framing.keepAlive),
  };
}

function readFraming(rawHeaders: readonly string[]): Framing {
  const framing: Framing = { length: null, coding: null, connection: '', keepAlive: null, broken: false };
  for (let index = 0; index < rawHeaders.length; index += 2) {
    switch (rawHeaders[index]?.length) {
      case 10:
      case 14:
      case 17:
        takeFraming(framing, (rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '');
    }
  }
  return framing;
}

function takeFraming(framing: Framing, lowerName: string, value: string): void {
  switch (lowerName) {
    case 'content-length':
      framing.broken ||= !wholeNumber.test(value) || framing.length !== null;
      framing.length = value;
      return;
    case 'transfer-encoding':
      framing.broken ||= framing.coding !== null;
      framing.coding = value.toLowerCase();
      return;
    case 'connection':
      framing.connection += `${value.toLowerCase()},`;
      return;
    case 'keep-alive':
      framing.keepAlive = value;
  }
}

function secondsIn(keepAlive: string | null): number | null {
  const match = keepAlive === null ? null : keepAliveTimeout.exec(keepAlive);
  return match === null ? null : Number(match[1]);
}
