import { TollkeeperError } from '#shared/model/error.ts';
import type { UpstreamClient } from './upstream-call.ts';

/** A longer answer is none of ours. */
const maxAnswerBytes = 8 * 1024 * 1024;
const errorStatus = 300;

/** A GET that is answered with JSON. */
export interface JsonRequest {
  /** Path and query. */
  readonly path: string;
  /** Name and value in turn. */
  readonly headers: readonly string[];
  /** Longest silence, in milliseconds. */
  readonly patienceMs: number;
}

/** Asks an upstream for a JSON document; rejects for any answer that is none. */
export function readUpstreamJson(client: UpstreamClient, request: JsonRequest): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const refuse = (): void => reject(new TollkeeperError('upstream_unreachable'));
    const call = client.call(
      {
        ...{ method: 'GET', path: request.path, headers: request.headers, body: null, bodyLength: null },
        ...{ firstByteMs: request.patienceMs, idleMs: request.patienceMs },
      },
      {
        onHeaders(status) {
          if (status >= errorStatus) {
            call.abort();
            refuse();
          }
        },
        onData(chunk) {
          bytes += chunk.length;
          chunks.push(Buffer.from(chunk));
          if (bytes > maxAnswerBytes) {
            call.abort();
            refuse();
          }
          return true;
        },
        onComplete() {
          try {
            resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
          } catch {
            refuse();
          }
        },
        onError: reject,
      },
    );
  });
}
