import type { Readable } from 'node:stream';

/** Milliseconds that what came first waits for what comes after it. */
const gatherMs = 20;

/**
 * Reads a pipe fifty times a second at most, whatever the rate it is written at: what comes meanwhile waits in the operating
 * system, so that a busy writer does not wake this process for every turn of its own, nor have it work beside the very call that it tells of.
 * A pause holds from the next read on only where the pipe's `readableHighWaterMark` is a byte; with more, Node goes on reading until that
 * much waits.
 */
export function readInBatches(source: Readable, take: (bytes: Uint8Array) => void): void {
  let chunks: Buffer[] = [];
  let isGathering = false;

  function deliver(): void {
    const batch = chunks;
    chunks = [];
    isGathering = false;
    if (batch.length === 1 && batch[0] !== undefined) take(batch[0]);
    else if (batch.length > 1) take(Buffer.concat(batch));
  }

  /** The next look at the pipe comes between this and the immediate. */
  function gather(): void {
    source.resume();
    setImmediate(deliver);
  }

  source.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (isGathering) return;
    isGathering = true;
    source.pause();
    setTimeout(gather, gatherMs);
  });
  source.once('end', deliver);
  // A pipe that breaks ends without an end, and nothing is told of its writer after that.
  source.once('close', deliver);
  source.on('error', () => undefined);
}
