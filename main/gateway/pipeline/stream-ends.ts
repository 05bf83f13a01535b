import type { Ending, Exchange } from './exchange.ts';

/** How long the row of a stream may wait, in milliseconds. */
const waitsMs = 5;

/** What the ends of streams need. */
export interface StreamEndsOptions {
  readonly settle: (exchange: Exchange, ending: Ending) => void;
  /** Reports what there is to tell; it asks for {@link StreamEnds.flush} first. */
  readonly report: () => void;
}

/** Streams that have ended and are to be settled. */
export class StreamEnds {
  readonly #options: StreamEndsOptions;
  #due: { readonly exchange: Exchange; readonly ending: Ending }[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(options: StreamEndsOptions) {
    this.#options = options;
  }

  /**
   * Settles it in a moment: the caller's next call, which often comes at once, goes first, and where that streams too, what there is to
   * tell of both goes out together.
   */
  add(exchange: Exchange, ending: Ending): void {
    this.#due.push({ exchange, ending });
    this.#timer ??= setTimeout(this.#options.report, waitsMs);
  }

  /** Settles all that wait. */
  flush(): void {
    if (this.#timer === null) {
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = null;
    const due = this.#due;
    this.#due = [];
    for (const { exchange, ending } of due) {
      this.#options.settle(exchange, ending);
    }
  }
}
