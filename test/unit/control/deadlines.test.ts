import { expect, onTestFinished, test } from 'vitest';
import { createDeadlines } from '#main/control/deadlines.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';

function benchDeadlines() {
  const clock = createFakeClock();
  const setBacks: number[] = [];
  const deadlines = createDeadlines({ clock, log: () => undefined, onSetBack: (byMs) => setBacks.push(byMs) });
  onTestFinished(() => deadlines.close());
  return { clock, setBacks, deadlines };
}

test('calls back once, at its time', () => {
  const { clock, deadlines } = benchDeadlines();
  let calls = 0;
  deadlines.after(1_000, () => {
    calls += 1;
  });
  clock.advance(999);
  deadlines.check();
  expect(calls).toBe(0);
  clock.advance(1);
  deadlines.check();
  deadlines.check();
  expect(calls).toBe(1);
});

test('setting the wall clock back buys nothing, and is told', () => {
  const { clock, deadlines, setBacks } = benchDeadlines();
  let isOver = false;
  deadlines.after(60_000, () => {
    isOver = true;
  });
  clock.setWall(clock.now() - 3_600_000);
  deadlines.check();
  expect(setBacks).toEqual([3_600_000]);
  expect(isOver).toBe(false);
  clock.advance(60_000);
  deadlines.check();
  expect(isOver).toBe(true);
  expect(setBacks).toHaveLength(1);
});

test('a wall clock that jumps ahead, as after a suspend, ends what is over', () => {
  const { clock, deadlines, setBacks } = benchDeadlines();
  let isOver = false;
  deadlines.after(60_000, () => {
    isOver = true;
  });
  clock.setWall(clock.now() + 61_000);
  deadlines.check();
  expect(isOver).toBe(true);
  expect(setBacks).toEqual([]);
});

test('a small correction of the clock is nobody’s act', () => {
  const { clock, deadlines, setBacks } = benchDeadlines();
  clock.setWall(clock.now() - 30_000);
  deadlines.check();
  expect(setBacks).toEqual([]);
});

test('what was cancelled does not happen, and a deadline rings without being looked at', async () => {
  const { clock, deadlines } = benchDeadlines();
  let calls = 0;
  deadlines
    .after(5, () => {
      calls += 1;
    })
    .cancel();
  clock.advance(20);
  await new Promise<void>((resolve) => deadlines.after(0, resolve));
  expect(calls).toBe(0);
});
