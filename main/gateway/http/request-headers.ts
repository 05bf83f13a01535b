import { TollkeeperError } from '#shared/model/error.ts';
import { tokensInSubprotocols } from './subprotocols.ts';
import { detached, longestKnownName } from './wire/field-lines.ts';

/** What one pass over a request's header block found. The length of the body is no part of it, see `RequestHead`. */
export interface RequestHeaders {
  /** The Host header; null when it is missing or repeated. */
  readonly host: string | null;
  readonly origin: string | null;
  readonly fetchSite: string | null;
  /** True when the body comes without a length. */
  readonly chunked: boolean;
  readonly contentType: string | null;
  readonly contentEncoding: string | null;
  /** True when the body is not compressed. */
  readonly isPlain: boolean;
  /** True when the body is plain JSON in UTF-8, as far as the headers tell. */
  readonly isJson: boolean;
  readonly upgrade: string | null;
  /** True when the caller holds its body back until it is told to go on. RFC 9110 section 10.1.1. */
  readonly expectsContinue: boolean;
  /** The distinct tokens the caller sent, in whichever header. */
  readonly tokens: readonly string[];
  /** True when one came by the scheme `DPoP`. RFC 9449 section 7.1. */
  readonly isDpop: boolean;
  /** The DPoP proof; null when there is none. */
  readonly proof: string | null;
  /** Name and value in turn, as sent: the headers that may travel upstream. */
  readonly passable: readonly string[];
}

type Kind =
  | 'host'
  | 'origin'
  | 'fetch-site'
  | 'transfer-encoding'
  | 'content-type'
  | 'content-encoding'
  | 'upgrade'
  | 'expect'
  | 'bearer'
  | 'token'
  | 'proof'
  | 'connection'
  | 'subprotocols'
  | 'drop'
  | 'pass';

/**
 * Headers that mean something here or must not travel: hop-by-hop ones (RFC 9110 section 7.6.1), credentials, cookies, what
 * tells the upstream about this machine, and what would make it see another method or path than the one that was decided on.
 * All others pass unchanged.
 */
const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['host', 'host'],
  ['origin', 'origin'],
  ['sec-fetch-site', 'fetch-site'],
  ['transfer-encoding', 'transfer-encoding'],
  ['content-type', 'content-type'],
  ['content-encoding', 'content-encoding'],
  ['upgrade', 'upgrade'],
  ['expect', 'expect'],
  ['authorization', 'bearer'],
  ['x-api-key', 'token'],
  ['api-key', 'token'],
  ['x-goog-api-key', 'token'],
  ['xi-api-key', 'token'],
  ['private-token', 'token'],
  ['dpop', 'proof'],
  ['connection', 'connection'],
  ['sec-websocket-protocol', 'subprotocols'],
  ...[
    'accept-encoding',
    'content-length',
    'cookie',
    'cookie2',
    'forwarded',
    'http2-settings',
    'keep-alive',
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-connection',
    'referer',
    'te',
    'trailer',
    'true-client-ip',
    'via',
    'x-client-ip',
    'x-http-method',
    'x-http-method-override',
    'x-method-override',
    'x-original-url',
    'x-real-ip',
    'x-rewrite-url',
  ].map((name): [string, Kind] => [name, 'drop']),
]);

/** Ours, the browser's fetch metadata, and what tells about earlier hops. */
const droppedPrefixes = /^(?:x-tollkeeper-|sec-|x-forwarded-)/;

/** What a header of this spelling is, found once; callers use few. */
const kindsBySpelling = new Map<string, Kind>();
const mostSpellings = 512;

function kindOf(name: string): Kind {
  const known = kindsBySpelling.get(name);
  if (known !== undefined) {
    return known;
  }
  const lowerName = name.toLowerCase();
  const kind = kinds.get(lowerName) ?? (droppedPrefixes.test(lowerName) ? 'drop' : 'pass');
  if (kindsBySpelling.size < mostSpellings && name.length <= longestKnownName) {
    kindsBySpelling.set(detached(name), kind);
  }
  return kind;
}

/** A form, or text in a character set in which the same bytes may say something else. */
const notJson = /^\s*(?:multipart\/|application\/x-www-form-urlencoded)|charset\s*=\s*"?(?!utf-8\b|us-ascii\b)/i;

interface Reading {
  host: string | null;
  hosts: number;
  origin: string | null;
  fetchSite: string | null;
  chunked: boolean;
  contentType: string | null;
  contentEncoding: string | null;
  isPlain: boolean;
  isJson: boolean;
  upgrade: string | null;
  expectsContinue: boolean;
  tokens: string[];
  isDpop: boolean;
  proof: string | null;
  passable: string[];
  connection: string | null;
}

/** Reads a request's raw headers once; throws `invalid_request` for a header no honest client sends. */
export function readRequestHeaders(rawHeaders: readonly string[]): RequestHeaders {
  const reading: Reading = {
    host: null,
    hosts: 0,
    origin: null,
    fetchSite: null,
    chunked: false,
    contentType: null,
    contentEncoding: null,
    isPlain: true,
    isJson: true,
    upgrade: null,
    expectsContinue: false,
    tokens: [],
    isDpop: false,
    proof: null,
    passable: [],
    connection: null,
  };
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    take(reading, name, rawHeaders[index + 1] ?? '');
  }
  if (reading.hosts !== 1) {
    reading.host = null;
  }
  reading.passable = withoutConnectionHeaders(reading);
  reading.isPlain = reading.contentEncoding === null || reading.contentEncoding.trim().toLowerCase() === 'identity';
  reading.isJson = reading.isPlain && !notJson.test(reading.contentType ?? '');
  return reading;
}

function take(reading: Reading, name: string, value: string): void {
  switch (kindOf(name)) {
    case 'pass':
      reading.passable.push(name, value);
      return;
    case 'host':
      reading.host = value;
      reading.hosts += 1;
      return;
    case 'origin':
      reading.origin = reading.origin === null || reading.origin === value ? value : 'null';
      return;
    case 'fetch-site':
      reading.fetchSite = reading.fetchSite === null || reading.fetchSite === value ? value : 'cross-site';
      return;
    case 'transfer-encoding':
      if (value.trim().toLowerCase() !== 'chunked') {
        throw new TollkeeperError('invalid_request', 'The only Transfer-Encoding that the gateway takes is chunked.');
      }
      reading.chunked = true;
      return;
    case 'content-type':
      reading.contentType = value;
      reading.passable.push(name, value);
      return;
    case 'content-encoding':
      reading.contentEncoding = value;
      reading.passable.push(name, value);
      return;
    case 'upgrade':
      reading.upgrade = value.toLowerCase();
      return;
    case 'expect':
      reading.expectsContinue = value.toLowerCase() === '100-continue';
      return;
    case 'bearer':
      takeAuthorization(reading, value);
      return;
    case 'proof':
      if (reading.proof !== null) {
        throw new TollkeeperError('invalid_dpop_proof', 'Two DPoP proofs were sent. Send one.');
      }
      reading.proof = value.trim();
      return;
    case 'token':
      addToken(reading.tokens, value.trim());
      return;
    case 'connection':
      reading.connection = reading.connection === null ? value : `${reading.connection},${value}`;
      return;
    case 'subprotocols':
      for (const token of tokensInSubprotocols(value)) {
        addToken(reading.tokens, token);
      }
      return;
    case 'drop':
      return;
  }
}

/** RFC 6750 section 2.1, RFC 9449 section 7.1; a bare token is taken as well, and the scheme `Token`. */
function takeAuthorization(reading: Reading, value: string): void {
  if (/^bearer +/i.test(value)) {
    addToken(reading.tokens, value.slice(7).trim());
    return;
  }
  const isDpop = /^dpop +/i.test(value);
  reading.isDpop ||= isDpop;
  addToken(reading.tokens, value.replace(/^(?:dpop|token) +/i, '').trim());
}

function addToken(tokens: string[], token: string): void {
  if (token !== '' && !tokens.includes(token)) {
    tokens.push(token);
  }
}

/** Headers that Connection names are for this hop only. RFC 9110 section 7.6.1. */
function withoutConnectionHeaders(reading: Reading): string[] {
  const { connection, passable } = reading;
  if (connection === null || connection === 'keep-alive' || connection === 'close') {
    return passable;
  }
  const named = new Set(connection.split(',').map((name) => name.trim().toLowerCase()));
  if (named.has('content-type') || named.has('content-encoding')) {
    throw new TollkeeperError('invalid_request', 'The Connection header names a header that is not for one hop only.');
  }
  return passable.filter((_, index) => !named.has((passable[index - (index % 2)] ?? '').toLowerCase()));
}
