const shortestSecret = 8;
const mask = 0x2a;
/** A key goes upstream in a header, whose value can't hold one. RFC 9110 section 5.5. */
const lineFeed = 0x0a;

/**
 * Keeps a provider's key out of an answer, whatever the upstream puts there: each occurrence is overwritten with asterisks, so
 * lengths stay. All other bytes pass untouched and at once; only a chunk that ends in the middle of what may be the key waits
 * for the next one.
 */
export class KeyShield {
  readonly #secret: Buffer;
  readonly #active: boolean;
  #held: Buffer | null = null;

  constructor(secret: Buffer) {
    this.#secret = secret;
    this.#active = secret.length >= shortestSecret;
  }

  /** The bytes that may go on to the caller now, mostly these themselves; null when all of them have to wait. */
  push(chunk: Buffer): Buffer | null {
    if (!this.#active) {
      return chunk;
    }
    const bytes = this.#held === null ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = null;
    this.#overwrite(bytes);
    const open = this.#openTail(bytes);
    if (open === 0) {
      return bytes;
    }
    this.#held = Buffer.from(bytes.subarray(bytes.length - open));
    return open === bytes.length ? null : bytes.subarray(0, bytes.length - open);
  }

  /** What still waits when the answer has ended; null when nothing does. */
  flush(): Buffer | null {
    const rest = this.#held;
    this.#held = null;
    return rest;
  }

  #overwrite(bytes: Buffer): void {
    for (let at = bytes.indexOf(this.#secret); at !== -1; at = bytes.indexOf(this.#secret, at + this.#secret.length)) {
      bytes.fill(mask, at, at + this.#secret.length);
    }
  }

  /** Length of the longest end of `bytes` that is a beginning of the key. */
  #openTail(bytes: Buffer): number {
    if (bytes[bytes.length - 1] === lineFeed) {
      return 0;
    }
    const first = this.#secret[0] ?? 0;
    let at = bytes.indexOf(first, Math.max(0, bytes.length - this.#secret.length + 1));
    while (at !== -1) {
      if (bytes.compare(this.#secret, 0, bytes.length - at, at) === 0) {
        return bytes.length - at;
      }
      at = bytes.indexOf(first, at + 1);
    }
    return 0;
  }
}
