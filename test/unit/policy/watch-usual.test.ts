import { describe, expect, it } from 'vitest';
import { usualOf } from '#shared/policy/watch-usual.ts';

const steady = Array.from({ length: 60 }, (_, index) => 40 + (index % 5));

describe('what is usual', () => {
  it('is unknown without a past', () => {
    expect(usualOf([], { spread: 5, floor: 1 })).toBeNull();
    expect(usualOf([0, 0], { spread: 5, floor: 1 })).toBeNull();
  });

  it.each([
    ['a steady past: the least spread counts', steady, 5, 1, 42 * Math.exp(1.5)],
    ['a floor above it', steady, 5, 1_000, 1_000],
    ['a strict person: three times the middle hour', steady, 1, 1, 3 * 42],
    ['a generous person: five times the busy hour', steady, 20, 1, 5 * 44],
    ['few calls a day', [1, 1, 1, 2, 1, 1], 5, 1, Math.exp(1.5)],
  ])('%s', (_name, values, spread, floor, limit) => {
    expect(usualOf(values, { spread, floor })?.limit).toBeCloseTo(limit, 6);
  });

  it('is not moved by one or two wild hours', () => {
    const calm = usualOf(steady, { spread: 5, floor: 1 });
    const shaken = usualOf([...steady, 50_000, 90_000], { spread: 5, floor: 1 });
    expect(shaken?.limit).toBeCloseTo(calm?.limit ?? 0, -1);
  });

  it('rises with hours that really differ', () => {
    const uneven = Array.from({ length: 60 }, (_, index) => (index % 10 === 0 ? 900 : 30));
    expect(usualOf(uneven, { spread: 5, floor: 1 })?.limit).toBeGreaterThanOrEqual(1_800);
  });
});
