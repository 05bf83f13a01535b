import { connect, type Socket } from 'node:net';
import tls from 'node:tls';
import type { AttackTarget } from './attack.ts';

/** What came back on a connection until it was over. */
export interface WireAnswer {
  /** Statuses of all answers, in order; empty when there was none. */
  readonly statuses: readonly number[];
  readonly text: string;
}

/** A way in. */
export type Way = { readonly port: number; readonly host?: string; readonly tls?: true } | { readonly path: string };

/** After so long without a byte nothing more is waited for, in milliseconds. */
const silenceMs = 1_500;
const mostBytes = 256 * 1024;

/** Sends bytes as they are, as no HTTP client would, and reads until the other side closes or is silent. Never rejects. */
export function sendRaw(way: Way, bytes: string): Promise<WireAnswer> {
  return new Promise((resolve) => {
    let text = '';
    const socket = openSocket(way);
    socket.setTimeout(silenceMs, () => socket.destroy());
    socket.once('tls' in way ? 'secureConnect' : 'connect', () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.length > mostBytes) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ statuses: statusesIn(text), text }));
  });
}

function openSocket(way: Way): Socket {
  if ('path' in way) return connect(way.path);
  const { port, host = '127.0.0.1' } = way;
  // What is tried here is what an attacker can send, who asks no certificate.
  return 'tls' in way ? tls.connect({ port, host, rejectUnauthorized: false }) : connect(port, host);
}

function statusesIn(text: string): number[] {
  return [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map((match) => Number(match[1]));
}

/** A request as it is put together here. */
export interface WireRequest {
  readonly method?: string;
  /** Path; `/v1/chat/completions` of the stand-in unless told. */
  readonly path?: string;
  /** Null leaves the header out. */
  readonly host?: string | null;
  /** Null sends none. */
  readonly token?: string | null;
  readonly headers?: readonly string[];
  readonly body?: string;
  /** Takes the place of the header that tells the body's length. */
  readonly framing?: readonly string[];
}

/** The body of a call that costs nothing: it only ever reaches the stand-in. */
export const plainBody = '{"model":"attack","messages":[]}';

/** Where the stand-in answers a call of the kind that tools make. */
export function chatPath({ provider }: Pick<AttackTarget, 'provider'>): string {
  return `/${provider}/v1/chat/completions`;
}

/** A request as bytes, honest unless told otherwise; a connection ends with it when its headers say so. */
export function requestText(target: AttackTarget, request: WireRequest = {}): string {
  const { method = 'POST', path = chatPath(target), headers = ['Connection: close'], body = plainBody } = request;
  const { host = `127.0.0.1:${target.port}`, token = target.tokens.plain } = request;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(host === null ? [] : [`Host: ${host}`]),
    ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
    ...(body === '' && request.framing === undefined ? [] : ['Content-Type: application/json']),
    ...headers,
    ...(request.framing ?? (body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`])),
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** Sends one request through the plain door. */
export function send(target: AttackTarget, request: WireRequest = {}): Promise<WireAnswer> {
  return sendRaw({ port: target.port }, requestText(target, request));
}

/** The statuses as text, `nothing` when there was none. */
export function statusText({ statuses }: WireAnswer): string {
  return statuses.length === 0 ? 'nothing' : statuses.join(', ');
}
