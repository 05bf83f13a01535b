/** Something that has bytes to write. */
export interface Flushable {
  flush(): void;
}

let waiting: Flushable[] = [];
let flushing: Flushable[] = [];

function flushAll(): void {
  const due = waiting;
  waiting = flushing;
  flushing = due;
  for (const item of due) {
    item.flush();
  }
  due.length = 0;
}

/**
 * Has it flushed when this turn of the event loop has read all that there was to read. The writes of one turn then leave one right
 * behind the other: whoever reads them at the other end is woken once for many, not once for each, which under load is most of what a
 * write costs.
 */
export function flushAtTurnsEnd(item: Flushable): void {
  if (waiting.push(item) === 1) {
    setImmediate(flushAll);
  }
}
