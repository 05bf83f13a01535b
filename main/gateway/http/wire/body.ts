import type { TollkeeperError } from '#shared/model/error.ts';

/** Takes a body as it comes. Exactly one of `onBodyEnd` and `onBodyError` is called, once, after the last bytes. */
export interface BodySink {
  /** The next bytes, which are its own to keep; false asks for no more until {@link BodySource.resume}. */
  onBody(chunk: Buffer): boolean;
  onBodyEnd(): void;
  /** The body will not become complete: its sender went away, broke the framing, or sent too much. */
  onBodyError(error: TollkeeperError): void;
}

/** A body that is read once, no faster than its reader takes it. */
export interface BodySource {
  /** Gives the body to `sink`, beginning with what is there already. */
  consume(sink: BodySink): void;
  /** Goes on after the sink asked for no more. */
  resume(): void;
}
