import { chmod, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { loopbackHosts, maxHeaderBytes } from '#shared/contract/http.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { type HandleRequest, HttpServer, type PhaseLimits, type ServerCertificate } from './http/server/http-server.ts';

/** Servers that listen on the same port of several addresses. */
export interface ListeningServers {
  readonly servers: readonly HttpServer[];
  readonly port: number;
  readonly addresses: readonly string[];
}

/** What listens on the loopback addresses, and how. */
export interface LoopbackListener {
  readonly handle: HandleRequest;
  /** 0 picks one that is free on all of them. */
  readonly port: number;
  /** Callers speak TLS where it is there. */
  readonly certificate?: ServerCertificate;
}

/** How long callers may take, in milliseconds. What takes its time for our own reasons is never cut. */
const waits: PhaseLimits = { idle: 75_000, head: 30_000, body: 300_000, answer: 600_000, lingering: 2_000 };
const checkEveryMs = 1_000;
const freePortAttempts = 20;
const missingAddressCodes = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL']);

/**
 * Listens on each loopback address with the same port. Only the first address has to exist. Rejects with `port_in_use` when
 * another program has the port on any.
 */
export async function listenOnLoopback(listener: LoopbackListener): Promise<ListeningServers> {
  for (let attempt = 1; ; attempt += 1) {
    const servers: HttpServer[] = [];
    const addresses: string[] = [];
    try {
      let { port } = listener;
      for (const host of loopbackHosts) {
        const server = createServer(listener);
        const found = await listenOn(server, host, port);
        if (found !== null) {
          servers.push(server);
          addresses.push(host);
          port = found;
        }
      }
      return { servers, port, addresses };
    } catch (error) {
      for (const server of servers) {
        void server.close();
      }
      const taken = isTaken(error);
      if (taken && listener.port === 0 && attempt < freePortAttempts) {
        continue;
      }
      throw new TollkeeperError(
        taken ? 'port_in_use' : 'internal',
        taken
          ? `Port ${listener.port} is taken by another program. Choose another with --port or TOLLKEEPER_PORT.`
          : undefined,
        { cause: error },
      );
    }
  }
}

/** A server on a path of this machine. */
export interface SocketListener {
  readonly server: HttpServer;
  /** Takes the socket away, unless another gateway has put its own there. Never rejects. */
  remove(): Promise<void>;
}

const isPipe = process.platform === 'win32';

/**
 * Listens on a unix socket that only this user can open, or on a Windows pipe. The socket is made under another name and moved to its
 * own: at no time is it there with other rights, and what a gateway that crashed left behind is replaced. Rejects with the
 * system's error.
 */
export async function listenOnSocket(handle: HandleRequest, path: string): Promise<SocketListener> {
  const server = createServer({ handle });
  if (isPipe) {
    await server.listen({ path });
    return { server, remove: async () => undefined };
  }
  const fresh = join(dirname(path), `g-${process.pid}.sock`);
  await rm(fresh, { force: true });
  await server.listen({ path: fresh });
  await chmod(fresh, 0o600);
  const { ino } = await stat(fresh);
  await rename(fresh, path);
  return {
    server,
    async remove() {
      const present = await stat(path).catch(() => null);
      if (present?.ino === ino) {
        await rm(path, { force: true }).catch(() => undefined);
      }
    },
  };
}

function isTaken(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'EADDRINUSE' || code === 'EACCES';
}

function createServer({ handle, certificate }: Omit<LoopbackListener, 'port'>): HttpServer {
  const secured = certificate === undefined ? {} : { certificate };
  return new HttpServer({ handle, maxHeaderBytes, limits: waits, checkEveryMs, ...secured });
}

/** The port; null when the machine has no such address. */
async function listenOn(server: HttpServer, host: string, port: number): Promise<number | null> {
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
