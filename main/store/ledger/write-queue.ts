import type { UsageText } from '#shared/contract/facts.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import type { LedgerHealth } from './ledger.ts';

/** Milliseconds, and rows; what was appended together is not parted. */
const batch = { delayMs: 100, rows: 2_000 } as const;

/** Milliseconds between two attempts while the disk refuses. */
const retryDelay = { firstMs: 250, longestMs: 5_000 } as const;

/** Rows on their way to the disk: in batches, in order, kept until written. */
export interface WriteQueue {
  /** Returns at once. */
  append(usage: UsageText): void;
  /** Tries at once and resolves when everything appended so far is written; rejects with the error of the first attempt that fails. */
  flush(): Promise<void>;
  /** Ends the retries and returns what was never written. */
  stop(): readonly UsageText[];
  readonly health: LedgerHealth;
}

/** What a queue needs. */
export interface WriteQueueOptions {
  /** Writes all of a batch or none; a batch that was refused is offered again. */
  readonly write: (usage: readonly UsageText[]) => Promise<unknown>;
  /** Called when the state or its message changes. */
  readonly onHealth: (health: LedgerHealth) => void;
}

/** Makes an empty queue. */
export function createWriteQueue(options: WriteQueueOptions): WriteQueue {
  let pending: UsageText[] = [];
  let pendingRows = 0;
  let writtenRows = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let retryMs = 0;
  let message: string | null = null;
  let stopped = false;

  function health(): LedgerHealth {
    return { state: message === null ? 'ready' : 'waiting', pendingRows, message };
  }

  function tell(next: string | null): void {
    if (next === message) return;
    message = next;
    options.onHealth(health());
  }

  function schedule(delayMs: number): void {
    if (stopped || timer !== undefined || pending.length === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      // The failure is in the health, and the next attempt is scheduled.
      drain().catch(() => undefined);
    }, delayMs);
  }

  async function writeAll(): Promise<void> {
    while (pending.length > 0 && !stopped) {
      const { usage, rows } = nextBatch(pending);
      await options.write(usage);
      pending = pending.slice(usage.length);
      pendingRows -= rows;
      writtenRows += rows;
      retryMs = 0;
      tell(null);
    }
  }

  function drain(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    running ??= writeAll()
      .catch((error: unknown) => {
        retryMs = Math.min(retryDelay.longestMs, retryMs === 0 ? retryDelay.firstMs : retryMs * 2);
        tell(toErrorDocument(error).message);
        throw error;
      })
      .finally(() => {
        running = null;
        schedule(retryMs === 0 ? batch.delayMs : retryMs);
      });
    return running;
  }

  return {
    append(usage) {
      pending.push(usage);
      pendingRows += usage.records;
      if (message === null && pendingRows >= batch.rows) drain().catch(() => undefined);
      else schedule(batch.delayMs);
    },
    async flush() {
      const target = writtenRows + pendingRows;
      while (writtenRows < target && !stopped) await drain();
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      return pending;
    },
    get health() {
      return health();
    },
  };
}

function nextBatch(pending: readonly UsageText[]): { readonly usage: readonly UsageText[]; readonly rows: number } {
  let rows = 0;
  let count = 0;
  for (const { records } of pending) {
    if (count > 0 && rows + records > batch.rows) break;
    rows += records;
    count += 1;
  }
  return { usage: pending.slice(0, count), rows };
}
