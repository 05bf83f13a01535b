import type { Ending, Exchange } from './exchange.ts';

/** How long the row of a stream may wait, in milliseconds. */
const waitsMs = 2;

/** Streams that have ended and are to be settled. */
export class StreamEnds {
  readonly #settle: (exchange: Exchange, ending: Ending) => void;
  #due: { readonly exchange: Exchange; readonly ending: Ending }[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(settle: (exchange: Exchange, ending: Ending) => void) {
    this.#settle = settle;
  }

  /** Settles it in a moment: the caller's next call, which often comes at once, goes first. */
  add(exchange: Exchange, ending: Ending): void {
    this.#due.push({ exchange, ending });
    this.#timer ??= setTimeout(() => this.flush(), waitsMs);
  }

  /** Settles all that wait. */
  flush(): void {
    if (this.#timer !== null) {
      clearTimeout(this.#timer);
      this.#timer = null;
    }
    const due = this.#due;
    this.#due = [];
    for (const { exchange, ending } of due) {
      this.#settle(exchange, ending);
    }
  }
}
