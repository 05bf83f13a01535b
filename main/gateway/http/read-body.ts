import type { IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import { TollkeeperError } from '#shared/model/error.ts';

/**
 * Reads a whole body of at most `limit` bytes. Rejects with `request_too_large` as soon as there is one byte more, and with
 * `invalid_request` when the caller goes away first.
 */
export function readWholeBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    function stop(): void {
      request.off('data', take).off('end', end).off('close', gone).off('error', gone);
    }
    function take(chunk: Buffer): void {
      size += chunk.length;
      if (size > limit) {
        stop();
        reject(new TollkeeperError('request_too_large'));
        return;
      }
      chunks.push(chunk);
    }
    function end(): void {
      stop();
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size));
    }
    function gone(): void {
      stop();
      reject(new TollkeeperError('invalid_request', 'The caller went away before its request was complete.'));
    }
    request.on('data', take).on('end', end).on('close', gone).on('error', gone);
  });
}

/**
 * Lets a body pass at the pace of its reader, shows each chunk to `tap`, and fails with `request_too_large` beyond `limit`
 * bytes. It stands between caller and upstream so that a broken upstream does not take the caller's connection with it.
 */
export class BodyPassage extends Transform {
  readonly #limit: number;
  readonly #tap: (chunk: Buffer) => void;
  #size = 0;

  constructor(limit: number, tap: (chunk: Buffer) => void) {
    super();
    this.#limit = limit;
    this.#tap = tap;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#size += chunk.length;
    if (this.#size > this.#limit) {
      done(new TollkeeperError('request_too_large'));
      return;
    }
    this.#tap(chunk);
    done(null, chunk);
  }
}
