import { createCipheriv } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { spillCipher, spillPart } from '#shared/contract/facts-spill.ts';
import type { FactsSpill } from '#shared/contract/port.ts';

/** A file that grows by encrypted parts; a part that was written whole can be read whatever happens to the next. */
export interface SpillFile {
  /** Writes a part; when it returns the operating system has it. Throws the file system's error. */
  append(plain: Uint8Array): void;
  close(): void;
}

/** Makes the file, readable by its owner only. Throws the file system's error. */
export function openSpill(spill: FactsSpill, randomBytes: (size: number) => Buffer): SpillFile {
  const file = openSync(spill.path, 'wx', 0o600);
  const key = Buffer.from(spill.key, 'hex');
  let part = 0;
  return {
    append(plain) {
      const nonce = randomBytes(spillCipher.nonceBytes);
      const cipher = createCipheriv(spillCipher.name, key, nonce);
      cipher.setAAD(Buffer.from(spillPart(spill.runId, part)));
      part += 1;
      const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      const length = Buffer.alloc(spillCipher.lengthBytes);
      length.writeUInt32BE(sealed.length);
      writeSync(file, Buffer.concat([length, sealed]));
    },
    close() {
      closeSync(file);
    },
  };
}
