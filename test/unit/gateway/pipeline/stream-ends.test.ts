import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Ending, Exchange } from '#main/gateway/pipeline/exchange.ts';
import { StreamEnds } from '#main/gateway/pipeline/stream-ends.ts';

const ending: Ending = { status: 200, outcome: 'ok', errorCode: null };

function start() {
  const settled: string[] = [];
  const ends: StreamEnds = new StreamEnds({
    settle: (exchange) => void settled.push(exchange.id),
    report: () => ends.flush(),
  });
  return { settled, add: (id: string) => ends.add({ id } as Exchange, ending), flush: () => ends.flush() };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('settles streams in order, a moment after the first has ended', () => {
  const { settled, add } = start();
  add('one');
  add('two');
  expect(settled).toEqual([]);
  vi.advanceTimersByTime(5);
  expect(settled).toEqual(['one', 'two']);
  add('three');
  vi.advanceTimersByTime(5);
  expect(settled).toEqual(['one', 'two', 'three']);
});

it('settles at once what waits when it is told to, and each once', () => {
  const { settled, add, flush } = start();
  add('one');
  flush();
  flush();
  expect(settled).toEqual(['one']);
  vi.advanceTimersByTime(5);
  expect(settled).toEqual(['one']);
});
