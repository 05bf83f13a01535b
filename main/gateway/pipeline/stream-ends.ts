import type { Ending, Exchange } from './exchange.ts';

/** What the ends of streams need. */
export interface StreamEndsOptions {
  readonly settle: (exchange: Exchange, ending: Ending) => void;
  /** Has {@link StreamEnds.flush} called within moments. */
  readonly soon: () => void;
}

/** Streams that have ended and are to be settled. */
export class StreamEnds {
  readonly #options: StreamEndsOptions;
  #due: { readonly exchange: Exchange; readonly ending: Ending }[] = [];

  constructor(options: StreamEndsOptions) {
    this.#options = options;
  }

  /**
   * Settles it in a moment: the caller's next call, which often comes at once, goes first, and where that streams too, what there is to
   * tell of both goes out together.
   */
  add(exchange: Exchange, ending: Ending): void {
    this.#due.push({ exchange, ending });
    this.#options.soon();
  }

  /** Settles all that wait. */
  flush(): void {
    if (this.#due.length === 0) {
      return;
    }
    const due = this.#due;
    this.#due = [];
    for (const { exchange, ending } of due) {
      this.#options.settle(exchange, ending);
    }
  }
}
