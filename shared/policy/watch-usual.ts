/** What is usual for a tool's hours, and from where on an hour is far above it; all in the unit of the values. */
export interface Usual {
  readonly median: number;
  /** The third-busiest hour: one or two bursts in the past do not make the next one usual. */
  readonly high: number;
  /** How many hours were looked at. */
  readonly hours: number;
  /** An hour above this is far above the past. */
  readonly limit: number;
}

/** How strict to be. */
export interface UsualOptions {
  /** Spreads above the median. */
  readonly spread: number;
  /** Never a limit lower than this. */
  readonly floor: number;
}

/** Makes the median absolute deviation comparable with a standard deviation. */
const deviationScale = 1.4826;
/** The least spread that is assumed, as the logarithm of a ratio: hours of the steadiest tool still differ by a third. */
const leastSpread = 0.3;
const leastTimesMedian = 3;
const leastTimesHigh = 2;
const mostTimesHigh = 5;

/**
 * What is usual, by median and median absolute deviation of the logarithms: a busy hour is a multiple of a quiet one, not a sum more,
 * and single hours, however wild, move neither. The limit lies `spread` deviations above the median, yet between twice and five times
 * the third-busiest hour, at three times the median or more, and never below the floor. Null without a value above zero.
 */
export function usualOf(values: readonly number[], { spread, floor }: UsualOptions): Usual | null {
  const sorted = values.filter((value) => value > 0).sort((left, right) => left - right);
  if (sorted.length === 0) return null;
  const logarithms = sorted.map(Math.log);
  const middle = middleOf(logarithms);
  const deviations = logarithms.map((value) => Math.abs(value - middle)).sort((left, right) => left - right);
  const deviation = Math.max(leastSpread, deviationScale * middleOf(deviations));
  const median = Math.exp(middle);
  const high = sorted[Math.max(0, sorted.length - 3)] ?? median;
  const robust = Math.exp(middle + spread * deviation);
  const held = Math.min(Math.max(robust, leastTimesHigh * high), mostTimesHigh * high);
  return { median, high, hours: sorted.length, limit: Math.max(floor, leastTimesMedian * median, held) };
}

function middleOf(sorted: readonly number[]): number {
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? upper) + upper) / 2;
}
