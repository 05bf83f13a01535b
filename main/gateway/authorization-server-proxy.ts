import http, { type IncomingMessage } from 'node:http';
import { callerConnectionHeader, requestIdHeader } from '#shared/contract/http.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { readWholeBody } from './http/read-body.ts';
import { type Exchange, present } from './pipeline/exchange.ts';

/** Largest body an authorization request may have, in bytes. */
export const maxAuthorizationBodyBytes = 64 * 1024;

const hopByHop = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
]);
const ownPrefix = 'x-tollkeeper-';
const answerWithinMs = 30_000;

/** The way to the authorization server, which lives in the control plane behind a socket that no other program can open. */
export interface AuthorizationServerProxy {
  /** Answers the exchange with the authorization server's answer. */
  pass(exchange: Exchange): void;
}

/** What the proxy needs. */
export interface AuthorizationServerProxyOptions {
  /** Unix socket or named pipe. */
  readonly socketPath: string;
  /** Answers with an error made here; no row is written for these paths. */
  readonly refuse: (exchange: Exchange, error: TollkeeperError) => void;
}

/** Makes the proxy. The caller's loopback port goes along, so that control can tell which process asks. */
export function createAuthorizationServerProxy(options: AuthorizationServerProxyOptions): AuthorizationServerProxy {
  return {
    pass(exchange) {
      const { request } = exchange;
      if (present(exchange.headers).expectsContinue) {
        exchange.response.writeContinue();
      }
      const hasBody = exchange.contentLength !== null || present(exchange.headers).chunked;
      const body = hasBody ? readWholeBody(request, maxAuthorizationBodyBytes) : null;
      Promise.resolve(body)
        .then((bytes) => call(exchange, bytes, options))
        .catch((error: unknown) => {
          const known = error instanceof TollkeeperError ? error : new TollkeeperError('gateway_starting');
          options.refuse(exchange, known);
        });
    },
  };
}

function call(exchange: Exchange, body: Buffer | null, options: AuthorizationServerProxyOptions): Promise<void> {
  const { request, response } = exchange;
  return new Promise((resolve, reject) => {
    const upstream = http.request({
      socketPath: options.socketPath,
      method: exchange.method,
      path: request.url,
      headers: forwardedHeaders(exchange, body) as unknown as http.OutgoingHttpHeaders,
      setHost: false,
      agent: false,
      timeout: answerWithinMs,
    });
    upstream.once('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answerHeaders(answer, exchange.id));
      answer.on('data', (chunk: Buffer) => {
        if (!response.write(chunk)) {
          answer.pause();
          response.once('drain', () => answer.resume());
        }
      });
      answer.once('error', () => response.destroy());
      answer.once('end', () => {
        response.end();
        resolve();
      });
    });
    upstream.once('timeout', () => upstream.destroy(new TollkeeperError('upstream_timeout')));
    upstream.once('error', reject);
    response.once('close', () => upstream.destroy());
    upstream.end(body ?? undefined);
  });
}

function forwardedHeaders(exchange: Exchange, body: Buffer | null): string[] {
  const { socket, rawHeaders } = exchange.request;
  const headers: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const lowerName = name.toLowerCase();
    const ours = lowerName.startsWith(ownPrefix) || lowerName === 'content-length' || lowerName === 'expect';
    if (!ours && !hopByHop.has(lowerName)) {
      headers.push(name, rawHeaders[index + 1] ?? '');
    }
  }
  headers.push(callerConnectionHeader, `${socket.remoteAddress}:${socket.remotePort}>${socket.localPort}`);
  if (body !== null) {
    headers.push('content-length', String(body.length));
  }
  return headers;
}

function answerHeaders(answer: IncomingMessage, requestId: string): string[] {
  const headers: string[] = [];
  for (let index = 0; index + 1 < answer.rawHeaders.length; index += 2) {
    const name = answer.rawHeaders[index] ?? '';
    const lowerName = name.toLowerCase();
    if (!hopByHop.has(lowerName) && !lowerName.startsWith('access-control-') && lowerName !== 'set-cookie') {
      headers.push(name, answer.rawHeaders[index + 1] ?? '');
    }
  }
  headers.push(requestIdHeader, requestId);
  return headers;
}
