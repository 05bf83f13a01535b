import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createUsageReader } from '#main/gateway/dialect/usage-reader.ts';
import type { Answer } from '#main/gateway/pipeline/exchange.ts';
import { type EventEnd, StreamWatch } from '#main/gateway/pipeline/stream-watch.ts';

function noAnswer(): Answer {
  return { status: 200, started: true, stream: true, firstByteMs: 1, bytes: 0, events: 0, leastEventBytes: 0 };
}

function watch(eventEnd: EventEnd = 'blank-line'): { readonly watched: StreamWatch; readonly answer: Answer } {
  const answer = noAnswer();
  const watched = new StreamWatch(createUsageReader('openai-chat', { stream: true }), answer, eventEnd);
  return { watched, answer };
}

function delta(text: string, lineEnd = '\n'): string {
  const data = { object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta: { content: text } }] };
  return `data: ${JSON.stringify(data)}${lineEnd}${lineEnd}`;
}

function usage(outputTokens: number): string {
  const data = { object: 'chat.completion.chunk', model: 'm', choices: [] };
  return `data: ${JSON.stringify({ ...data, usage: { prompt_tokens: 3, completion_tokens: outputTokens } })}\n\n`;
}

/** Events and length of the shortest one with content. */
function counted({ events, leastEventBytes }: Answer): [number, number] {
  return [events, leastEventBytes];
}

describe('StreamWatch', () => {
  it('tells what was pushed, however little it was', () => {
    const { watched, answer } = watch();
    watched.push(Buffer.from(delta('a')));
    expect(watched.snapshot()).toEqual({ model: 'm', usage: null });
    expect(counted(answer)).toEqual([1, delta('a').length]);
    watched.push(Buffer.from(usage(7)));
    expect(watched.finish().usage?.outputTokens).toBe(7);
    expect(answer.events).toBe(2);
  });

  it('knows at once when the closing event has come', () => {
    const watched = new StreamWatch(createUsageReader('ollama', { stream: true }), noAnswer(), 'line');
    watched.push(Buffer.from('{"model":"m","done":false}\n'));
    expect(watched.isClosed).toBe(false);
    watched.push(Buffer.from('{"model":"m","done":true,"prompt_eval_count":3,"eval_count":4}\n'));
    expect(watched.isClosed).toBe(true);
  });

  it('does not keep the chunk itself, which is overwritten by the next read', () => {
    const { watched, answer } = watch();
    const shared = Buffer.alloc(4_096);
    for (const text of [delta('one'), delta('seven'), usage(9)]) {
      shared.fill(0x20);
      watched.push(shared.subarray(0, shared.write(text)));
    }
    shared.fill(0x0a);
    expect(watched.finish().usage?.outputTokens).toBe(9);
    expect(counted(answer)).toEqual([3, delta('one').length]);
  });

  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])('counts events whose lines end in %s', (_, lineEnd) => {
    const { watched, answer } = watch();
    const ping = `: ping${lineEnd}${lineEnd}`;
    const named = `event: delta${lineEnd}${delta('two lines', lineEnd)}`;
    watched.push(Buffer.from(`${ping}${named}${delta('long enough', lineEnd)}${lineEnd}data: unfin`));
    watched.snapshot();
    expect(counted(answer)).toEqual([3, delta('long enough', lineEnd).length]);
  });

  it('counts lines where those are the events, and no blank ones', () => {
    const { watched, answer } = watch('line');
    const line = `${JSON.stringify({ model: 'm', message: { content: 'a word' }, done: false, pad: 'x'.repeat(30) })}\n`;
    watched.push(Buffer.from(`${line}\n${line}\r\n${line}`));
    watched.snapshot();
    expect(counted(answer)).toEqual([3, line.length]);
  });

  it('finds the same however the stream is cut, and whenever it is asked', () => {
    const event = fc.oneof(
      fc.string({ maxLength: 3_000 }).map((text) => delta(text)),
      fc.string({ maxLength: 20 }).map((text) => delta(text, '\r\n')),
      fc.constant(': ping\n\n'),
      fc.constant('\n'),
      fc.nat(1_000).map(usage),
    );
    const cut = fc.record({ length: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.nat(5_000)), asked: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 12 }),
        fc.array(cut, { minLength: 1, maxLength: 12 }),
        (events, cuts) => {
          const bytes = Buffer.from(events.join(''));
          const whole = watch();
          whole.watched.push(bytes);
          const expected = [whole.watched.finish(), counted(whole.answer)];
          const pieces = watch();
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const { length, asked } = cuts[turn % cuts.length] ?? { length: 1, asked: false };
            pieces.watched.push(bytes.subarray(at, at + Math.max(1, length)));
            at += Math.max(1, length);
            if (asked) pieces.watched.snapshot();
          }
          expect([pieces.watched.finish(), counted(pieces.answer)]).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });
});
