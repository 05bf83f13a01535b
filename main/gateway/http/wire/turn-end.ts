/** Something that has bytes to write. */
export interface Flushable {
  flush(): void;
}

/** Something that can go on. */
export interface Proceeding {
  proceed(): void;
}

let waiting: Flushable[] = [];
let proceeding: Proceeding[] = [];
/** True when what waits goes out as soon as what runs now is done, false when at the end of the turn. */
let isSoon = false;
/** True while a piece that was read is being taken in. */
let isReading = false;
/** How many there were at the ends of the latest turns that were looked at, as a moving average. */
let usual = 1;
let untilLook = 0;

/** With fewer to flush in a turn than this nothing is gained by waiting for its end. */
const fewPerTurn = 5;
const looksEvery = 64;
const weightOfLatest = 1 / 4;

function flushAll(): void {
  const due = waiting;
  waiting = [];
  for (const item of due) {
    item.flush();
  }
}

function flushTurn(): void {
  usual += (waiting.length - usual) * weightOfLatest;
  flushAll();
}

/**
 * Has it flushed when this turn of the event loop has read all that there was to read. The writes of one turn then leave one right
 * behind the other: whoever reads them at the other end is woken once for many, not once for each, which under load is most of what a
 * write costs. Where turns have had little to flush it does not wait for the end: only for what runs now.
 */
export function flushSoon(item: Flushable): void {
  if (waiting.push(item) > 1) {
    return;
  }
  untilLook -= 1;
  isSoon = usual < fewPerTurn && untilLook >= 0;
  if (!isSoon) {
    untilLook = looksEvery;
    setImmediate(flushTurn);
  } else if (!isReading) {
    process.nextTick(flushAll);
  }
}

function proceedAll(): void {
  const due = proceeding;
  proceeding = [];
  for (const item of due) {
    item.proceed();
  }
}

/** Lets it go on when what runs now is done. */
export function afterRead(item: Proceeding): void {
  if (proceeding.push(item) === 1 && !isReading) {
    process.nextTick(proceedAll);
  }
}

/** For whoever has read from a socket, before it takes that in: what this leads to is done and flushed at {@link endRead}. */
export function beginRead(): void {
  isReading = true;
}

/** For whoever called {@link beginRead}: what was read has been taken in. Flushes what it led to, unless that waits for the end of the turn. */
export function endRead(): void {
  try {
    while (proceeding.length > 0) {
      proceedAll();
    }
  } finally {
    isReading = false;
    if (isSoon && waiting.length > 0) {
      flushAll();
    }
  }
}
