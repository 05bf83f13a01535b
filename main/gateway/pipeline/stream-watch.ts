import { asBuffer } from '../dialect/as-buffer.ts';
import type { UsageReader, UsageReading } from '../dialect/usage-reader.ts';
import type { Answer } from './exchange.ts';

/** Bytes that are kept until they are looked at: some events of most streams, and little for each of a thousand streams. */
const mostHeldBytes = 2 * 1024;
/** A shorter event, its end with it, is a ping or the end of a stream. */
const leastContentBytes = 62;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const nothing = Buffer.alloc(0);

/** What ends an event: a blank line in server-sent events, each line elsewhere. */
export type EventEnd = 'blank-line' | 'line';

/**
 * Reads a stream's usage and counts its events in `answer`, several chunks at a time: to look at a chunk takes nearly three times what
 * it takes to copy it, most of that for coming back to cold code. What is held is looked at before anything is told. How the stream
 * was cut into chunks makes no difference. Lines end in LF or CRLF (WHATWG HTML, 9.2.5; a lone CR, which no provider sends, ends none).
 */
export class StreamWatch implements UsageReader {
  readonly #reader: UsageReader;
  readonly #answer: Answer;
  readonly #eventEnd: EventEnd;
  #held: Buffer = nothing;
  #heldBytes = 0;
  /** Where line and event that are under way begin in what is looked at next: zero, or less when they have begun before. */
  #line = 0;
  #event = 0;
  /** The last byte of what was looked at last. */
  #last = 0;

  constructor(reader: UsageReader, answer: Answer, eventEnd: EventEnd) {
    this.#reader = reader;
    this.#answer = answer;
    this.#eventEnd = eventEnd;
  }

  push(chunk: Uint8Array): void {
    if (this.#heldBytes + chunk.length > mostHeldBytes) {
      this.#lookAtHeld();
    }
    if (chunk.length > mostHeldBytes) {
      this.#look(asBuffer(chunk));
      return;
    }
    if (this.#held === nothing) {
      this.#held = Buffer.allocUnsafe(mostHeldBytes);
    }
    this.#held.set(chunk, this.#heldBytes);
    this.#heldBytes += chunk.length;
  }

  finish(): UsageReading {
    this.#lookAtHeld();
    return this.#reader.finish();
  }

  snapshot(): UsageReading {
    this.#lookAtHeld();
    return this.#reader.snapshot();
  }

  get isClosed(): boolean {
    this.#lookAtHeld();
    return this.#reader.isClosed;
  }

  #lookAtHeld(): void {
    if (this.#heldBytes > 0) {
      this.#look(this.#held.subarray(0, this.#heldBytes));
      this.#heldBytes = 0;
    }
  }

  #look(bytes: Buffer): void {
    this.#reader.push(bytes);
    for (let at = bytes.indexOf(lineFeed); at !== -1; at = nextLineFeed(bytes, at)) {
      const isBlank = at === this.#line || (at - 1 === this.#line && this.#byteBefore(bytes, at) === carriageReturn);
      if (isBlank && this.#event === this.#line) {
        this.#event = at + 1;
      } else if (isBlank || this.#eventEnd === 'line') {
        this.#count(at + 1 - this.#event);
        this.#event = at + 1;
      }
      this.#line = at + 1;
    }
    this.#line -= bytes.length;
    this.#event -= bytes.length;
    this.#last = bytes[bytes.length - 1] ?? this.#last;
  }

  #byteBefore(bytes: Buffer, at: number): number | undefined {
    return at === 0 ? this.#last : bytes[at - 1];
  }

  #count(length: number): void {
    const answer = this.#answer;
    answer.events += 1;
    if (length >= leastContentBytes && (answer.leastEventBytes === 0 || length < answer.leastEventBytes)) {
      answer.leastEventBytes = length;
    }
  }
}

/** The end of a blank line mostly follows at once: then nothing is searched. */
function nextLineFeed(bytes: Buffer, at: number): number {
  return bytes[at + 1] === lineFeed ? at + 1 : bytes.indexOf(lineFeed, at + 1);
}
