import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { loopbackHosts, maxHeaderBytes } from '#shared/contract/http.ts';
import { TollkeeperError } from '#shared/model/error.ts';

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

const keepAliveMs = 75_000;
const headersWithinMs = 30_000;
const bodyWithinMs = 3_600_000;
const freePortAttempts = 20;
const missingAddressCodes = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/**
 * Listens on each loopback address with the same port; 0 picks one that is free on all of them. Only the first address has to
 * exist. Rejects with `port_in_use` when another program has the port on any.
 */
export async function listenOnLoopback(handle: Handle, wanted: number): Promise<readonly Server[]> {
  for (let attempt = 1; ; attempt += 1) {
    const servers: Server[] = [];
    try {
      let port = wanted;
      for (const host of loopbackHosts) {
        const server = await listenOn(createServer(handle), host, port);
        if (server !== null) {
          servers.push(server);
          port = (server.address() as AddressInfo).port;
        }
      }
      return servers;
    } catch (error) {
      for (const server of servers) {
        server.close();
      }
      const taken = isTaken(error);
      if (taken && wanted === 0 && attempt < freePortAttempts) {
        continue;
      }
      throw new TollkeeperError(
        taken ? 'port_in_use' : 'internal',
        taken
          ? `Port ${wanted} is taken by another program. Choose another with --port or TOLLKEEPER_PORT.`
          : undefined,
        { cause: error },
      );
    }
  }
}

function isTaken(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'EADDRINUSE' || code === 'EACCES';
}

function createServer(handle: Handle): Server {
  const server = http.createServer({
    maxHeaderSize: maxHeaderBytes,
    keepAliveTimeout: keepAliveMs,
    headersTimeout: headersWithinMs,
    requestTimeout: bodyWithinMs,
    requireHostHeader: false,
    noDelay: true,
  });
  // Their size is limited, not their number: those beyond Node's own limit would be dropped unseen, Origin among them.
  server.maxHeadersCount = 0;
  server.on('request', handle);
  server.on('checkContinue', handle);
  server.on('checkExpectation', handle);
  server.on('connect', (_request, socket: Socket) => socket.end(plainAnswer('405 Method Not Allowed')));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const large = error.code === 'HPE_HEADER_OVERFLOW';
    if (socket.writable) {
      socket.end(plainAnswer(large ? '431 Request Header Fields Too Large' : '400 Bad Request'));
    } else {
      socket.destroy();
    }
  });
  return server;
}

/** What is sent where there is no request to answer: it could not be read as HTTP. */
function plainAnswer(status: string): string {
  return `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;
}

/** Null when the machine has no such address. */
function listenOn(server: Server, host: string, port: number): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (host !== loopbackHosts[0] && missingAddressCodes.has(error.code ?? '')) {
        resolve(null);
      } else {
        reject(error);
      }
    });
    server.listen({ host, port, backlog: 1024, ipv6Only: true }, () => resolve(server));
  });
}
