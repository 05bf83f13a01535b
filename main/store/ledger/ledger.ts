import type { UsageText } from '#shared/contract/facts.ts';
import type { OperationArguments, OperationOutput } from '#shared/contract/operations.ts';
import type { UsageRecord } from '#shared/model/usage.ts';

/** Whether the ledger keeps up. While it cannot write, rows wait in memory and nothing is lost as long as the process lives. */
export interface LedgerHealth {
  readonly state: 'ready' | 'waiting';
  readonly pendingRows: number;
  readonly message: string | null;
}

/** Whose calls are summed, and from when on (milliseconds since the epoch, when they began). Without a tool and a credential: all. */
export interface SpentQuery {
  readonly since: number;
  readonly tool?: string;
  readonly credentialId?: string;
}

/** What calls cost and used. */
export interface Spent {
  readonly costMicroUsd: number;
  readonly tokens: number;
  /** Calls that were let through. */
  readonly requests: number;
}

/** What one tool did lately; without calls that were refused. */
export interface ToolHistory {
  readonly tool: string;
  /** Hours (of UTC) with calls, in order. */
  readonly hours: readonly { readonly at: number; readonly calls: number; readonly costMicroUsd: number }[];
  /** Every model it has used. */
  readonly models: readonly { readonly provider: string; readonly model: string | null }[];
}

/**
 * The record of use, kept in its own thread so that no caller ever waits for a disk. `append` returns at once and is durable
 * after the next batch (at most 100 ms later); appending a request id twice keeps the first row.
 */
export interface Ledger {
  append(records: readonly UsageRecord[]): void;
  /** The same for records that are text already and have been checked. */
  appendText(usage: UsageText): void;
  /** Resolves when everything appended so far is on disk; rejects with `ledger_unavailable`. */
  flush(): Promise<void>;
  list(input: OperationArguments<'usage.list'>): Promise<OperationOutput<'usage.list'>>;
  summary(input: OperationArguments<'usage.summary'>): Promise<OperationOutput<'usage.summary'>>;
  overview(input: OperationArguments<'usage.overview'>): Promise<OperationOutput<'usage.overview'>>;
  facets(): Promise<OperationOutput<'usage.facets'>>;
  /** Cost in micro-dollars of each of these requests that has a row; 0 where its price is unknown. */
  costs(requestIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** What each of these has spent, in the order of the queries, for limits that survive a restart. */
  spent(queries: readonly SpentQuery[]): Promise<readonly Spent[]>;
  /** What each tool did from `since` (milliseconds since the epoch) on, hour by hour, and every model it has ever used. */
  toolHistory(since: number): Promise<readonly ToolHistory[]>;
  /** Latest use per credential id, ISO 8601. */
  lastUsed(): Promise<ReadonlyMap<string, string>>;
  /** Deletes the whole hours before that moment (milliseconds since the epoch); resolves with the number of records deleted. */
  deleteBefore(before: number): Promise<number>;
  /**
   * Encrypts the database anew. Reading and appending go on meanwhile. Rejects, with the former key in use, when it can't be done
   * now; the file with the former key stays beside the new one until the caller removes it.
   */
  changeKey(to: string): Promise<void>;
  onHealth(listener: (health: LedgerHealth) => void): void;
  readonly health: LedgerHealth;
  /** Writes what waits and closes; rejects with `ledger_unavailable` when rows could not be written (they are then in `<home>/run/unwritten-usage.json` for the next start). */
  close(): Promise<void>;
}
