import type { Ticker } from '../wire/ticker.ts';
import type { Dial } from './dial.ts';
import type { OutgoingCall } from './outgoing-call.ts';
import { requestHead } from './request-text.ts';
import type { AnswerHandler, UpstreamCall, UpstreamClient, UpstreamRequest } from './upstream-call.ts';
import { UpstreamConnection, type UpstreamConnectionOptions } from './upstream-connection.ts';

/** What a client is made of; times in milliseconds. */
export interface HttpClientOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly dial: Dial;
  /** One for all clients. */
  readonly ticker: Ticker;
  readonly connectMs: number;
  readonly firstByteMs: number;
  readonly idleMs: number;
  /** How long a connection is kept without a call; less where the upstream says less. */
  readonly idleConnectionMs: number;
}

/** Makes a connection for a call; null when there are to be no more. */
type Connect = (call: OutgoingCall) => UpstreamConnection | null;

/** A call's hold on its connection, which is of no effect once the connection carries another's. */
class RunningCall implements UpstreamCall {
  #connection: UpstreamConnection;
  readonly #call: OutgoingCall;
  readonly #connect: Connect;

  constructor(connection: UpstreamConnection, call: OutgoingCall, connect: Connect) {
    this.#connection = connection;
    this.#call = call;
    this.#connect = connect;
  }

  /** Goes on another connection, as nothing of it has left on the first. */
  onUnsent(error: Error): void {
    const connection = this.#connect(this.#call);
    if (connection === null) {
      this.#call.handler.onError(error, false);
    } else {
      this.#connection = connection;
    }
  }

  abort(): void {
    this.#connection.abort(this.#call.handler);
  }

  resume(): void {
    this.#connection.resume(this.#call.handler);
  }
}

/** How exact the waits for upstreams are, in milliseconds. */
export const waitsCheckedEveryMs = 100;

/**
 * Speaks HTTP/1.1 to one upstream over kept connections, as many as there are calls at once. The latest one to become free is used
 * first, so that the others can go.
 */
export class HttpClient implements UpstreamClient {
  readonly #shared: UpstreamConnectionOptions;
  readonly #free: UpstreamConnection[] = [];
  readonly #all = new Set<UpstreamConnection>();
  #closed = false;

  constructor(options: HttpClientOptions) {
    const { ticker, dial, firstByteMs, idleMs } = options;
    this.#shared = {
      ...{ dial, ticker, firstByteMs, idleMs },
      origin: new URL(options.origin),
      connectTicks: ticker.ticksFor(options.connectMs),
      idleConnectionTicks: ticker.ticksFor(options.idleConnectionMs),
      onFree: (connection) => {
        if (this.#closed) {
          connection.destroy();
        } else {
          this.#free.push(connection);
        }
      },
      onGone: (connection) => {
        this.#all.delete(connection);
        const at = this.#free.indexOf(connection);
        if (at !== -1) {
          this.#free.splice(at, 1);
        }
      },
    };
  }

  call(request: UpstreamRequest, handler: AnswerHandler): UpstreamCall {
    const call = { head: requestHead(this.#shared.origin, request), request, handler };
    const free = this.#free.pop();
    const running = new RunningCall(free ?? this.#connect(call), call, this.#connectAgain);
    free?.send(call, running);
    return running;
  }

  #connect(call: OutgoingCall): UpstreamConnection {
    const connection = new UpstreamConnection(this.#shared, call);
    this.#all.add(connection);
    return connection;
  }

  readonly #connectAgain: Connect = (call) => (this.#closed ? null : this.#connect(call));

  close(): void {
    this.#closed = true;
    for (const connection of this.#free.splice(0)) {
      connection.destroy();
    }
  }

  destroy(): void {
    this.#closed = true;
    for (const connection of [...this.#all]) {
      connection.destroy();
    }
  }
}
