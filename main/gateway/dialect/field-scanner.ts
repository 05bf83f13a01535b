import type { Fields } from './fields.ts';

/** Deepest object whose keys are looked at; everything below is only counted. */
const maxKeyDepth = 4;
const maxKeyBytes = 64;
/** Longest value that is kept, in bytes. */
const maxValueBytes = 64 * 1024;

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const colon = 0x3a;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const space = 0x20;

interface Capture {
  readonly path: string;
  readonly depth: number;
  /** Where the value began in the present chunk. */
  start: number;
  readonly pieces: Buffer[];
  bytes: number;
}

/**
 * Finds the values of a few paths in a JSON document of any length that arrives in pieces, keeping nothing but those values: exact
 * nesting, so that text or data which looks like a field is not taken for one. An array around the whole document is looked through,
 * its last element winning. Bytes outside the document, such as `data:`, are passed over. Malformed input finds less; it never throws.
 */
export class FieldScanner {
  readonly #wanted: ReadonlySet<string>;
  readonly #found = new Map<string, unknown>();
  readonly #keys: (string | null)[] = [];
  readonly #inObject: boolean[] = [];
  #depth = 0;
  #throughRootArray = false;
  #inString = false;
  #escaped = false;
  #readingKey = false;
  #expectingKey = false;
  /** The key read so far, byte by byte: wanted ones are ASCII. */
  #key = '';
  #capture: Capture | null = null;
  #awaitingValue = false;
  #nextBackslash = -1;

  constructor(paths: readonly string[]) {
    this.#wanted = new Set(paths);
  }

  /** Takes the next bytes; keeps copies, never the chunk. */
  push(chunk: Buffer): void {
    this.#nextBackslash = -1;
    if (this.#capture !== null) {
      this.#capture.start = 0;
    }
    let index = 0;
    while (index < chunk.length) {
      index = this.#inString ? this.#continueString(chunk, index) : this.#readStructure(chunk, index);
    }
    if (this.#capture !== null) {
      this.#keepValue(this.#capture, chunk, chunk.length);
    }
  }

  /** What was found so far. */
  fields(): Fields {
    return this.#found;
  }

  #continueString(chunk: Buffer, from: number): number {
    let index = from;
    if (this.#escaped) {
      this.#escaped = false;
      index += 1;
    }
    let end = chunk.indexOf(quote, index);
    let skipped = this.#findBackslash(chunk, index);
    while (skipped !== -1 && (end === -1 || skipped < end)) {
      index = skipped + 2;
      if (end !== -1 && end < index) {
        end = chunk.indexOf(quote, index);
      }
      skipped = this.#findBackslash(chunk, index);
    }
    this.#escaped = index > chunk.length;
    this.#keepKey(chunk, from, end === -1 ? chunk.length : end);
    if (end === -1) {
      return chunk.length;
    }
    this.#endString(chunk, end);
    return end + 1;
  }

  /** Index of the next backslash at or after `index`; each chunk is searched once, however many strings it holds. */
  #findBackslash(chunk: Buffer, index: number): number {
    if (this.#nextBackslash < index && this.#nextBackslash !== chunk.length) {
      const found = chunk.indexOf(backslash, index);
      this.#nextBackslash = found === -1 ? chunk.length : found;
    }
    return this.#nextBackslash === chunk.length ? -1 : this.#nextBackslash;
  }

  #endString(chunk: Buffer, end: number): void {
    this.#inString = false;
    if (this.#readingKey) {
      this.#readingKey = false;
      this.#keys[this.#depth] = this.#key.length > maxKeyBytes ? null : this.#key;
      this.#key = '';
    } else if (this.#capture?.depth === this.#depth) {
      this.#endValue(chunk, end + 1);
    }
  }

  #keepKey(chunk: Buffer, start: number, end: number): void {
    if (this.#readingKey && this.#key.length <= maxKeyBytes) {
      this.#key += chunk.toString('latin1', start, Math.min(end, start + maxKeyBytes + 1));
    }
  }

  #readStructure(chunk: Buffer, index: number): number {
    const byte = chunk[index] ?? space;
    if (byte <= space) {
      return index + 1;
    }
    if (this.#awaitingValue && byte !== colon) {
      this.#beginValue(index);
    }
    if (byte === quote) {
      this.#inString = true;
      this.#readingKey = this.#expectingKey && this.#depth > 0;
      this.#expectingKey = false;
    } else if (byte === openBrace || byte === openBracket) {
      this.#open(byte === openBrace);
    } else if (byte === closeBrace || byte === closeBracket) {
      this.#close(chunk, index);
    } else if (byte === comma) {
      this.#next(chunk, index);
    } else if (byte === colon) {
      this.#awaitingValue = this.#depth > 0 && this.#depth <= maxKeyDepth && this.#capture === null;
    }
    return index + 1;
  }

  #open(isObject: boolean): void {
    if (this.#depth === 0 && !isObject && !this.#throughRootArray) {
      this.#throughRootArray = true;
      return;
    }
    this.#depth += 1;
    this.#expectingKey = isObject && this.#depth <= maxKeyDepth;
    if (this.#depth <= maxKeyDepth) {
      this.#inObject[this.#depth] = isObject;
      this.#keys[this.#depth] = null;
    }
  }

  #close(chunk: Buffer, index: number): void {
    if (this.#depth === 0) {
      return;
    }
    if (this.#capture?.depth === this.#depth) {
      this.#endValue(chunk, index);
    }
    this.#depth -= 1;
    this.#expectingKey = false;
    if (this.#capture?.depth === this.#depth) {
      this.#endValue(chunk, index + 1);
    }
  }

  #next(chunk: Buffer, index: number): void {
    if (this.#capture?.depth === this.#depth) {
      this.#endValue(chunk, index);
    }
    this.#expectingKey = this.#depth > 0 && this.#depth <= maxKeyDepth && this.#inObject[this.#depth] === true;
  }

  #beginValue(start: number): void {
    this.#awaitingValue = false;
    const path = this.#keys.slice(1, this.#depth + 1).join('.');
    if (this.#wanted.has(path)) {
      this.#capture = { path, depth: this.#depth, start, pieces: [], bytes: 0 };
    }
  }

  #keepValue(capture: Capture, chunk: Buffer, end: number): void {
    capture.bytes += end - capture.start;
    if (capture.bytes > maxValueBytes) {
      this.#capture = null;
      return;
    }
    capture.pieces.push(Buffer.from(chunk.subarray(capture.start, end)));
  }

  #endValue(chunk: Buffer, end: number): void {
    const capture = this.#capture;
    if (capture === null) {
      return;
    }
    this.#keepValue(capture, chunk, end);
    if (this.#capture === null) {
      return;
    }
    this.#capture = null;
    try {
      this.#found.set(capture.path, JSON.parse(Buffer.concat(capture.pieces).toString('utf8')));
    } catch {
      this.#found.delete(capture.path);
    }
  }
}
