import { type FactsFrame, readFacts } from '#shared/contract/read-facts.ts';
import type { Log } from '../control-options.ts';

/** Puts a gateway's bytes together to lines and reads them. */
export interface FactsReader {
  /** The lines that these bytes complete. What can't be read is logged and left out; a gap in the numbers is logged. */
  read(bytes: Uint8Array): readonly FactsFrame[];
}

const lineEnd = 0x0a;
const nothing = Buffer.alloc(0);

/** Makes a reader for one run of the gateway. */
export function createFactsReader(log: Log): FactsReader {
  let rest: Buffer = nothing;
  let sequence = 0;

  function check(line: string): FactsFrame | null {
    const frame = readFacts(line);
    if (frame === null) {
      log('facts-refused', { after: sequence });
      return null;
    }
    if (frame.sequence !== sequence + 1) log('facts-missing', { after: sequence, before: frame.sequence });
    sequence = frame.sequence;
    return frame;
  }

  return {
    read(bytes) {
      const all =
        rest.length === 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : Buffer.concat([rest, bytes]);
      const end = all.at(-1) === lineEnd ? all.length : all.lastIndexOf(lineEnd) + 1;
      rest = end === all.length ? nothing : Buffer.from(all.subarray(end));
      if (end === 0) return [];
      const lines = all.toString('utf8', 0, end - 1).split('\n');
      return lines.map(check).filter((frame) => frame !== null);
    },
  };
}
