import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MinuteWindow } from '#shared/policy/minute-window.ts';

describe('the minute window', () => {
  it('forgets after a minute, and not before', () => {
    const window = new MinuteWindow();
    window.add(3, 500);
    expect(window.used(60_400)).toBe(3);
    expect(window.used(61_000)).toBe(0);
  });

  it('says when there is room again, and there is', () => {
    const window = new MinuteWindow();
    window.add(4, 0);
    window.add(6, 30_000);
    const wait = window.waitFor(4, 10, 40_000);
    expect(wait).toBe(21_000);
    expect(window.waitFor(4, 10, 40_000 + wait - 1)).toBeGreaterThan(0);
    expect(window.waitFor(4, 10, 40_000 + wait)).toBe(0);
  });

  it('takes a correction for a second that is still counted, and none for one that is not', () => {
    const window = new MinuteWindow();
    const second = window.add(10, 0);
    window.correct(second, -7, 5_000);
    expect(window.used(5_000)).toBe(3);
    window.correct(second, 50, 70_000);
    expect(window.used(70_000)).toBe(0);
  });

  it('never lets more through in any sixty seconds than the limit, and waits no more than a second too long', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 1, max: 5 })), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 5, max: 12 }), (calls, limit) => {
        const window = new MinuteWindow();
        const taken: { readonly at: number; readonly count: number }[] = [];
        let now = 0;
        for (const [pause, count] of calls) {
          now += pause;
          const within = (span: number): number =>
            taken.filter(({ at }) => at > now - span).reduce((sum, call) => sum + call.count, 0);
          if (window.waitFor(count, limit, now) === 0) {
            window.add(count, now);
            taken.push({ at: now, count });
            expect(within(60_000)).toBeLessThanOrEqual(limit);
          } else {
            expect(within(61_000) + count).toBeGreaterThan(limit);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
