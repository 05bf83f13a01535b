import type { Actor } from '#shared/model/access.ts';
import type { AuditEntry, AuditEvent } from '#shared/model/audit.ts';

/** What is to be recorded: facts, never a secret. `detail` must survive JSON. */
export interface AuditFact {
  readonly event: AuditEvent;
  readonly actor: Actor;
  /** Id of what it is about; empty when it is about nothing in particular. */
  readonly subject: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** Which entries to list; oldest first with `afterSequence`, else newest first. */
export interface AuditQuery {
  readonly afterSequence?: number | undefined;
  readonly beforeSequence?: number | undefined;
  /** Free text over event, actor, subject and detail. */
  readonly text?: string | undefined;
  readonly limit: number;
}

/** What checking the chain found: the first sequence that does not fit, or null. */
export interface AuditVerification {
  readonly entries: number;
  readonly intact: boolean;
  readonly brokenAt: number | null;
}

/**
 * The hash-chained log of every decision and change. It lives in the registry's database, so that
 * `registry.transaction` writes a change and its entry together or not at all.
 *
 * What the chain proves: no entry between the first and the head was altered, removed, added or reordered by someone
 * who did not recompute everything after it. A cut tail shows because a separate row holds the count and the hash of the
 * newest entry. What it can't prove: a program of the same user that holds the database key can rewrite the whole chain
 * and that row, or put an older copy of the whole file back.
 */
export interface AuditLog {
  /** `at` is in milliseconds since the epoch. */
  append(fact: AuditFact, at: number): AuditEntry;
  list(query: AuditQuery): readonly AuditEntry[];
  /** Recomputes every hash from the first entry on. */
  verify(): AuditVerification;
  /** Called with each entry after the transaction that wrote it was committed. Returns the function that ends it. */
  onAppend(listener: (entry: AuditEntry) => void): () => void;
}
