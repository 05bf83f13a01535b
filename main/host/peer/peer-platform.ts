import type { Socket } from 'node:net';
import type { ProcessMark } from '#shared/model/binding.ts';
import type { LoopbackConnection, PeerProcess } from '#shared/model/process.ts';

/** What one operating system can tell about the other end. Every method may reject, which means that it can't tell. */
export interface PeerPlatform {
  /** Pid of the process that connected to a socket of ours on this machine. */
  pidOfSocket(socket: Socket): Promise<number | null>;
  /** The process that holds the calling end. `likely` and what descends from them are looked at first, where that is quicker. */
  findCaller(connection: LoopbackConnection, likely: readonly ProcessMark[]): Promise<CallerFound>;
  /** Everything about a process; null when it has ended or another one has taken its pid meanwhile. */
  describe(pid: number): Promise<PeerProcess | null>;
  /** The process and all it descends from, itself first; empty when it has ended. */
  lineage(pid: number): Promise<readonly ProcessMark[]>;
  /** Path under which the program that this process runs can be read; null when there is none. */
  programFile(process: Pick<PeerProcess, 'pid' | 'executable'>): string | null;
}

/** The process at the calling end; `gone` when the connection is, `unknown` when nobody can be seen to hold it. */
export type CallerFound = ProcessMark | 'gone' | 'unknown';

/** One process of a listing, enough to find parents. */
export interface ListedProcess {
  readonly pid: number;
  readonly parent: number;
  readonly executable: string | null;
  readonly arguments: readonly string[];
  /** As `PeerProcess` has it. */
  readonly startedAt: string | null;
}

/** The descriptor under a Node socket; null on a platform or a socket that has none. */
export function descriptorOf(socket: Socket): number | null {
  const handle: unknown = Reflect.get(socket, '_handle');
  const descriptor: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : null;
  return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : null;
}
