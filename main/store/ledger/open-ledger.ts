import { TollkeeperError } from '#shared/model/error.ts';
import type { Ledger } from './ledger.ts';

/** How a ledger is opened. */
export interface LedgerOptions {
  /** Absolute path of the database file; its folder is made (0700) when missing. */
  readonly path: string;
  /** The database key as `resolveDatabaseKey` returns it. */
  readonly key: string;
  /** Bundle of the worker (`dist/main/ledger-worker.mjs`). */
  readonly worker: URL;
  /** Where rows go that could not be written at the end (`<home>/run/unwritten-usage.json`). */
  readonly unwrittenPath: string;
}

/** Starts the ledger's thread and opens the database. Rejects with `storage_corrupt` or `ledger_unavailable`. */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  throw new TollkeeperError('unsupported_platform', `Not written yet: ${options.path}`);
}
