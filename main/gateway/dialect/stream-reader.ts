import { asBuffer } from './as-buffer.ts';
import { FieldScanner } from './field-scanner.ts';
import { type DialectFormat, type Fields, type Mark, pickFields, type UsageReading } from './fields.ts';

/** Longest line that is kept whole, in bytes; a longer one is scanned as it passes. */
const maxLineBytes = 64 * 1024;
const leastPartialBytes = 1_024;
const nothing = Buffer.alloc(0);
const newline = 0x0a;
const openBrace = 0x7b;
const colon = 0x3a;
const space = 0x20;

interface Search {
  readonly mark: Mark;
  /** The mark between its quotation marks. */
  readonly needle: Buffer;
  /** The same without the first of them, of which JSON is full: nearly every line is passed over by a look for this. */
  readonly probe: Buffer;
}

/** What one stream has shown of a mark. */
class Slot implements Search {
  readonly mark: Mark;
  readonly needle: Buffer;
  readonly probe: Buffer;
  line: Buffer | null = null;
  /** What `line` holds, parsed when it is first asked for. */
  fields: Fields | null = null;

  constructor({ mark, needle, probe }: Search) {
    this.mark = mark;
    this.needle = needle;
    this.probe = probe;
  }
}

/** What to search for, worked out once for each format. */
const searches = new WeakMap<DialectFormat, readonly Search[]>();

function searchesOf(format: DialectFormat): readonly Search[] {
  const known = searches.get(format);
  if (known !== undefined) {
    return known;
  }
  const made = format.marks.map((mark) => ({
    mark,
    needle: Buffer.from(`"${mark.text}"`),
    probe: Buffer.from(`${mark.text}"`),
  }));
  searches.set(format, made);
  return made;
}

/** A copy that holds on to no more memory than its bytes, for as long as the stream runs. */
function copyOf(line: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(line.length);
  copy.set(line);
  return copy;
}

function parseLine(line: Buffer, paths: readonly string[]): Fields {
  const start = line.indexOf(openBrace);
  try {
    return pickFields(JSON.parse(line.toString('utf8', Math.max(start, 0))), paths);
  } catch {
    return new Map();
  }
}

function opensObject(bytes: Buffer, from: number): boolean {
  let index = from;
  while (index < bytes.length && ((bytes[index] ?? 0) <= space || bytes[index] === colon)) {
    index += 1;
  }
  return bytes[index] === openBrace;
}

function findFirst(slot: Slot, bytes: Buffer, start: number): number {
  return slot.line === null ? bytes.indexOf(slot.needle, start) : -1;
}

function findLast(slot: Slot, bytes: Buffer, lines: { readonly start: number; readonly end: number }): number {
  if (bytes.indexOf(slot.probe, lines.start) === -1) {
    return -1;
  }
  let position = bytes.lastIndexOf(slot.needle, lines.end);
  while (position > 0 && slot.mark.opensObject && !opensObject(bytes, position + slot.needle.length)) {
    position = bytes.lastIndexOf(slot.needle, position - 1);
  }
  return position;
}

function lineAround(bytes: Buffer, position: number, lines: { readonly start: number; readonly end: number }): Buffer {
  const before = bytes.lastIndexOf(newline, position);
  const after = bytes.indexOf(newline, position);
  return bytes.subarray(Math.max(before + 1, lines.start), after === -1 ? lines.end : Math.min(after, lines.end));
}

/**
 * Taps a stream of lines, SSE or newline-delimited JSON: searches each complete run of lines for the dialect's marks, keeps a copy
 * of the few lines that carry one, and parses them only when asked. Lines that carry none are never looked into.
 */
export class StreamReader {
  readonly #format: DialectFormat;
  readonly #slots: readonly Slot[];
  #partial: Buffer = nothing;
  #partialLength = 0;
  #longLine: FieldScanner | null = null;
  #longFields: Fields = new Map();

  constructor(format: DialectFormat) {
    this.#format = format;
    this.#slots = searchesOf(format).map((search) => new Slot(search));
  }

  /** Takes the next bytes of the body. */
  push(chunk: Uint8Array): void {
    const bytes = asBuffer(chunk);
    let start = 0;
    if (this.#partialLength > 0 || this.#longLine !== null) {
      const end = bytes.indexOf(newline);
      this.#continueLine(end === -1 ? bytes : bytes.subarray(0, end));
      if (end === -1) {
        return;
      }
      this.#endLine();
      start = end + 1;
    }
    const last = bytes[bytes.length - 1] === newline ? bytes.length - 1 : bytes.lastIndexOf(newline);
    if (last >= start) {
      this.#search(bytes, start, last);
      start = last + 1;
    }
    if (start < bytes.length) {
      this.#continueLine(bytes.subarray(start));
    }
  }

  /** Takes the end of the body: a last line may lack its line end. */
  finish(): UsageReading {
    this.#endLine();
    return this.snapshot();
  }

  /** True when the event that closes the stream, which tells its usage, has been seen. */
  get isClosed(): boolean {
    return this.#format.usageEndsStream && this.snapshot().usage !== null;
  }

  /** The reading so far. */
  snapshot(): UsageReading {
    const parts: Fields[] = [];
    for (const slot of this.#slots) {
      if (slot.line !== null) {
        slot.fields ??= parseLine(slot.line, this.#format.paths);
        parts.push(slot.fields);
      }
    }
    return this.#format.read(this.#longFields.size === 0 ? parts : [...parts, this.#longFields]);
  }

  #continueLine(part: Buffer): void {
    if (this.#longLine !== null) {
      this.#longLine.push(part);
      return;
    }
    const length = this.#partialLength + part.length;
    if (length > maxLineBytes) {
      this.#longLine = new FieldScanner(this.#format.paths);
      this.#longLine.push(this.#partial.subarray(0, this.#partialLength));
      this.#longLine.push(part);
      this.#partialLength = 0;
      return;
    }
    if (length > this.#partial.length) {
      const larger = Buffer.allocUnsafe(
        Math.min(maxLineBytes, Math.max(length, leastPartialBytes, this.#partial.length * 2)),
      );
      this.#partial.copy(larger, 0, 0, this.#partialLength);
      this.#partial = larger;
    }
    part.copy(this.#partial, this.#partialLength);
    this.#partialLength = length;
  }

  #endLine(): void {
    if (this.#longLine !== null) {
      this.#keepLongLine(this.#longLine.fields());
      this.#longLine = null;
    } else if (this.#partialLength > 0) {
      this.#search(this.#partial.subarray(0, this.#partialLength), 0, this.#partialLength);
      this.#partialLength = 0;
    }
  }

  #keepLongLine(fields: Fields): void {
    this.#longFields = new Map([...this.#longFields, ...fields]);
  }

  /** Looks for marks in the complete lines between two offsets. */
  #search(bytes: Buffer, start: number, end: number): void {
    for (const slot of this.#slots) {
      const isLast = slot.mark.keep === 'last';
      const position = isLast ? findLast(slot, bytes, { start, end }) : findFirst(slot, bytes, start);
      if (position >= start && position < end) {
        this.#keep(slot, lineAround(bytes, position, { start, end }));
      }
    }
  }

  #keep(slot: Slot, line: Buffer): void {
    if (line.length > maxLineBytes) {
      const scanner = new FieldScanner(this.#format.paths);
      scanner.push(line);
      this.#keepLongLine(scanner.fields());
      return;
    }
    slot.line = copyOf(line);
    slot.fields = null;
  }
}
