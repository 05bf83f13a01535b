const carriageReturn = 0x0d;
const lineFeed = 0x0a;
const semicolon = 0x3b;
const tab = 0x09;
const space = 0x20;
const del = 0x7f;

/** More hexadecimal digits than any honest chunk has; 16^12 is still exact in a double. */
const mostSizeDigits = 12;
const mostExtensionBytes = 256;
const mostTrailerBytes = 8 * 1024;

/** Value of each byte as a hexadecimal digit; 255 for none. */
const digits = new Uint8Array(256).fill(255);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  digits[digit.charCodeAt(0)] = value;
  digits[digit.toUpperCase().charCodeAt(0)] = value;
}

type State = 'size' | 'extension' | 'size-end' | 'data' | 'data-end' | 'line' | 'trailer' | 'last' | 'ended' | 'failed';

/**
 * Takes the chunked coding off a body, strictly as RFC 9112 section 7.1 has it: hexadecimal sizes and nothing around them, CRLF and
 * nothing else at line ends. Extensions and trailers are dropped, and only a little of them is taken at all.
 */
export class ChunkedDecoder {
  #state: State = 'size';
  #left = 0;
  #digits = 0;
  #extra = 0;
  #afterReturn = false;
  #start = 0;
  #end = 0;
  #consumed = 0;

  /** True once the last chunk and its trailers have been read. */
  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** True once something was read that the grammar does not have; there is no way back. */
  get failed(): boolean {
    return this.#state === 'failed';
  }

  /** Where the body's bytes begin that {@link take} has found. */
  get start(): number {
    return this.#start;
  }

  /** Where they end: at `start` when there are none. */
  get end(): number {
    return this.#end;
  }

  /** Where the last {@link take} stopped: the first byte after the body once it has ended, else `to`. */
  get consumed(): number {
    return this.#consumed;
  }

  /** Decodes what comes next, from `from` up to `to`, and answers the body's bytes in it, as {@link take} leaves them. */
  decode(bytes: Buffer, from: number, to: number): Buffer {
    this.take(bytes, from, to);
    return bytes.subarray(this.#start, this.#end);
  }

  /**
   * Decodes what comes next, from `from` up to `to`. The body's bytes in it are moved together **inside `bytes`**, from {@link start} to
   * {@link end}, so that one read gives one piece, however small its chunks are; what lay there before is gone.
   */
  take(bytes: Buffer, from: number, to: number): void {
    let start = from;
    let at = from;
    let end = from;
    while (at < to) {
      if (this.#state === 'data') {
        const length = Math.min(this.#left, to - at);
        if (end === start) {
          start = at;
          end = at;
        } else if (end !== at) {
          bytes.copyWithin(end, at, at + length);
        }
        end += length;
        at += length;
        this.#left -= length;
        if (this.#left === 0) {
          this.#state = 'data-end';
        }
        continue;
      }
      this.#step(bytes[at] ?? 0);
      at += 1;
      if (this.#state === 'ended' || this.#state === 'failed') {
        break;
      }
    }
    this.#consumed = at;
    this.#start = start;
    this.#end = end;
  }

  #step(byte: number): void {
    switch (this.#state) {
      case 'size':
        this.#size(byte);
        return;
      case 'extension':
        this.#extension(byte);
        return;
      case 'size-end':
        this.#state = byte === lineFeed ? this.#afterSize() : 'failed';
        return;
      case 'data-end':
        this.#dataEnd(byte);
        return;
      case 'line':
      case 'trailer':
        this.#trailer(byte);
        return;
      case 'last':
        this.#state = byte === lineFeed ? 'ended' : 'failed';
        return;
      default:
        this.#state = 'failed';
    }
  }

  #size(byte: number): void {
    const digit = digits[byte] ?? 255;
    if (digit !== 255 && this.#digits < mostSizeDigits) {
      this.#left = this.#left * 16 + digit;
      this.#digits += 1;
    } else if (this.#digits === 0) {
      this.#state = 'failed';
    } else if (byte === carriageReturn) {
      this.#state = 'size-end';
    } else {
      this.#state = byte === semicolon ? 'extension' : 'failed';
    }
  }

  #extension(byte: number): void {
    this.#extra += 1;
    if (byte === carriageReturn) {
      this.#state = 'size-end';
    } else if (isControl(byte) || this.#extra > mostExtensionBytes) {
      this.#state = 'failed';
    }
  }

  #afterSize(): State {
    this.#digits = 0;
    return this.#left === 0 ? 'line' : 'data';
  }

  #dataEnd(byte: number): void {
    if (!this.#afterReturn && byte === carriageReturn) {
      this.#afterReturn = true;
      return;
    }
    this.#state = this.#afterReturn && byte === lineFeed ? 'size' : 'failed';
    this.#afterReturn = false;
  }

  /** A line of trailers, or the empty line that ends them. */
  #trailer(byte: number): void {
    this.#extra += 1;
    if (this.#afterReturn) {
      this.#afterReturn = false;
      this.#state = byte === lineFeed ? 'line' : 'failed';
    } else if (byte === carriageReturn) {
      this.#afterReturn = this.#state === 'trailer';
      this.#state = this.#state === 'line' ? 'last' : 'trailer';
    } else if (isControl(byte) || this.#extra > mostTrailerBytes || (this.#state === 'line' && byte === space)) {
      this.#state = 'failed';
    } else {
      this.#state = 'trailer';
    }
  }
}

function isControl(byte: number): boolean {
  return (byte < space && byte !== tab) || byte === del;
}
