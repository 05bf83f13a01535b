import type { IncomingMessage } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Dial } from '../http/client/dial.ts';
import { realSubprotocols } from '../http/subprotocols.ts';

/** Largest message taken from either side, in bytes: the largest body that is held in memory. */
export const maxMessageBytes = 64 * 1024 * 1024;

/** The caller's wish to change the protocol. RFC 6455 section 4.1. */
export interface Opening {
  readonly key: string;
  readonly version: string;
  /** In the caller's order; none of them carries a token. */
  readonly protocols: readonly string[];
}

const tokenName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Reads the opening handshake; throws `invalid_request` for one that is none. */
export function readOpening(method: string, rawHeaders: readonly string[]): Opening {
  const found = new Map<string, string[]>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    found.set(name, [...(found.get(name) ?? []), rawHeaders[index + 1] ?? '']);
  }
  const [key = '', secondKey] = found.get('sec-websocket-key') ?? [];
  const version = found.get('sec-websocket-version')?.join(',') ?? '';
  if (method !== 'GET' || secondKey !== undefined || !/^[+/0-9A-Za-z]{22}==$/.test(key) || version !== '13') {
    throw new TollkeeperError('invalid_request', 'This is not the opening of a WebSocket, version 13.');
  }
  const protocols = realSubprotocols(found.get('sec-websocket-protocol')?.join(',') ?? '');
  if (!protocols.every((name) => tokenName.test(name)) || new Set(protocols).size !== protocols.length) {
    throw new TollkeeperError('invalid_request', 'The subprotocols of this WebSocket are malformed.');
  }
  return { key, version, protocols };
}

/** What opening the upstream's side needs. */
export interface UpstreamOpening {
  readonly origin: string;
  readonly path: string;
  /** Name and value in turn. */
  readonly headers: readonly string[];
  readonly protocols: readonly string[];
  readonly dial: Dial;
  /** Milliseconds until the handshake must be done. */
  readonly withinMs: number;
}

/** Begins the upstream's side. Redirects are not followed, and nothing is compressed, so that the meter can read. */
export function openUpstream(options: UpstreamOpening): WebSocket {
  const url = new URL(options.origin);
  const secure = url.protocol === 'https:';
  return new WebSocket(`${secure ? 'wss' : 'ws'}://${url.host}${options.path}`, [...options.protocols], {
    headers: asObject(options.headers),
    agent: agentOf(url, options.dial),
    handshakeTimeout: options.withinMs,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    followRedirects: false,
  });
}

/** An agent that has every connection made the way all others to upstreams are: proxy, certificates, deadlines. */
function agentOf(url: URL, dial: Dial): http.Agent {
  const agent = url.protocol === 'https:' ? new https.Agent() : new http.Agent();
  return Object.assign(agent, {
    createConnection(_options: unknown, done: (error: Error | null, socket?: Duplex) => void) {
      dial(url, null, { onOpen: (socket) => done(null, socket), onFailure: (error) => done(error) });
    },
  });
}

function asObject(headers: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = (headers[index] ?? '').toLowerCase();
    const value = headers[index + 1] ?? '';
    found[name] = found[name] === undefined ? value : `${found[name]}, ${value}`;
  }
  return found;
}

/** What accepting the caller's side needs. */
export interface CallerAcceptance {
  readonly opening: Opening;
  readonly socket: Socket;
  /** What has already been read of the caller's frames. */
  readonly head: Buffer;
  /** The subprotocol that the upstream chose; empty when none. */
  readonly protocol: string;
  /** Name and value in turn, for the answer. */
  readonly headers: readonly string[];
}

/** Answers the caller's handshake on its connection; null when the connection is gone. */
export function acceptCaller(options: CallerAcceptance): WebSocket | null {
  const { opening, headers, protocol } = options;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
    handleProtocols: () => protocol || false,
  });
  server.on('headers', (lines) => {
    for (let index = 0; index + 1 < headers.length; index += 2) {
      lines.push(`${headers[index]}: ${headers[index + 1]}`);
    }
  });
  const request = {
    method: 'GET',
    headers: {
      upgrade: 'websocket',
      'sec-websocket-key': opening.key,
      'sec-websocket-version': opening.version,
      ...(opening.protocols.length === 0 ? {} : { 'sec-websocket-protocol': opening.protocols.join(',') }),
    },
  };
  let accepted: WebSocket | null = null;
  server.handleUpgrade(request as unknown as IncomingMessage, options.socket, options.head, (socket) => {
    accepted = socket;
  });
  return accepted;
}
