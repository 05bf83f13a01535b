import type { Facts, OpenedRequest, ProgressFact } from '#shared/contract/facts.ts';
import { afterRead } from './http/wire/turn-end.ts';
import { Roster, type Seat } from './state/roster.ts';

type Settled = Facts['settled'][number];

/** A call on its way upstream, as the queue needs to know it. */
export interface Opening {
  /** False when nothing counts it: no use count, no budget, no limit. Only such a call may go upstream before control has been told of it. */
  readonly isCounted: boolean;
  /** What control is told of it. */
  describe(): OpenedRequest;
  /** Sends it. */
  proceed(): void;
  /** The queue's own: its place among the calls that control has not been told of. */
  seat: Seat<Opening> | null;
}

/**
 * Takes what one turn of the event loop has to tell, and calls back once the operating system has it. False when more is on its
 * way than control reads: then every call waits until it has been reported.
 */
export type ReportFacts = (facts: Facts, sent: () => void) => boolean;

/** How long a call that nothing counts may run before control is told that it was opened, in milliseconds. */
export const untoldForMs = 25;

/** How long word of a stream's progress may wait for something else to go out with, in milliseconds. */
const progressWaitsMs = 100;

/** How long the row of a stream may, in milliseconds. */
const streamWaitsMs = 5;

/**
 * Collects facts and reports them once per turn of the event loop, so that a thousand requests cost one message. A call that
 * something counts is let go on only after it has been reported: a gateway that dies leaves none of them unknown. Of a call
 * that nothing counts control hears when it has run for a little, or when its answer begins to stream: most have ended by then, and
 * their row is all there is to tell. The row of a stream waits some milliseconds for something to go out with: to be told wakes control,
 * which then takes the processor from the very bytes that somebody waits for, often those of the caller's next call.
 */
export class FactsQueue {
  readonly #report: ReportFacts;
  #opened: OpenedRequest[] = [];
  #progress: ProgressFact[] = [];
  #settled: Settled[] = [];
  #waiting: Opening[] = [];
  /** What has begun to stream, to be described when it is told of. */
  #streaming: Opening[] = [];
  readonly #untold = new Roster<Opening>();
  #untoldTimer: NodeJS.Timeout | null = null;
  #timer: NodeJS.Timeout | null = null;
  #timerMs = 0;
  #isScheduled = false;
  #isGathering = false;
  #isCongested = false;

  /** Is called before each report, to settle what would otherwise follow in a report of its own. */
  onReport: (() => void) | null = null;

  constructor(report: ReportFacts) {
    this.#report = report;
  }

  /** Lets the call go on, never before this returns: where it is counted, once it has been reported; else in this turn. */
  open(call: Opening): void {
    if (call.isCounted || this.#isCongested) {
      this.#waiting.push(call);
      this.tell(call.describe());
      return;
    }
    afterRead(call);
    if (call.seat === null || !this.#untold.holds(call.seat)) {
      call.seat = this.#untold.join(call);
    }
    this.#untoldTimer ??= setTimeout(this.#tellUntold, untoldForMs);
  }

  /** Its answer has begun to stream: control hears of it right behind the first bytes, if it has not yet. */
  streams(call: Opening): void {
    if (call.seat !== null && this.#untold.holds(call.seat)) {
      this.#untold.leave(call.seat);
      this.#streaming.push(call);
      this.#schedule();
    }
  }

  /** Tells of a call that is under way, as it is now. */
  tell(request: OpenedRequest): void {
    this.#opened.push(request);
    this.#schedule();
  }

  /** Is in no hurry: it goes out with what comes next. */
  progress(counts: ProgressFact): void {
    this.#progress.push(counts);
    this.#flushWithin(progressWaitsMs);
  }

  /** The row of a call, and how it was opened if it was. That of a stream may wait: should this process die, control knows of it. */
  settle(record: Settled, opening: Opening | null): void {
    const isUntold = opening === null || (opening.seat !== null && this.#untold.holds(opening.seat));
    if (opening !== null && opening.seat !== null) {
      this.#untold.leave(opening.seat);
    }
    this.#settled.push(record);
    if (this.#isGathering) return;
    if (record.stream && !isUntold) {
      this.soon();
    } else {
      this.#schedule();
    }
  }

  /** Reports within moments, with what {@link onReport} settles then. */
  soon(): void {
    this.#flushWithin(streamWaitsMs);
  }

  /** Reports what waits now. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    this.#isGathering = true;
    try {
      this.onReport?.();
    } finally {
      this.#isGathering = false;
    }
    if (this.#streaming.length > 0) this.#describeStreaming();
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
      for (const call of waiting) call.proceed();
    });
    if (!hasRoom && !isSent) this.#isCongested = true;
  }

  readonly #tellUntold = (): void => {
    this.#untoldTimer = null;
    if (this.#untold.size === 0) return;
    for (const call of this.#untold.members()) this.#opened.push(call.describe());
    this.#untold.clear();
    this.flush();
  };

  #describeStreaming(): void {
    for (const call of this.#streaming) this.#opened.push(call.describe());
    this.#streaming = [];
    if (this.#untold.size === 0 && this.#untoldTimer !== null) {
      clearTimeout(this.#untoldTimer);
      this.#untoldTimer = null;
    }
  }

  #flushWithin(milliseconds: number): void {
    if (this.#timer !== null) {
      if (this.#timerMs <= milliseconds) return;
      clearTimeout(this.#timer);
    }
    this.#timer = setTimeout(() => this.flush(), milliseconds);
    this.#timerMs = milliseconds;
  }

  #schedule(): void {
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => this.flush());
    }
  }
}
