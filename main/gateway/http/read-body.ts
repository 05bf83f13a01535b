import type { IncomingMessage } from 'node:http';
import { Transform, type TransformCallback } from 'node:stream';
import { TollkeeperError } from '#shared/model/error.ts';

const goneMessage = 'The caller went away before its request was complete.';

/**
 * Reads a whole body of at most `limit` bytes. Rejects with `request_too_large` as soon as there is one byte more, and with
 * `invalid_request` when the caller goes away first.
 */
export function readWholeBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let settled = false;
    if (request.destroyed) {
      reject(new TollkeeperError('invalid_request', goneMessage));
      return;
    }
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
      } else if (!settled) {
        settled = true;
        chunks.length = 0;
        reject(new TollkeeperError('request_too_large'));
      }
    });
    request.on('end', () => {
      settled = true;
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    });
    request.on('close', () => {
      if (!settled) {
        reject(new TollkeeperError('invalid_request', goneMessage));
      }
    });
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
