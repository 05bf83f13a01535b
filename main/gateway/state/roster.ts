/** A member's place in a roster. */
export class Seat<T> {
  readonly member: T;
  /** Where it stands; -1 once it was given up. */
  index: number;

  constructor(member: T, index: number) {
    this.member = member;
    this.index = index;
  }
}

/**
 * What is under way, in no order, for things that come and go thousands of times a second. A `Set` would do the same, but the
 * tables that it throws away hold on to each other and to all their members: once one has grown old, the garbage collector copies
 * everything since instead of dropping it.
 */
export class Roster<T> {
  readonly #seats: Seat<T>[] = [];

  get size(): number {
    return this.#seats.length;
  }

  join(member: T): Seat<T> {
    const seat = new Seat(member, this.#seats.length);
    this.#seats.push(seat);
    return seat;
  }

  /** False once the seat was given up. */
  holds(seat: Seat<T>): boolean {
    return seat.index !== -1;
  }

  /** Gives a seat up; the second time nothing happens. */
  leave(seat: Seat<T>): void {
    const last = this.#seats.at(-1);
    if (!this.holds(seat) || last === undefined) {
      return;
    }
    this.#seats[seat.index] = last;
    last.index = seat.index;
    this.#seats.pop();
    seat.index = -1;
  }

  /** All that are in it now; who comes or goes while they are looked through changes nothing of it. */
  members(): readonly T[] {
    return this.#seats.map(({ member }) => member);
  }

  clear(): void {
    for (const seat of this.#seats) {
      seat.index = -1;
    }
    this.#seats.length = 0;
  }
}
