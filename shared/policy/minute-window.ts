const bucketMs = 1_000;
/** The running second and sixty before it: what is counted is never less than what the last sixty seconds held. */
const buckets = 61;

/** Counts what happened in the last minute, in buckets of a second of a clock that never goes back. Integers only. */
export class MinuteWindow {
  readonly #counts = new Array<number>(buckets).fill(0);
  #second = Number.NEGATIVE_INFINITY;
  #total = 0;

  /** What is counted at this moment (milliseconds on the monotonic clock). */
  used(monotonic: number): number {
    this.#advance(monotonic);
    return this.#total;
  }

  /** Counts so many; returns the second they are counted in, for {@link correct}. */
  add(count: number, monotonic: number): number {
    this.#advance(monotonic);
    this.#change(this.#second, count);
    return this.#second;
  }

  /** Changes what was counted in an earlier second, unless that is out of the window by now. */
  correct(second: number, difference: number, monotonic: number): void {
    this.#advance(monotonic);
    if (second > this.#second - buckets) {
      this.#change(second, difference);
    }
  }

  /** Milliseconds until `count` more fit under `limit` when nothing else is counted meanwhile; 0 when they fit now. `count` is at most `limit`. */
  waitFor(count: number, limit: number, monotonic: number): number {
    this.#advance(monotonic);
    let total = this.#total;
    if (total + count <= limit) {
      return 0;
    }
    for (let second = this.#second - buckets + 1; second < this.#second; second += 1) {
      total -= this.#counts[indexOf(second)] ?? 0;
      if (total + count <= limit) {
        return (second + buckets) * bucketMs - monotonic;
      }
    }
    return (this.#second + buckets) * bucketMs - monotonic;
  }

  #change(second: number, difference: number): void {
    const index = indexOf(second);
    this.#counts[index] = (this.#counts[index] ?? 0) + difference;
    this.#total += difference;
  }

  #advance(monotonic: number): void {
    const second = Math.floor(monotonic / bucketMs);
    if (second - this.#second >= buckets) {
      this.#counts.fill(0);
      this.#total = 0;
      this.#second = second;
      return;
    }
    while (this.#second < second) {
      this.#second += 1;
      const index = indexOf(this.#second);
      this.#total -= this.#counts[index] ?? 0;
      this.#counts[index] = 0;
    }
  }
}

function indexOf(second: number): number {
  return ((second % buckets) + buckets) % buckets;
}
