import type { Facts, OpenedRequest, ProgressFact } from '#shared/contract/facts.ts';

type Settled = Facts['settled'][number];

/**
 * Takes what one turn of the event loop has to tell, and calls back once the operating system has it. False when more is on its
 * way than control reads: then every call waits until it has been reported.
 */
export type ReportFacts = (facts: Facts, sent: () => void) => boolean;

/** How long a call for one whole answer that nothing counts may run before control is told that it was opened, in milliseconds. */
export const untoldForMs = 25;

/**
 * Collects facts and reports them once per turn of the event loop, so that a thousand requests cost one message. A call that
 * something counts is let go on only after it has been reported: a gateway that dies leaves none of them unknown. Of a call for
 * one whole answer that nothing counts control hears when it has run for a little; most have ended by then, and their row is all there
 * is to tell.
 */
export class FactsQueue {
  readonly #report: ReportFacts;
  #opened: OpenedRequest[] = [];
  #progress: ProgressFact[] = [];
  #settled: Settled[] = [];
  #waiting: (() => void)[] = [];
  readonly #untold = new Map<string, OpenedRequest>();
  #untoldTimer: NodeJS.Timeout | null = null;
  #isScheduled = false;
  #isCongested = false;

  constructor(report: ReportFacts) {
    this.#report = report;
  }

  /** Calls `proceed`, never before this returns: where the call is counted, once it has been reported; else in this turn. */
  open(request: OpenedRequest, proceed: () => void): void {
    if (request.isCounted !== false || this.#isCongested) {
      this.#waiting.push(proceed);
      this.#tell(request);
      return;
    }
    queueMicrotask(proceed);
    if (request.stream) {
      this.#tell(request);
      return;
    }
    this.#untold.set(request.requestId, request);
    this.#untoldTimer ??= setTimeout(this.#tellUntold, untoldForMs);
  }

  progress(counts: ProgressFact): void {
    this.#progress.push(counts);
    this.#schedule();
  }

  settle(record: Settled): void {
    this.#untold.delete(record.requestId);
    this.#settled.push(record);
    this.#schedule();
  }

  /** Reports what waits now. */
  flush(): void {
    this.#isScheduled = false;
    const facts = { opened: this.#opened, progress: this.#progress, settled: this.#settled };
    if (facts.opened.length + facts.progress.length + facts.settled.length === 0) return;
    const waiting = this.#waiting;
    this.#opened = [];
    this.#progress = [];
    this.#settled = [];
    this.#waiting = [];
    let isSent = false;
    const hasRoom = this.#report(facts, () => {
      isSent = true;
      this.#isCongested = false;
      for (const proceed of waiting) proceed();
    });
    if (!hasRoom && !isSent) this.#isCongested = true;
  }

  #tell(request: OpenedRequest): void {
    this.#opened.push(request);
    this.#schedule();
  }

  readonly #tellUntold = (): void => {
    this.#untoldTimer = null;
    if (this.#untold.size === 0) return;
    this.#opened.push(...this.#untold.values());
    this.#untold.clear();
    this.flush();
  };

  #schedule(): void {
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => this.flush());
    }
  }
}
