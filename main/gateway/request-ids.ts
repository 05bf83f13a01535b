const idBytes = 6;
const idsPerBatch = 128;
const timeDigits = 12;

/** What request ids are made from. */
export interface RequestIdsOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly randomBytes: (size: number) => Buffer;
}

/**
 * Makes request ids: `req_`, the time as 48 bits of hex, and 48 random bits. They rise with time, so that the ledger's index of
 * them grows at its end instead of everywhere. Randomness is asked for in batches, because each call to it has a fixed cost.
 */
export function createRequestIds({ now, randomBytes }: RequestIdsOptions): () => string {
  let batch: Buffer = Buffer.alloc(0);
  let position = 0;
  let time = 0;
  let timeText = '';
  return () => {
    if (position >= batch.length) {
      batch = randomBytes(idBytes * idsPerBatch);
      position = 0;
    }
    const at = now();
    if (at !== time) {
      time = at;
      timeText = Math.max(0, Math.floor(at)).toString(16).padStart(timeDigits, '0');
    }
    const random = batch.toString('hex', position, position + idBytes);
    position += idBytes;
    return `req_${timeText}${random}`;
  };
}
