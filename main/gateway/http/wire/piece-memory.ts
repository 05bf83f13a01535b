/** A chunk's size and its line end; a body without chunks begins at 0, or behind a head. */
const mostStart = 8;
const mostEnd = 2 * 1024;

/**
 * Pieces of one buffer that stays the same, such as one that is read into again and again. Short ones from near its beginning, which
 * are what streams are made of, are made once and then known: making a view takes longer than copying what is in a small one.
 */
export class PieceMemory {
  readonly #bytes: Buffer;
  readonly #known = Array.from({ length: mostStart }, () => new Array<Buffer | null>(mostEnd).fill(null));

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The piece from `start` to before `end`. */
  piece(start: number, end: number): Buffer {
    const known = end < mostEnd ? this.#known[start] : undefined;
    const made = known?.[end];
    if (made) {
      return made;
    }
    const piece = this.#bytes.subarray(start, end);
    if (known !== undefined) {
      known[end] = piece;
    }
    return piece;
  }
}
