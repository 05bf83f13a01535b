import type { Facts } from '#shared/contract/port.ts';

type Opened = Facts['opened'][number];
type Progress = Facts['progress'][number];
type Settled = Facts['settled'][number];

/**
 * Collects facts and reports them once per turn of the event loop, so that a thousand requests cost one message. A request is
 * let go on only after the report that it was opened has been sent: a gateway that dies leaves no call unknown.
 */
export class FactsQueue {
  readonly #report: (facts: Facts) => void;
  #opened: Opened[] = [];
  #progress: Progress[] = [];
  #settled: Settled[] = [];
  #waiting: (() => void)[] = [];
  #scheduled = false;

  constructor(report: (facts: Facts) => void) {
    this.#report = report;
  }

  /** Calls `proceed` once it has been reported that the request was opened. */
  open(request: Opened, proceed: () => void): void {
    this.#opened.push(request);
    this.#waiting.push(proceed);
    this.#schedule();
  }

  progress(counts: Progress): void {
    this.#progress.push(counts);
    this.#schedule();
  }

  settle(record: Settled): void {
    this.#settled.push(record);
    this.#schedule();
  }

  /** Reports what waits now. */
  flush(): void {
    this.#scheduled = false;
    const facts = { opened: this.#opened, progress: this.#progress, settled: this.#settled };
    const waiting = this.#waiting;
    this.#opened = [];
    this.#progress = [];
    this.#settled = [];
    this.#waiting = [];
    if (facts.opened.length + facts.progress.length + facts.settled.length > 0) {
      this.#report(facts);
    }
    for (const proceed of waiting) {
      proceed();
    }
  }

  #schedule(): void {
    if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.flush());
    }
  }
}
