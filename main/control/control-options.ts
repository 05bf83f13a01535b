import type { Socket } from 'node:net';
import type { LedgerThread } from '#main/store/ledger/ledger-thread.ts';
import type { HomePaths } from '#shared/contract/home.ts';
import type { StartGateway } from '#shared/contract/port.ts';
import type { ProcessMark } from '#shared/model/binding.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { Network } from '#shared/model/network.ts';
import type { PresenceCheck } from '#shared/model/presence.ts';
import type { CallerSearch, LoopbackConnection, PeerProcess } from '#shared/model/process.ts';
import type { Vault } from '#shared/model/vault.ts';

/** Tells which process is on the other end; resolves null when the platform can't tell. Never rejects. */
export interface PeerIdentifier {
  /** Peer of the control socket. */
  ofSocket(socket: Socket): Promise<PeerProcess | null>;
  /** Peer of a loopback TCP connection to the gateway. */
  ofConnection(connection: LoopbackConnection): Promise<PeerProcess | null>;
  /** Who holds the calling end, with all ancestors. `likely` and what descends from them are looked at first. */
  findCaller(connection: LoopbackConnection, likely: readonly ProcessMark[]): Promise<CallerSearch>;
  /** Everything about a process found before; null when it has ended. */
  describe(process: ProcessMark): Promise<PeerProcess | null>;
  /** SHA-256 (hex) of the program that a process runs; computed off this thread, once for each version of a file. */
  hashProgram(process: Pick<PeerProcess, 'pid' | 'executable' | 'startedAt'>): Promise<string | null>;
  /** SHA-256 (hex) of a file. */
  hashFile(path: string): Promise<string | null>;
}

/** What the user's environment and system say about the way to the network. */
export interface NetworkSource {
  /** Proxy URL for https, maybe with a password; null for none. */
  readonly proxy: string | null;
  readonly noProxy: readonly string[];
  /** Certificates the environment names, PEM. Never rejects. */
  readonly environmentCertificates: () => Promise<readonly string[]>;
  /** Certificates the system trusts beyond the built-in ones, PEM. Never rejects. */
  readonly systemCertificates: () => Promise<readonly string[]>;
  /** Told how `fetch` is to reach providers, whenever that changes. */
  readonly use: (network: Network) => void;
}

/** One line of the program's own log: an event's name and facts, never a secret. Goes to stderr or the log file. */
export type Log = (event: string, facts?: Readonly<Record<string, unknown>>) => void;

/** Everything control needs from outside; nothing in it is optional, so nothing is forgotten. */
export interface ControlOptions {
  /** Where everything of this home lives; its folders are made 0700 when missing. */
  readonly paths: HomePaths;
  readonly mode: 'app' | 'headless';
  readonly version: string;
  /** Port from the command line or TOLLKEEPER_PORT; null takes the setting. */
  readonly port: number | null;
  readonly vault: Vault;
  readonly clock: Clock;
  /** Returns that many random bytes; `node:crypto` outside tests. */
  readonly random: (bytes: number) => Uint8Array;
  /** Calls providers when a key is tried or reachability is checked; `globalThis.fetch` outside tests. */
  readonly fetch: typeof globalThis.fetch;
  readonly network: NetworkSource;
  readonly startGateway: StartGateway;
  readonly peers: PeerIdentifier;
  /** Where the system can be asked for the owner; asked once, when first needed. */
  readonly presence: () => Promise<PresenceCheck>;
  /** File of the ledger's worker bundle (`dist/main/ledger-worker.mjs`; the source in tests). */
  readonly ledgerWorker: URL;
  /** A thread of that bundle that starts already: the ledger's first one. Whoever started it ends it. */
  readonly ledgerThread?: LedgerThread;
  readonly log: Log;
}
