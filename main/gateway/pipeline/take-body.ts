import { BodyScanner } from '../http/body-scanner.ts';
import { boundaryOf, FormScanner } from '../http/form-scanner.ts';
import { BodyPassage, readWholeBody } from '../http/read-body.ts';
import { HeldBody, PassingBody, type Scanner } from './body-look.ts';
import { type Exchange, present } from './exchange.ts';

/** Bodies up to this size are read before they are sent on, which is cheaper than passing them piece by piece. */
export const smallBodyBytes = 64 * 1024;

/** Largest body that is held in memory because something must know what is in it: a scope's model glob, a budget, the unified API. */
export const maxInspectedBytes = 64 * 1024 * 1024;

/** Largest body that is held in memory so that another of a provider's keys can take over. */
export const maxResentBytes = 16 * 1024 * 1024;

/** For a plain form; a compressed body or anything else names no model. */
function formScannerFor(exchange: Exchange): Scanner | null {
  const { isPlain, contentType } = present(exchange.headers);
  const boundary = isPlain ? boundaryOf(contentType) : null;
  return boundary === null ? null : new FormScanner(boundary);
}

function passingScannerFor(exchange: Exchange): Scanner | null {
  return present(exchange.headers).isJson ? new BodyScanner({ onlyModel: true }) : formScannerFor(exchange);
}

/** True when a body of this kind can tell what it asks for. */
export function isReadable(exchange: Exchange): boolean {
  const { isJson, isPlain, contentType } = present(exchange.headers);
  return isJson || (isPlain && boundaryOf(contentType) !== null);
}

/** How a body is to be taken. */
export interface TakeBodyOptions {
  /** True when it must be known before it is sent on; then it is held, whatever its size. */
  readonly inspect: boolean;
  /** True when it may have to be sent again, to another key; then it is held where it is known to be no larger than {@link maxResentBytes}. */
  readonly resend: boolean;
  /** True when it names the model that is called. */
  readonly namesModel: boolean;
  readonly maxBodyBytes: number;
}

/**
 * Takes the body: whole where it is small or has to be known, with its facts; else as a stream that starts when it is sent on.
 * A promise only where it has to wait for bytes. Rejects with `request_too_large` or, when the caller leaves, `invalid_request`.
 */
export function takeBody(exchange: Exchange, options: TakeBodyOptions): Promise<void> | undefined {
  const limit = readingLimit(exchange, options);
  if (limit === null) {
    return undefined;
  }
  const reading = readWholeBody(exchange.request, limit);
  if (reading instanceof Promise) {
    return reading.then((bytes) => keep(exchange, bytes, options));
  }
  keep(exchange, reading, options);
  return undefined;
}

function keep(exchange: Exchange, bytes: Buffer, options: TakeBodyOptions): void {
  exchange.body = { kind: 'whole', bytes };
  exchange.bodyBytes = bytes.length;
  if (bytes.length === 0 || !(options.inspect || options.namesModel)) {
    return;
  }
  if (present(exchange.headers).isJson) {
    exchange.look = heldBody(bytes, options);
    return;
  }
  const scanner = formScannerFor(exchange);
  if (scanner !== null) {
    scanner.push(bytes);
    exchange.look = new PassingBody(scanner);
  }
}

/** What has to be known is looked for at once, so that all that follows sees the same. */
function heldBody(bytes: Buffer, { inspect }: TakeBodyOptions): HeldBody {
  const look = new HeldBody(bytes);
  if (inspect) {
    look.facts();
  }
  return look;
}

/** The most bytes to read now; null when there is no body, or when it passes as a stream. */
function readingLimit(exchange: Exchange, options: TakeBodyOptions): number | null {
  const headers = present(exchange.headers);
  const { request } = exchange;
  const length = exchange.contentLength;
  if (!headers.chunked && (length === null || length === 0)) {
    return null;
  }
  if (headers.expectsContinue) {
    exchange.response.writeContinue();
  }
  if (!headers.chunked && length !== null && length <= smallBodyBytes) {
    return smallBodyBytes;
  }
  if (options.inspect && isReadable(exchange)) {
    return Math.min(maxInspectedBytes, options.maxBodyBytes);
  }
  if (options.resend && !headers.chunked && length !== null && length <= maxResentBytes) {
    return maxResentBytes;
  }
  const scanner = options.namesModel ? passingScannerFor(exchange) : null;
  if (scanner !== null) {
    exchange.look = new PassingBody(scanner);
  }
  exchange.body = {
    kind: 'stream',
    source: new BodyPassage(request, {
      limit: options.maxBodyBytes,
      tap: (chunk) => {
        exchange.bodyBytes += chunk.length;
        scanner?.push(chunk);
      },
    }),
  };
  return null;
}
