import { beforeEach, describe, expect, it, vi } from 'vitest';

type TurnEnd = typeof import('#main/gateway/http/wire/turn-end.ts');

let flushSoon: TurnEnd['flushSoon'];
let beginRead: TurnEnd['beginRead'];
let endRead: TurnEnd['endRead'];
let afterRead: TurnEnd['afterRead'];

/** Resolves when this turn of the event loop is over. */
function turnEnd(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/** Resolves when what runs now, and what it has put off with `nextTick`, is done. */
function callbackEnd(): Promise<void> {
  return new Promise((resolve) => process.nextTick(() => process.nextTick(resolve)));
}

/** Flushes so many in each of so many turns. */
async function turns(count: number, each: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    for (let index = 0; index < each; index += 1) flushSoon({ flush: () => undefined });
    await turnEnd();
  }
}

beforeEach(async () => {
  vi.resetModules();
  ({ flushSoon, afterRead, beginRead, endRead } = await import('#main/gateway/http/wire/turn-end.ts'));
});

describe('flushSoon', () => {
  it('flushes what waits once each, in order', async () => {
    const flushed: string[] = [];
    for (const name of ['one', 'two', 'three']) flushSoon({ flush: () => flushed.push(name) });
    expect(flushed).toEqual([]);
    await turnEnd();
    expect(flushed).toEqual(['one', 'two', 'three']);
    await turnEnd();
    expect(flushed).toHaveLength(3);
  });

  it('waits for the end of the turn while turns have much to flush', async () => {
    await turns(300, 10);
    let isFlushed = false;
    flushSoon({
      flush: () => {
        isFlushed = true;
      },
    });
    await callbackEnd();
    expect(isFlushed).toBe(false);
    await turnEnd();
    expect(isFlushed).toBe(true);
  });

  it('does not wait for the end of the turn where turns have little to flush, and notices when they have more', async () => {
    await turns(1, 1);
    let inTime = 0;
    for (let call = 0; call < 10; call += 1) {
      flushSoon({
        flush: () => {
          inTime += 1;
        },
      });
      await callbackEnd();
    }
    expect(inTime).toBe(10);
    await turns(300, 10);
    flushSoon({
      flush: () => {
        inTime += 1;
      },
    });
    await callbackEnd();
    expect(inTime).toBe(10);
  });

  it('flushes what a read has led to as soon as that is taken in, once each, and what came of it too', async () => {
    await turns(1, 1);
    const flushed: string[] = [];
    beginRead();
    flushSoon({ flush: () => flushed.push('one') });
    flushSoon({
      flush: () => {
        flushed.push('two');
        flushSoon({ flush: () => flushed.push('three') });
      },
    });
    expect(flushed).toEqual([]);
    endRead();
    expect(flushed).toEqual(['one', 'two']);
    await callbackEnd();
    expect(flushed).toEqual(['one', 'two', 'three']);
  });

  it('waits for the end of the turn after a read too while turns have much to flush', async () => {
    await turns(300, 10);
    let isFlushed = false;
    beginRead();
    flushSoon({
      flush: () => {
        isFlushed = true;
      },
    });
    endRead();
    await callbackEnd();
    expect(isFlushed).toBe(false);
    await turnEnd();
    expect(isFlushed).toBe(true);
  });

  it('flushes what is added while it flushes', async () => {
    let isFlushed = false;
    const later = {
      flush: () => {
        isFlushed = true;
      },
    };
    flushSoon({ flush: () => flushSoon(later) });
    await turnEnd();
    await turnEnd();
    expect(isFlushed).toBe(true);
  });
});

describe('afterRead', () => {
  it('lets what a read has led to go on when that is taken in, and flushes what comes of it', async () => {
    await turns(1, 1);
    const log: string[] = [];
    beginRead();
    afterRead({
      proceed() {
        log.push('goes on');
        flushSoon({ flush: () => log.push('flushed') });
      },
    });
    log.push('taken in');
    endRead();
    expect(log).toEqual(['taken in', 'goes on', 'flushed']);
  });

  it('lets go on at once what that leads to in turn', async () => {
    await turns(1, 1);
    const log: string[] = [];
    beginRead();
    afterRead({
      proceed() {
        log.push('first');
        afterRead({ proceed: () => log.push('second') });
      },
    });
    endRead();
    expect(log).toEqual(['first', 'second']);
  });

  it('goes on working after something that went on has failed', async () => {
    await turns(1, 1);
    const log: string[] = [];
    beginRead();
    flushSoon({ flush: () => log.push('flushed') });
    afterRead({
      proceed() {
        throw new Error('no');
      },
    });
    expect(endRead).toThrow('no');
    expect(log).toEqual(['flushed']);
    flushSoon({ flush: () => log.push('later') });
    await callbackEnd();
    expect(log).toEqual(['flushed', 'later']);
  });

  it('lets go on what comes from elsewhere when what runs now is done, each once', async () => {
    const log: string[] = [];
    for (const name of ['one', 'two']) afterRead({ proceed: () => log.push(name) });
    expect(log).toEqual([]);
    await callbackEnd();
    expect(log).toEqual(['one', 'two']);
    await turnEnd();
    expect(log).toHaveLength(2);
  });
});
