/** Something that has bytes to write. */
export interface Flushable {
  flush(): void;
}

let waiting: Flushable[] = [];
let flushing: Flushable[] = [];
/** How many there were at the ends of the latest turns that were looked at, as a moving average. */
let usual = 1;
let untilLook = 0;

/** With fewer to flush in a turn than this nothing is gained by waiting for its end. */
const fewPerTurn = 5;
const looksEvery = 16;
const weightOfLatest = 1 / 4;

function flushAll(): void {
  const due = waiting;
  waiting = flushing;
  flushing = due;
  for (const item of due) {
    item.flush();
  }
  due.length = 0;
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
  if (usual < fewPerTurn && untilLook >= 0) {
    process.nextTick(flushAll);
  } else {
    untilLook = looksEvery;
    setImmediate(flushTurn);
  }
}
