import type { OperationArguments, OperationOutput } from '#shared/contract/operations.ts';
import type { ErrorDocument } from '#shared/model/error.ts';
import type { KeyedCopy } from '../copy-with-key.ts';
import type { Spent, SpentQuery, ToolHistory } from './ledger.ts';

/** Everything the ledger's thread can be asked, as structured-cloneable values. `open` comes first. */
export interface LedgerCalls {
  readonly open: { readonly input: { readonly path: string; readonly key: string }; readonly output: null };
  /** A JSON array of what `UsageText` holds: one text is several times quicker to hand over than as many values. */
  readonly write: { readonly input: string; readonly output: null };
  readonly list: { readonly input: OperationArguments<'usage.list'>; readonly output: OperationOutput<'usage.list'> };
  readonly summary: {
    readonly input: OperationArguments<'usage.summary'>;
    readonly output: OperationOutput<'usage.summary'>;
  };
  readonly overview: {
    readonly input: { readonly query: OperationArguments<'usage.overview'>; readonly now: number };
    readonly output: OperationOutput<'usage.overview'>;
  };
  readonly facets: { readonly input: null; readonly output: OperationOutput<'usage.facets'> };
  readonly costs: { readonly input: readonly string[]; readonly output: ReadonlyMap<string, number> };
  readonly spent: { readonly input: readonly SpentQuery[]; readonly output: readonly Spent[] };
  readonly toolHistory: { readonly input: number; readonly output: readonly ToolHistory[] };
  readonly lastUsed: { readonly input: null; readonly output: ReadonlyMap<string, string> };
  readonly deleteBefore: { readonly input: number; readonly output: number };
  /** Keeps the file still for a copy, and remembers what is written meanwhile. */
  readonly holdFile: { readonly input: null; readonly output: null };
  /** Ends that without a copy. */
  readonly releaseFile: { readonly input: null; readonly output: null };
  /** Makes the copy with another key; in a thread of its own, which opens nothing else. */
  readonly copyWithKey: { readonly input: KeyedCopy; readonly output: null };
  /** Writes into the copy what was written meanwhile, and goes on with it under its key. */
  readonly adoptCopy: { readonly input: { readonly path: string; readonly to: string }; readonly output: null };
  readonly close: { readonly input: null; readonly output: null };
}

/** Name of a call. */
export type LedgerCallName = keyof LedgerCalls;

/** One question to the thread. */
export interface LedgerQuestion<N extends LedgerCallName = LedgerCallName> {
  readonly id: number;
  readonly name: N;
  readonly input: LedgerCalls[N]['input'];
}

/** The thread's answer to the question of that id. */
export type LedgerAnswer =
  | { readonly id: number; readonly output: LedgerCalls[LedgerCallName]['output'] }
  | { readonly id: number; readonly error: ErrorDocument };
