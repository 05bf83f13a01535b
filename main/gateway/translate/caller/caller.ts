import type { LanguageModelV3GenerateResult, LanguageModelV3StreamPart } from '@ai-sdk/provider';
import type { DialectId, ErrorShape } from '#shared/model/provider.ts';
import type { Member } from '../members.ts';
import type { NeutralCall } from '../neutral-call.ts';

/** What a reader needs to know beside the body. */
export interface ReadContext {
  /** True for a path that always streams. */
  readonly streamed: boolean;
}

/** What a writer needs to know about the call it answers. */
export interface WriteContext {
  readonly call: NeutralCall;
  /** The caller's body, for the members that an answer repeats. */
  readonly body: Member;
  /** The model as the upstream calls it. */
  readonly model: string;
  /** Protocol of the upstream, which alone can read the state it gives away. */
  readonly target: DialectId;
  /** Wall clock, milliseconds since the epoch. */
  readonly startedAt: number;
  readonly newId: () => string;
  /** True when a stream is one JSON array instead of events. */
  readonly asArray: boolean;
}

/** Writes a stream in the caller's protocol; each call returns the text to send next, which may be empty. */
export interface StreamWriter {
  /** What comes before the first part. */
  open(): string;
  part(part: LanguageModelV3StreamPart): string;
  /** Everything has come. */
  close(): string;
  /** The stream broke after its head was sent. */
  fail(message: string): string;
}

/** One protocol that callers speak: how its requests are read and its answers written. */
export interface CallerProtocol {
  readonly errorShape: ErrorShape;
  read(body: Member, context: ReadContext): NeutralCall;
  /** The whole answer as a JSON value. */
  document(result: LanguageModelV3GenerateResult, context: WriteContext): unknown;
  stream(context: WriteContext): StreamWriter;
}

/** One event of an event stream. */
export function event(data: unknown, name?: string): string {
  return `${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`;
}
