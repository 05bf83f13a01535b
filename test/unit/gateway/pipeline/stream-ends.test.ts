import { expect, it } from 'vitest';
import type { Ending, Exchange } from '#main/gateway/pipeline/exchange.ts';
import { StreamEnds } from '#main/gateway/pipeline/stream-ends.ts';

const ending: Ending = { status: 200, outcome: 'ok', errorCode: null };

function start() {
  const settled: string[] = [];
  const asked: string[] = [];
  const ends: StreamEnds = new StreamEnds({
    settle: (exchange) => void settled.push(exchange.id),
    soon: () => void asked.push('soon'),
  });
  return { settled, asked, add: (id: string) => ends.add({ id } as Exchange, ending), flush: () => ends.flush() };
}

it('asks to be called for streams that have ended, and settles them in order', () => {
  const { settled, asked, add, flush } = start();
  add('one');
  add('two');
  expect(settled).toEqual([]);
  expect(asked).toContain('soon');
  flush();
  expect(settled).toEqual(['one', 'two']);
  add('three');
  flush();
  expect(settled).toEqual(['one', 'two', 'three']);
});

it('settles each once', () => {
  const { settled, add, flush } = start();
  add('one');
  flush();
  flush();
  expect(settled).toEqual(['one']);
});
