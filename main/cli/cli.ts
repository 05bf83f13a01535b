import type { Readable, Writable } from 'node:stream';
import type { HomeSurroundings } from '#shared/contract/home.ts';

/** Where the CLI writes; `isTTY` and `columns` as on Node's terminal streams. */
export interface Outlet extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Where the CLI reads; terminals can be put into raw mode. */
export interface Inlet extends Readable {
  readonly isTTY?: boolean;
  setRawMode?(raw: boolean): unknown;
}

/** The signals a command listens to; `process` in earnest. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
}

/** Everything a command may touch of the world around it; tests pass their own. */
export interface Cli extends HomeSurroundings {
  readonly workingFolder: string;
  readonly stdin: Inlet;
  readonly stdout: Outlet;
  readonly stderr: Outlet;
  readonly signals: SignalSource;
  /** Keeps what a child leaves running below us; false where the system has no such thing. `ownChild` is the child itself. */
  readonly adoptOrphans: (ownChild: () => number | undefined) => boolean;
  /** True when a terminal belongs to this process, wherever its streams lead; so a person may be there. */
  readonly hasTerminal: () => boolean;
  /** Wall-clock time in milliseconds since the epoch. */
  readonly now: () => number;
  readonly version: string;
  /** How this very program was started: the interpreter and the script, absolute. */
  readonly ownCommand: readonly string[];
  /** True when `--json` was given: documents on stdout, error documents on stderr, nothing else on either. */
  readonly json: boolean;
}
