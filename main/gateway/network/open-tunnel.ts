import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { TollkeeperError } from '#shared/model/error.ts';

/** What a tunnel needs. */
export interface TunnelOptions {
  /** URL of the proxy, maybe with a name and password, which go into `Proxy-Authorization` and nowhere else. */
  readonly proxy: string;
  /** Host and port beyond it, as CONNECT names them. RFC 9110 section 9.3.6. */
  readonly authority: string;
  /** Milliseconds until the proxy must have answered. */
  readonly withinMs: number;
  /** Certificates (PEM) to trust for a proxy that is reached over TLS; undefined for the built-in ones. */
  readonly trusted: readonly string[] | undefined;
}

/** Opens a tunnel through a proxy. Rejects with `upstream_unreachable` or `upstream_timeout`; nothing has reached the upstream then. */
export function openTunnel(options: TunnelOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const request = connectRequest(options);
    const deadline = setTimeout(
      () => request.destroy(notConnected('upstream_timeout', 'The proxy of your network did not connect in time.')),
      options.withinMs,
    );
    request.once('connect', (answer: IncomingMessage, socket: Socket, head: Buffer) => {
      clearTimeout(deadline);
      const status = answer.statusCode ?? 0;
      if (status < 200 || status > 299) {
        socket.destroy();
        reject(refusedBy(status));
        return;
      }
      if (head.length > 0) {
        socket.unshift(head);
      }
      resolve(socket);
    });
    request.once('response', (answer: IncomingMessage) => {
      clearTimeout(deadline);
      request.destroy();
      reject(refusedBy(answer.statusCode ?? 0));
    });
    request.on('error', (error) => {
      clearTimeout(deadline);
      const known = error instanceof TollkeeperError;
      reject(known ? error : notConnected('upstream_unreachable', 'The proxy of your network could not be reached.'));
    });
    request.end();
  });
}

function connectRequest({ proxy, authority, trusted }: TunnelOptions): ClientRequest {
  const url = new URL(proxy);
  const secure = url.protocol === 'https:';
  const headers: Record<string, string> = { host: authority };
  if (url.username !== '') {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers['proxy-authorization'] = `Basic ${Buffer.from(credentials).toString('base64')}`;
  }
  const common = {
    method: 'CONNECT',
    path: authority,
    headers,
    agent: false as const,
    setHost: false,
    host: url.hostname.replace(/^\[|\]$/g, ''),
  };
  return secure
    ? https.request({ ...common, port: url.port || 443, ...(trusted === undefined ? {} : { ca: [...trusted] }) })
    : http.request({ ...common, port: url.port || 80 });
}

function refusedBy(status: number): TollkeeperError {
  const why =
    status === 407
      ? 'The proxy of your network wants a name and password (407). Put them into HTTPS_PROXY.'
      : `The proxy of your network refused the connection (${status}).`;
  return notConnected('upstream_unreachable', why);
}

/** `sent: false` in the details: whoever retries or settles may rely on it. */
function notConnected(code: 'upstream_unreachable' | 'upstream_timeout', message: string): TollkeeperError {
  return new TollkeeperError(code, message, { details: { sent: false } });
}
