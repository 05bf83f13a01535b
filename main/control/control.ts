import type { OperationArguments, OperationName, OperationOutput } from '#shared/contract/operations.ts';
import type { AwayReason, ChangeTopic } from '#shared/contract/status.ts';
import type { Actor } from '#shared/model/access.ts';
import type { PeerProcess } from '#shared/model/process.ts';

/** Who calls an operation. */
export interface Caller {
  readonly actor: Actor;
  /** The process on the other end, where the door can tell. */
  readonly process: PeerProcess | null;
  /** Registers what is to happen when the caller's connection closes. */
  onDisconnect(listener: () => void): void;
}

/** The control plane: the one place where decisions are made and recorded. */
export interface Control {
  /** Runs an operation whose input was already decoded by its schema. Rejects with a TollkeeperError. */
  perform<N extends OperationName>(name: N, input: OperationArguments<N>, caller: Caller): Promise<OperationOutput<N>>;
  /** Calls back, coalesced, after anything a view may show has changed. Returns the function that ends it. */
  onChange(listener: (topics: readonly ChangeTopic[]) => void): () => void;
  /** The host tells that the owner left for that reason, or is back from it. */
  away(reason: AwayReason, isSo: boolean): void;
  /** The host tells for how many milliseconds nobody has touched the machine; every few seconds. */
  systemIdle(milliseconds: number): void;
  /** Base URL of the gateway, or null while it is not listening. */
  readonly gatewayUrl: string | null;
  /** Ends everything in order: gateway, authorization server, ledger, databases. Resolves within `graceMs` plus a second. */
  close(graceMs: number): Promise<void>;
}
