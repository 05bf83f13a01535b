import type { Facts, OpenedRequest, ProgressFact } from '#shared/contract/facts.ts';

type Settled = Facts['settled'][number];

/**
 * Takes what one turn of the event loop has to tell, and calls back once the operating system has it. False when more is on its
 * way than control reads: then every call waits until it has been reported.
 */
export type ReportFacts = (facts: Facts, sent: () => void) => boolean;

/**
 * Collects facts and reports them once per turn of the event loop, so that a thousand requests cost one message. A call that
 * something counts is let go on only after it has been reported: a gateway that dies leaves none of them unknown.
 */
export class FactsQueue {
  readonly #report: ReportFacts;
  #opened: OpenedRequest[] = [];
  #progress: ProgressFact[] = [];
  #settled: Settled[] = [];
  #waiting: (() => void)[] = [];
  #isScheduled = false;
  #isCongested = false;

  constructor(report: ReportFacts) {
    this.#report = report;
  }

  /** Calls `proceed`, never before this returns: where it is counted, once it has been reported; else in this turn. */
  open(request: OpenedRequest, proceed: () => void): void {
    this.#opened.push(request);
    if (request.isCounted === false && !this.#isCongested) queueMicrotask(proceed);
    else this.#waiting.push(proceed);
    this.#schedule();
  }

  progress(counts: ProgressFact): void {
    this.#progress.push(counts);
    this.#schedule();
  }

  settle(record: Settled): void {
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

  #schedule(): void {
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => this.flush());
    }
  }
}
