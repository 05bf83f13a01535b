import type { EventEmitter } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { TollkeeperError } from '#shared/model/error.ts';

/** One method call on the D-Bus session bus. */
export interface BusCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** D-Bus signature of `body`. */
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

/** A signal that somebody sent on the bus. */
export interface BusSignal {
  /** Unique name of who sent it. */
  readonly sender?: string;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly body?: readonly unknown[];
}

/** An open connection to the session bus. */
export interface SessionBus {
  /** The name that the bus gave this connection; null before the first answer. */
  readonly uniqueName: string | null;
  /** Calls back for every message that the bus delivers here; which signals those are, `AddMatch` decides. */
  onSignal(listener: (signal: BusSignal) => void): void;
  /** Resolves with the values of the answer; rejects with `vault_unavailable` and the D-Bus error's name in `details.reason`. */
  call(message: BusCall): Promise<readonly unknown[]>;
  /** Lets the process end while the connection stands: for who only listens. */
  unref(): void;
  close(): void;
}

interface NativeBus {
  readonly name?: string | null;
  readonly connection: EventEmitter & { end(): void };
  invoke(
    message: BusCall,
    callback: (error: { readonly name?: string } | null | undefined, ...values: readonly unknown[]) => void,
  ): void;
}

interface NativeLibrary {
  createClient(options: { readonly stream: Socket }): NativeBus;
}

/** Where the session bus listens, or null when the environment names none that a socket can reach. */
export function sessionBusSocket(environment: Readonly<Record<string, string | undefined>>): string | null {
  const addresses = environment.DBUS_SESSION_BUS_ADDRESS ?? '';
  for (const address of addresses.split(';')) {
    const [transport, parameters = ''] = address.split(/:(.*)/s);
    if (transport !== 'unix') continue;
    const named = new Map(parameters.split(',').map((pair) => pair.split(/=(.*)/s).slice(0, 2) as [string, string]));
    const path = named.get('path');
    if (path) return decodeURIComponent(path);
    const abstract = named.get('abstract');
    if (abstract) return `\0${decodeURIComponent(abstract)}`;
  }
  const runtimeFolder = environment.XDG_RUNTIME_DIR;
  return addresses === '' && runtimeFolder ? join(runtimeFolder, 'bus') : null;
}

/** Connects to the bus at that socket. Failures show at the first call. */
export async function connectSessionBus(socket: string): Promise<SessionBus> {
  const library = await import('@homebridge/dbus-native');
  const native = ('default' in library ? library.default : library) as unknown as NativeLibrary;
  const stream = createConnection(socket);
  const failures: ((error: TollkeeperError) => void)[] = [];
  let failure: TollkeeperError | null = null;
  function fail(cause: unknown): void {
    failure ??= new TollkeeperError('vault_unavailable', undefined, { cause });
    for (const reject of failures.splice(0)) reject(failure);
  }
  stream.on('close', () => fail('closed'));
  const bus = native.createClient({ stream });
  bus.connection.on('error', fail);

  return {
    call: (message) =>
      new Promise((resolve, reject) => {
        if (failure) {
          reject(failure);
          return;
        }
        failures.push(reject);
        bus.invoke(message, (error, ...values) => {
          if (error)
            reject(
              new TollkeeperError('vault_unavailable', undefined, { details: { reason: error.name ?? 'unknown' } }),
            );
          else resolve(values);
        });
      }),
    onSignal: (listener) => void bus.connection.on('message', listener),
    get uniqueName() {
      return bus.name ?? null;
    },
    unref: () => void stream.unref(),
    close: () => stream.destroy(),
  };
}
