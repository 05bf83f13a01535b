import { TollkeeperError } from '#shared/model/error.ts';
import type { CallerRequest } from './server/caller-request.ts';
import type { BodySink, BodySource } from './wire/body.ts';

/**
 * Reads a whole body of at most `limit` bytes: at once where it is here already, which small ones mostly are. Rejects with
 * `request_too_large` as soon as there is one byte more, and with `invalid_request` when the caller goes away first.
 */
export function readWholeBody(request: CallerRequest, limit: number): Buffer | Promise<Buffer> {
  const whole = request.takeWhole();
  if (whole !== null && whole.length <= limit) {
    return whole;
  }
  if (whole !== null) {
    return Promise.reject(new TollkeeperError('request_too_large'));
  }
  return new Promise((resolve, reject) => {
    request.consume(new Collector({ request, limit, resolve, reject }));
  });
}

interface Collecting {
  readonly request: CallerRequest;
  readonly limit: number;
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (error: TollkeeperError) => void;
}

class Collector implements BodySink {
  readonly #collecting: Collecting;
  readonly #chunks: Buffer[] = [];
  #size = 0;

  constructor(collecting: Collecting) {
    this.#collecting = collecting;
  }

  onBody(chunk: Buffer): boolean {
    const { request, limit, reject } = this.#collecting;
    this.#size += chunk.length;
    if (this.#size <= limit) {
      this.#chunks.push(chunk);
      return true;
    }
    this.#chunks.length = 0;
    reject(new TollkeeperError('request_too_large'));
    request.drop();
    return true;
  }

  onBodyEnd(): void {
    const [only] = this.#chunks;
    const joined = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks, this.#size);
    this.#collecting.resolve(joined);
  }

  onBodyError(error: TollkeeperError): void {
    this.#collecting.reject(error);
  }
}

/**
 * A body on its way: at the pace of its reader, each chunk shown to `tap`, and ended with `request_too_large` beyond `limit` bytes.
 */
export class BodyPassage implements BodySource, BodySink {
  readonly #source: CallerRequest;
  readonly #limit: number;
  readonly #tap: (chunk: Buffer) => void;
  #sink: BodySink | null = null;
  #size = 0;

  constructor(source: CallerRequest, options: { readonly limit: number; readonly tap: (chunk: Buffer) => void }) {
    this.#source = source;
    this.#limit = options.limit;
    this.#tap = options.tap;
  }

  consume(sink: BodySink): void {
    this.#sink = sink;
    this.#source.consume(this);
  }

  resume(): void {
    this.#source.resume();
  }

  onBody(chunk: Buffer): boolean {
    this.#size += chunk.length;
    if (this.#size > this.#limit) {
      this.#source.drop();
      this.#sink?.onBodyError(new TollkeeperError('request_too_large'));
      return true;
    }
    this.#tap(chunk);
    return this.#sink?.onBody(chunk) ?? true;
  }

  onBodyEnd(): void {
    this.#sink?.onBodyEnd();
  }

  onBodyError(error: TollkeeperError): void {
    this.#sink?.onBodyError(error);
  }
}
