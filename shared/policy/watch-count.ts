/** Counts how often something happened lately; needs room for as many moments as it is to count, and no more. */
export class RecentCount {
  #moments: number[] = [];

  /** Takes in one at `at` (milliseconds, never going back by much) and says when the first of `count` within `spanMs` was, then begins anew; null when there were fewer. */
  add(at: number, { count, spanMs }: { readonly count: number; readonly spanMs: number }): number | null {
    this.#moments.push(at);
    if (this.#moments.length > count) this.#moments = this.#moments.slice(-count);
    const first = this.#moments[0];
    if (first === undefined || this.#moments.length < count || at - first > spanMs) return null;
    this.#moments = [];
    return first;
  }
}
