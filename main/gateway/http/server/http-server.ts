import net, { type AddressInfo, type Server } from 'node:net';
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
}

/** Where to listen. */
export interface ListenOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
}

const backlog = 1_024;
const highWaterMark = 64 * 1024;

/**
 * An HTTP/1.1 server for one purpose: to read requests strictly and carry answers cheaply. It knows nothing of headers beyond framing,
 * speaks no TLS, serves no HTTP/2 and gives no socket a timer of its own.
 */
export class HttpServer {
  readonly #server: Server;
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
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true, highWaterMark }, (socket) => {
      const connection = new Connection(socket, shared);
      this.#connections.add(connection);
      ticker.add(connection);
    });
    // A connection that could not be taken, for want of file handles say, is its caller's loss alone.
    this.#server.on('error', () => undefined);
  }

  /** Resolves once it listens; rejects with the system's error. */
  listen({ host, port }: ListenOptions): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog, ipv6Only: true }, () => {
        this.#server.off('error', reject);
        resolve(this.#server.address() as AddressInfo);
      });
    });
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
    await closed;
    if (this.#connections.size > 0) {
      await empty;
    }
  }

  /** Cuts all connections. */
  closeAllConnections(): void {
    this.#destroy(() => true);
  }

  #destroy(concerned: (phase: Phase) => boolean): void {
    for (const connection of [...this.#connections]) {
      if (concerned(connection.phase)) {
        connection.socket.destroy();
      }
    }
  }
}
