/** The two clocks every deadline is checked against: the wall clock may be set back, the monotonic one may not. */
export interface Clock {
  /** Wall-clock time in milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number;
}
