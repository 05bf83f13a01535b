import { asBuffer } from './as-buffer.ts';
import { FieldScanner } from './field-scanner.ts';
import { type DialectFormat, type Fields, pickFields, type UsageReading } from './fields.ts';

/** Longest document that is kept whole, in bytes; a longer one is scanned as it passes. */
const maxDocumentBytes = 64 * 1024;
const maxPieces = 64;

/** Taps one JSON document: a short one is kept and parsed at its end, which is cheapest; of a long one only the wanted fields are kept. */
export class DocumentReader {
  readonly #format: DialectFormat;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #scanner: FieldScanner | null = null;

  constructor(format: DialectFormat) {
    this.#format = format;
  }

  /** Takes the next bytes of the body. */
  push(chunk: Uint8Array): void {
    const bytes = asBuffer(chunk);
    this.#bytes += bytes.length;
    if (this.#scanner === null && this.#bytes > maxDocumentBytes) {
      this.#startScanning();
    }
    if (this.#scanner === null) {
      this.#keep(bytes);
    } else {
      this.#scanner.push(bytes);
    }
  }

  /** Always false: a document ends with its body. */
  readonly isClosed = false;

  /** Takes the end of the body. */
  finish(): UsageReading {
    return this.#format.read([this.#scanner === null ? this.#parse() : this.#scanner.fields()]);
  }

  /** The reading so far; of a short document there is none before its end. */
  snapshot(): UsageReading {
    return this.#format.read(this.#scanner === null ? [] : [this.#scanner.fields()]);
  }

  /** Many small chunks are joined, so that they take no more room than their bytes. */
  #keep(bytes: Buffer): void {
    this.#pieces.push(Buffer.from(bytes));
    if (this.#pieces.length >= maxPieces) {
      this.#pieces = [Buffer.concat(this.#pieces)];
    }
  }

  #startScanning(): FieldScanner {
    this.#scanner = new FieldScanner(this.#format.paths);
    for (const piece of this.#pieces) {
      this.#scanner.push(piece);
    }
    this.#pieces = [];
    return this.#scanner;
  }

  /** A document that was cut short still tells what came before the cut. */
  #parse(): Fields {
    const [only] = this.#pieces;
    const whole = this.#pieces.length === 1 && only !== undefined ? only : Buffer.concat(this.#pieces);
    const text = whole.toString('utf8');
    try {
      return pickFields(JSON.parse(text), this.#format.paths);
    } catch {
      return this.#startScanning().fields();
    }
  }
}
