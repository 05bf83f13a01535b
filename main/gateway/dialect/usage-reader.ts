import type { DialectId } from '#shared/model/provider.ts';
import { anthropic } from './anthropic.ts';
import { cohere } from './cohere.ts';
import { DocumentReader } from './document-reader.ts';
import type { DialectFormat, UsageReading } from './fields.ts';
import { gemini } from './gemini.ts';
import { ollama } from './ollama.ts';
import { openAiChat } from './openai-chat.ts';
import { openAiResponses } from './openai-responses.ts';
import { StreamReader } from './stream-reader.ts';

export type { UsageReading } from './fields.ts';

/**
 * A tap on one answer's body. It copies only the few bytes it needs (well below a megabyte, however hostile the body), never throws,
 * and gives the same reading however the body is cut into chunks.
 */
export interface UsageReader {
  /** Takes the next bytes; the chunk is neither changed nor kept. */
  push(chunk: Uint8Array): void;
  /** The reading at the end of the body, or of what arrived before it was cut. Nothing may be pushed afterwards. */
  finish(): UsageReading;
  /** The reading so far. */
  snapshot(): UsageReading;
  /** True when a stream has told its usage in the event that closes it, so that nothing worth waiting for can follow. */
  readonly isClosed: boolean;
}

const formats: Readonly<Record<DialectId, DialectFormat>> = {
  'openai-chat': openAiChat,
  'openai-responses': openAiResponses,
  anthropic,
  gemini,
  cohere,
  ollama,
};

const streamTypes: ReadonlySet<string> = new Set([
  'text/event-stream',
  'application/x-ndjson',
  'application/ndjson',
  'application/stream+json',
  'application/jsonl',
]);

/** What was found for content types; upstreams use few. */
const knownTypes = new Map<string, boolean>();
const mostKnownTypes = 64;
const longestKnownType = 100;

/** True when an answer of this content type comes as a stream of lines rather than as one document. */
export function isStreamContentType(contentType: string): boolean {
  const known = knownTypes.get(contentType);
  if (known !== undefined) {
    return known;
  }
  const isStream = streamTypes.has((contentType.split(';', 1)[0] ?? '').trim().toLowerCase());
  if (knownTypes.size < mostKnownTypes && contentType.length <= longestKnownType) {
    knownTypes.set(contentType, isStream);
  }
  return isStream;
}

/** Makes readers; a pipeline takes it as a parameter. */
export type CreateUsageReader = typeof createUsageReader;

/**
 * Makes the reader of one answer. `stream` says how the body is framed, lines or one JSON document: take it from the answer's
 * content type with {@link isStreamContentType}, not from what was asked for.
 */
export function createUsageReader(dialect: DialectId, options: { readonly stream: boolean }): UsageReader {
  const format = formats[dialect];
  return options.stream ? new StreamReader(format) : new DocumentReader(format);
}
