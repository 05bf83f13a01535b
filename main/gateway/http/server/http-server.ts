import net, { type ListenOptions, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import { Ticker } from '../wire/ticker.ts';
import type { CallerRequest } from './caller-request.ts';
import type { CallerResponse } from './caller-response.ts';
import { Connection, type Phase } from './connection.ts';

/** Takes a request; its answer may come at any time. */
export type HandleRequest = (request: CallerRequest, response: CallerResponse) => void;

/** How long a connection may wait for each thing, in milliseconds. */
export type PhaseLimits = Readonly<Record<Phase, number>>;

/** What a server is made of. */
export interface HttpServerOptions {
  readonly handle: HandleRequest;
  /** Largest head taken, in bytes. */
  readonly maxHeaderBytes: number;
  readonly limits: PhaseLimits;
  /** How often waits are checked, in milliseconds; a wait may last that much longer than its limit. */
  readonly checkEveryMs: number;
  /** Callers speak TLS to a server that has one. */
  readonly certificate?: ServerCertificate;
}

/** A certificate, what it was signed with after it, and its private key; PEM. */
export interface ServerCertificate {
  readonly chain: string;
  readonly privateKey: string;
}

/** Where to listen: an address with a port, of which 0 picks a free one, or a path. */
export type ListenPlace = { readonly host: string; readonly port: number } | { readonly path: string };

const backlog = 1_024;
const highWaterMark = 64 * 1024;
/** How long a caller may take until TLS stands, in milliseconds. */
const handshakeTimeoutMs = 10_000;

/**
 * An HTTP/1.1 server for one purpose: to read requests strictly and carry answers cheaply. It knows nothing of headers beyond framing,
 * serves no HTTP/2 and gives no socket a timer of its own; over TLS it sees the same bytes.
 */
export class HttpServer {
  readonly #server: Server | tls.Server;
  /** What TLS runs on, from before it stands. */
  readonly #carriers = new Set<Socket>();
  readonly #connections = new Set<Connection>();
  #closing = false;
  #onEmpty: (() => void) | null = null;

  constructor(options: HttpServerOptions) {
    const ticker = new Ticker(options.checkEveryMs);
    const { idle, head, body, answer, lingering } = options.limits;
    const shared = {
      handle: options.handle,
      maxHeaderBytes: options.maxHeaderBytes,
      ticker,
      limits: {
        idle: ticker.ticksFor(idle),
        head: ticker.ticksFor(head),
        body: ticker.ticksFor(body),
        answer: ticker.ticksFor(answer),
        lingering: ticker.ticksFor(lingering),
      },
      closing: () => this.#closing,
      onClose: (connection: Connection) => {
        ticker.remove(connection);
        this.#connections.delete(connection);
        if (this.#connections.size === 0) {
          this.#onEmpty?.();
        }
      },
    };
    const take = (socket: Socket): void => {
      const connection = new Connection(socket, shared);
      this.#connections.add(connection);
      ticker.add(connection);
    };
    const { certificate } = options;
    const sockets = { allowHalfOpen: true, noDelay: true, highWaterMark };
    this.#server =
      certificate === undefined ? net.createServer(sockets, take) : this.#createTlsServer(sockets, certificate, take);
    // A connection that could not be taken, for want of file handles say, is its caller's loss alone.
    this.#server.on('error', () => undefined);
  }

  /** Resolves with the port, 0 for a path, once it listens; rejects with the system's error. */
  listen(place: ListenPlace): Promise<number> {
    const options: ListenOptions = 'path' in place ? { ...place, backlog } : { ...place, backlog, ipv6Only: true };
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(options, () => {
        this.#server.off('error', reject);
        const address = this.#server.address();
        resolve(address === null || typeof address === 'string' ? 0 : address.port);
      });
    });
  }

  /** Callers that connect from now on see this certificate; connections that stand go on as they are. */
  replaceCertificate(certificate: ServerCertificate): void {
    if (this.#server instanceof tls.Server) {
      this.#server.setSecureContext(contextOf(certificate));
    }
  }

  /**
   * Takes no more connections, and lets those go that wait for a request; resolves once the last one is gone and whoever
   * answered on it has been told.
   */
  async close(): Promise<void> {
    this.#closing = true;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    this.#destroy((phase) => phase === 'idle' || phase === 'lingering');
    if (this.#connections.size > 0) {
      await empty;
    }
    for (const socket of [...this.#carriers]) {
      socket.destroy();
    }
    await closed;
  }

  /** Cuts all connections. */
  closeAllConnections(): void {
    this.#destroy(() => true);
  }

  #createTlsServer(
    sockets: tls.TlsOptions,
    certificate: ServerCertificate,
    take: (socket: Socket) => void,
  ): tls.Server {
    const options = { ...sockets, ...contextOf(certificate), handshakeTimeout: handshakeTimeoutMs };
    const server = tls.createServer({ ...options, ALPNProtocols: ['http/1.1'] }, take);
    server.on('connection', (socket: Socket) => {
      this.#carriers.add(socket);
      socket.once('close', () => this.#carriers.delete(socket));
    });
    return server;
  }

  #destroy(concerned: (phase: Phase) => boolean): void {
    for (const connection of [...this.#connections]) {
      if (concerned(connection.phase)) {
        connection.cut();
      }
    }
  }
}

function contextOf({ chain, privateKey }: ServerCertificate): tls.SecureContextOptions {
  return { cert: chain, key: privateKey, minVersion: 'TLSv1.2' };
}
