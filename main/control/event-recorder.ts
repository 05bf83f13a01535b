import type { AuditFact, AuditLog } from '#main/store/audit/audit-log.ts';
import type { Clock } from '#shared/model/clock.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import type { Log } from './control-options.ts';

/**
 * Writes down what has already happened and can't be undone. A log that can't be written now must not stop what follows (a
 * grant that ends, a gateway that is started again): its entries wait in memory, with the time at which they happened.
 */
export interface EventRecorder {
  record(fact: AuditFact): void;
  /** Tries again with what waits, in order. */
  retry(): void;
}

/** What a recorder is made from. */
export interface EventRecorderOptions {
  /** The audit log; null while the databases are closed. */
  readonly audit: () => Pick<AuditLog, 'append'> | null;
  readonly clock: Clock;
  readonly log: Log;
}

/** Entries kept while nothing can be written; the oldest go first. */
const keptEntries = 10_000;

/** Makes a recorder with nothing waiting. */
export function createEventRecorder({ audit, clock, log }: EventRecorderOptions): EventRecorder {
  let waiting: { readonly fact: AuditFact; readonly at: number }[] = [];

  function retry(): void {
    const open = audit();
    if (open === null) return;
    let written = 0;
    try {
      for (const { fact, at } of waiting) {
        open.append(fact, at);
        written += 1;
      }
    } catch (error) {
      log('audit-not-written', { waiting: waiting.length - written, reason: toErrorDocument(error).code });
    }
    waiting = waiting.slice(written);
  }

  return {
    record(fact) {
      waiting = [...waiting, { fact, at: clock.now() }].slice(-keptEntries);
      retry();
    },
    retry,
  };
}
