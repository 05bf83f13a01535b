import type { Socket } from 'node:net';
import type { LoopbackConnection, PeerProcess } from '#shared/model/process.ts';

/** What one operating system can tell about the other end. Every method may reject, which means that it can't tell. */
export interface PeerPlatform {
  /** Pid of the process that connected to a socket of ours on this machine. */
  pidOfSocket(socket: Socket): Promise<number | null>;
  /** Pid of the process that holds the calling end. */
  pidOfConnection(connection: LoopbackConnection): Promise<number | null>;
  /** Everything about a process; null when it has ended or another one has taken its pid meanwhile. */
  describe(pid: number): Promise<PeerProcess | null>;
}

/** One process of a listing, enough to find parents. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  readonly executable: string | null;
  readonly arguments: readonly string[];
}

/** The descriptor under a Node socket; null on a platform or a socket that has none. */
export function descriptorOf(socket: Socket): number | null {
  const handle: unknown = Reflect.get(socket, '_handle');
  const descriptor: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : null;
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : null;
}
