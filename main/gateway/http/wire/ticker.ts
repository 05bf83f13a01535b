/** Something whose waits are looked at from time to time. */
export interface Waiting {
  /** `tick` is the present one. */
  check(tick: number): void;
}

/**
 * One clock for everything that may wait too long: it counts up, and lets each member look at its own wait. A request sets no timer
 * and asks for no time; it notes the tick. Stops when there are no members, and keeps no process alive.
 */
export class Ticker {
  readonly everyMs: number;
  readonly #members = new Set<Waiting>();
  #timer: NodeJS.Timeout | null = null;
  #now = 0;

  constructor(everyMs: number) {
    this.everyMs = everyMs;
  }

  /** The present tick. */
  get now(): number {
    return this.#now;
  }

  /** The number of ticks that a wait of so many milliseconds may see; with one more it has certainly passed. */
  ticksFor(milliseconds: number): number {
    return Math.ceil(milliseconds / this.everyMs);
  }

  add(member: Waiting): void {
    this.#members.add(member);
    this.#timer ??= setInterval(() => this.#tick(), this.everyMs).unref();
  }

  remove(member: Waiting): void {
    this.#members.delete(member);
  }

  #tick(): void {
    this.#now += 1;
    if (this.#members.size === 0 && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
      return;
    }
    for (const member of [...this.#members]) {
      member.check(this.#now);
    }
  }
}
