const idBytes = 12;
const idsPerBatch = 64;

/** Makes request ids, `req_` and 96 random bits; asks for randomness in batches, because each call to it has a fixed cost. */
export function createRequestIds(randomBytes: (size: number) => Buffer): () => string {
  let batch: Buffer = Buffer.alloc(0);
  let position = 0;
  return () => {
    if (position >= batch.length) {
      batch = randomBytes(idBytes * idsPerBatch);
      position = 0;
    }
    const id = batch.toString('hex', position, position + idBytes);
    position += idBytes;
    return `req_${id}`;
  };
}
