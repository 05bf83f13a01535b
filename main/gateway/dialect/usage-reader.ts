import type { DialectId } from '#shared/model/provider.ts';
import type { TokenUsage } from '#shared/model/usage.ts';

/** What an answer has told about itself so far. */
export interface UsageReading {
  /** Null until the upstream has told any. */
  readonly usage: TokenUsage | null;
  /** The model as the upstream names it, or null. */
  readonly model: string | null;
}

/**
 * A tap on one answer's body. It copies nothing it does not need, keeps at most {@link maxKeptBytes} bytes, never throws, and gives
 * the same reading however the body is cut into chunks.
 */
export interface UsageReader {
  /** Takes the next bytes; the chunk is not kept after the call unless it has to be, and is never changed. */
  push(chunk: Uint8Array): void;
  /** The reading at the end of the body, or of what arrived before it was cut. */
  finish(): UsageReading;
  /** The reading so far. */
  snapshot(): UsageReading;
}

/** How the body is framed: `stream` is SSE or NDJSON, whichever the dialect uses; otherwise it is one JSON document. */
export interface UsageReaderOptions {
  readonly stream: boolean;
}

/** Most bytes a reader holds, however long a hostile upstream's line is. */
export const maxKeptBytes = 1024 * 1024;

/** Makes the reader of one answer. Decide `stream` by the answer's content type, not by what was asked for. */
export type CreateUsageReader = (dialect: DialectId, options: UsageReaderOptions) => UsageReader;
