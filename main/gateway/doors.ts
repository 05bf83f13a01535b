import type { TlsLease } from '#shared/contract/port.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import type { HandleRequest, HttpServer } from './http/server/http-server.ts';
import { type ListeningServers, listenOnLoopback, listenOnSocket, type SocketListener } from './listen.ts';
import { type Door, loopbackDoor, socketDoor } from './pipeline/door.ts';

/** The ways in besides the plain one, as they stand. */
export interface OtherDoors {
  /** Path of the unix socket, or name of the pipe; null where it could not be made. */
  readonly socketPath: string | null;
  /** Null while TLS is off. `port` is null where it could not be listened on, and `message` says why. */
  readonly tls: { readonly port: number | null; readonly message: string | null } | null;
}

/** Everything the gateway listens on. */
export interface Doors {
  /** Opens the plain door; rejects with `port_in_use`. */
  open(port: number): Promise<ListeningServers>;
  /** Opens the socket, which the gateway can do without. Call it once, after `open`. */
  openSocket(path: string): Promise<void>;
  /** Opens, moves or closes the TLS door, or gives it another certificate. Calls are carried out in order. */
  applyTls(lease: TlsLease | null): Promise<void>;
  readonly others: OtherDoors;
  readonly servers: readonly HttpServer[];
  /** Takes no more connections; resolves when the last one is gone. */
  close(): Promise<void>;
}

/** Makes doors, all of them closed; a request that comes in is handed over with the door it came by. */
export function createDoors(handleAt: (door: Door) => HandleRequest): Doors {
  let plain: ListeningServers | null = null;
  let socket: SocketListener | null = null;
  let secure: { readonly listening: ListeningServers; readonly lease: TlsLease } | null = null;
  let others: OtherDoors = { socketPath: null, tls: null };
  let turn: Promise<void> = Promise.resolve();
  let closed = false;

  async function openLoopback(kind: 'plain' | 'tls', port: number, lease?: TlsLease): Promise<ListeningServers> {
    const { door, openAt } = loopbackDoor(kind);
    const certificate = lease === undefined ? {} : { certificate: lease };
    const listening = await listenOnLoopback({ port, handle: handleAt(door), ...certificate });
    openAt(listening.port);
    return listening;
  }

  async function take(lease: TlsLease | null): Promise<void> {
    const before = secure;
    if (before !== null && lease !== null && [before.lease.port, before.listening.port].includes(lease.port)) {
      for (const server of before.listening.servers) server.replaceCertificate(lease);
      secure = { ...before, lease };
      return;
    }
    secure = null;
    others = { ...others, tls: null };
    if (before !== null) {
      for (const server of before.listening.servers) void server.close();
    }
    if (lease === null || closed) return;
    try {
      const listening = await openLoopback('tls', lease.port, lease);
      secure = { listening, lease };
      others = { ...others, tls: { port: listening.port, message: null } };
    } catch (error) {
      others = { ...others, tls: { port: null, message: failureOf(error, lease.port) } };
    }
  }

  return {
    async open(port) {
      plain = await openLoopback('plain', port);
      return plain;
    },
    async openSocket(path) {
      try {
        socket = await listenOnSocket(handleAt(socketDoor(plain?.port ?? 0)), path);
        others = { ...others, socketPath: path };
      } catch {
        others = { ...others, socketPath: null };
      }
    },
    applyTls(lease) {
      turn = turn.then(() => take(lease));
      return turn;
    },
    get others() {
      return others;
    },
    get servers() {
      const secured = secure?.listening.servers ?? [];
      return [...(plain?.servers ?? []), ...secured, ...(socket === null ? [] : [socket.server])];
    },
    async close() {
      closed = true;
      await Promise.all([socket?.remove(), ...this.servers.map((server) => server.close())]);
    },
  };
}

function failureOf(error: unknown, port: number): string {
  const { code, message } = toErrorDocument(error);
  return code === 'port_in_use'
    ? `Port ${port} is taken by another program. Choose another with: toll settings set tlsPort`
    : message;
}
