const idBytes = 6;
const idDigits = 2 * idBytes;
const idsPerBatch = 128;
const timeDigits = 12;
/** Of the time's digits these change often. */
const lowDigits = 4;
const lowRange = 2 ** 16;

/** Two hexadecimal digits for each value of a byte. */
const hexOfByte = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, '0'));

/** What request ids are made from. */
export interface RequestIdsOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
}

/**
 * Makes request ids: `req_`, the time as 48 bits of hex, and 48 random bits. They rise with time, so that the ledger's index of
 * them grows at its end instead of everywhere. Randomness is asked for in batches, because each call to it has a fixed cost; and numbers
 * are written by a table, because the caller waits for it.
 */
export function createRequestIds({ now, randomBytes }: RequestIdsOptions): () => string {
  let batch = '';
  let position = 0;
  let high = -1;
  let highText = '';
  return () => {
    if (position >= batch.length) {
      batch = randomBytes(idBytes * idsPerBatch).toString('hex');
      position = 0;
    }
    const at = Math.max(0, Math.floor(now()));
    const low = at % lowRange;
    if ((at - low) / lowRange !== high) {
      high = (at - low) / lowRange;
      highText = high.toString(16).padStart(timeDigits - lowDigits, '0');
    }
    const random = batch.slice(position, position + idDigits);
    position += idDigits;
    return `req_${highText}${hexOfByte[low >> 8]}${hexOfByte[low & 255]}${random}`;
  };
}
