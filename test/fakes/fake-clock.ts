import type { Clock } from '#shared/model/clock.ts';

/** A clock that stands still until it is told otherwise. */
export interface FakeClock extends Clock {
  /** Both clocks go on. */
  advance(milliseconds: number): void;
  /** Somebody sets the wall clock; the monotonic one does not notice. */
  setWall(milliseconds: number): void;
}

/** Starts at 2026-11-22T09:00:00Z unless told otherwise. */
export function createFakeClock(start: number = Date.parse('2026-11-22T09:00:00Z')): FakeClock {
  let wall = start;
  let monotonic = 1_000;
  return {
    now: () => wall,
    monotonic: () => monotonic,
    advance(milliseconds) {
      wall += milliseconds;
      monotonic += milliseconds;
    },
    setWall(milliseconds) {
      wall = milliseconds;
    },
  };
}
