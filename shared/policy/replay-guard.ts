/** Remembers what was used, so that it is not used again, for at least a given time and in bounded memory. */
export class ReplayGuard {
  readonly #keepMs: number;
  readonly #most: number;
  #recent = new Set<string>();
  #older: ReadonlySet<string> = new Set();
  #turnedAt = Number.NEGATIVE_INFINITY;

  /** Keeps each for at least `keepMs` milliseconds, and at most `most` from one such span. */
  constructor(keepMs: number, most: number) {
    this.#keepMs = keepMs;
    this.#most = most;
  }

  /**
   * True when it was not used before. False as well when there is no room to remember it: what can\u2019t be remembered could be used
   * twice. `at` is monotonic, in milliseconds.
   */
  take(name: string, at: number): boolean {
    this.#turn(at);
    if (this.#recent.has(name) || this.#older.has(name) || this.#recent.size >= this.#most) {
      return false;
    }
    this.#recent.add(name);
    return true;
  }

  #turn(at: number): void {
    const age = at - this.#turnedAt;
    if (age < this.#keepMs) {
      return;
    }
    this.#older = age < 2 * this.#keepMs ? this.#recent : new Set();
    this.#recent = new Set();
    this.#turnedAt = at;
  }
}
