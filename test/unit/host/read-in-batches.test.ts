import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readInBatches } from '#main/host/read-in-batches.ts';

/** A pipe as the gateway's process has one: paused, it takes no more than one read. */
function pipe(): PassThrough {
  return new PassThrough({ readableHighWaterMark: 1, writableHighWaterMark: 1024 });
}

describe('readInBatches', () => {
  it('takes what comes within a while as one batch, in order', async () => {
    const source = pipe();
    const batches: string[] = [];
    const whole = new Promise<void>((resolve) => {
      readInBatches(source, (bytes) => {
        batches.push(Buffer.from(bytes).toString());
        if (batches.join('').endsWith('100.')) resolve();
      });
    });
    for (let count = 1; count <= 100; count += 1) source.write(`${count}.`);
    await whole;
    expect(batches.join('')).toBe(Array.from({ length: 100 }, (_, index) => `${index + 1}.`).join(''));
    expect(batches.length).toBeLessThan(5);
  });

  it('takes up again after a rest', async () => {
    const source = pipe();
    const taken: string[] = [];
    let next = (): void => undefined;
    readInBatches(source, (bytes) => {
      taken.push(Buffer.from(bytes).toString());
      next();
    });
    for (const word of ['one', 'two', 'three']) {
      const arrived = new Promise<void>((resolve) => {
        next = resolve;
      });
      source.write(word);
      await arrived;
    }
    expect(taken).toEqual(['one', 'two', 'three']);
  });

  it('loses nothing when the pipe ends while it gathers', async () => {
    const source = pipe();
    let text = '';
    readInBatches(source, (bytes) => {
      text += Buffer.from(bytes).toString();
    });
    source.write('first');
    source.end('last');
    await once(source, 'end');
    expect(text).toBe('firstlast');
  });

  it('loses nothing that it has when the pipe breaks while it gathers', async () => {
    const source = pipe();
    let text = '';
    readInBatches(source, (bytes) => {
      text += Buffer.from(bytes).toString();
    });
    const first = once(source, 'data');
    source.write('first');
    await first;
    source.destroy(new Error('broken'));
    await new Promise((resolve) => source.once('close', resolve));
    expect(text).toBe('first');
  });
});
