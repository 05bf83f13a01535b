import type { Readable } from 'node:stream';

/** Milliseconds between two looks at a pipe that is written to all the time. */
const pauseMs = 10;

/**
 * Reads a pipe a hundred times a second at most, whatever the rate it is written at: what comes meanwhile waits in the operating
 * system, so that a busy writer does not wake this process for every turn of its own.
 */
export function readInBatches(source: Readable, take: (bytes: Uint8Array) => void): void {
  let chunks: Buffer[] = [];
  let isPausing = false;

  function deliver(): void {
    const batch = chunks;
    chunks = [];
    if (batch.length === 1 && batch[0] !== undefined) take(batch[0]);
    else if (batch.length > 1) take(Buffer.concat(batch));
  }

  source.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (isPausing) return;
    isPausing = true;
    setImmediate(() => {
      source.pause();
      deliver();
      setTimeout(() => {
        isPausing = false;
        source.resume();
      }, pauseMs);
    });
  });
  source.once('end', deliver);
  source.on('error', () => undefined);
}
