import type { AddressInfo } from 'node:net';
import { loopbackHosts, maxHeaderBytes } from '#shared/contract/http.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { type HandleRequest, HttpServer, type PhaseLimits } from './http/server/http-server.ts';

/** A server and where it listens. */
export interface ListeningServer {
  readonly server: HttpServer;
  readonly address: AddressInfo;
}

/** How long callers may take, in milliseconds. What takes its time for our own reasons is never cut. */
const waits: PhaseLimits = { idle: 75_000, head: 30_000, body: 300_000, answer: 600_000, lingering: 2_000 };
const checkEveryMs = 1_000;
const freePortAttempts = 20;
const missingAddressCodes = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/**
 * Listens on each loopback address with the same port; 0 picks one that is free on all of them. Only the first address has to
 * exist. Rejects with `port_in_use` when another program has the port on any.
 */
export async function listenOnLoopback(handle: HandleRequest, wanted: number): Promise<readonly ListeningServer[]> {
  for (let attempt = 1; ; attempt += 1) {
    const servers: ListeningServer[] = [];
    try {
      let port = wanted;
      for (const host of loopbackHosts) {
        const server = createServer(handle);
        const address = await listenOn(server, host, port);
        if (address !== null) {
          servers.push({ server, address });
          port = address.port;
        }
      }
      return servers;
    } catch (error) {
      for (const { server } of servers) {
        void server.close();
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

function createServer(handle: HandleRequest): HttpServer {
  return new HttpServer({ handle, maxHeaderBytes, limits: waits, checkEveryMs });
}

/** Null when the machine has no such address. */
async function listenOn(server: HttpServer, host: string, port: number): Promise<AddressInfo | null> {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (host !== loopbackHosts[0] && missingAddressCodes.has(code)) {
      return null;
    }
    throw error;
  }
}
