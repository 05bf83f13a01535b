const steps = [1, 2, 2.5, 5, 10] as const;
const mostSteps = 4;

/** Axis marks from 0 to at least `largest`, at most five, each a round number. */
export function niceTicks(largest: number): readonly number[] {
  if (largest <= 0) return [0, 1];
  const rough = largest / mostSteps;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = (steps.find((each) => each * magnitude >= rough) ?? 10) * magnitude;
  return Array.from({ length: Math.ceil(largest / step) + 1 }, (_, index) => index * step);
}
