import type { BodySource } from '../wire/body.ts';

/** A request to an upstream. */
export interface UpstreamRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** Name and value in turn, without `host` and framing. */
  readonly headers: readonly string[];
  /** True when the very same `headers` go out again and again, so that their text is worth keeping. */
  readonly isRepeated?: boolean | undefined;
  /** In memory as a whole, read as it comes, or none. */
  readonly body: Buffer | BodySource | null;
  /** Length of a body that is read as it comes, in bytes; null when it is not known. Of no meaning for the others. */
  readonly bodyLength: number | null;
  /** Milliseconds that differ from the client's own; for a new connection, the first byte, and between two pieces. */
  readonly connectMs?: number | undefined;
  readonly firstByteMs: number | undefined;
  readonly idleMs: number | undefined;
}

/** Is told of an answer. After `onComplete` or `onError`, one of which is called unless the call was aborted, nothing follows. */
export interface AnswerHandler {
  /** The head has come: name and value in turn, as sent. */
  onHeaders(status: number, rawHeaders: readonly string[]): void;
  /** The next bytes, which are good until this returns; false asks for no more until {@link UpstreamCall.resume}. */
  onData(chunk: Buffer): boolean;
  onComplete(): void;
  /** `sent` is false when certainly no byte of the request has left. */
  onError(error: Error, sent: boolean): void;
}

/** A request that is under way. */
export interface UpstreamCall {
  /** Ends it at once; its handler hears nothing more. */
  abort(): void;
  /** Goes on after its handler asked for no more. */
  resume(): void;
}

/** The way to one upstream. A request is sent once, whatever happens. */
export interface UpstreamClient {
  /** Throws `invalid_request` for what can't be sent; then nothing was. A handler serves one call. */
  call(request: UpstreamRequest, handler: AnswerHandler): UpstreamCall;
  /** Makes no more connections and lets go of idle ones; calls that run go on. */
  close(): void;
  /** Ends everything at once. */
  destroy(): void;
}
