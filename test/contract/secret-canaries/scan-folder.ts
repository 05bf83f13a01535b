import { open, readdir } from 'node:fs/promises';
import path from 'node:path';

/** A place where a secret was found. */
export interface CanaryHit {
  readonly file: string;
  /** The encoding in which it stood there, such as `plain` or `base64`. */
  readonly encoding: string;
  /** Position in the file, in bytes. */
  readonly offset: number;
}

interface Needle {
  readonly encoding: string;
  readonly bytes: Buffer;
}

/** The part of the base64 form that stays the same whatever stands before and after the marker. */
function base64Core(marker: string, shift: number): string {
  const encoded = Buffer.from('x'.repeat(shift) + marker).toString('base64');
  const firstWhole = Math.ceil((shift * 8) / 6);
  const lastWhole = Math.floor(((shift + marker.length) * 8) / 6);
  return encoded.slice(firstWhole, lastWhole);
}

/** Every form in which the marker is looked for. */
function needlesFor(marker: string): readonly Needle[] {
  const utf16 = Buffer.from(marker, 'utf16le');
  const hex = Buffer.from(marker).toString('hex');
  return [
    { encoding: 'plain', bytes: Buffer.from(marker) },
    { encoding: 'utf-16', bytes: utf16 },
    { encoding: 'hex', bytes: Buffer.from(hex) },
    { encoding: 'hex', bytes: Buffer.from(hex.toUpperCase()) },
    ...[0, 1, 2].map((shift) => ({ encoding: 'base64', bytes: Buffer.from(base64Core(marker, shift)) })),
    { encoding: 'reversed', bytes: Buffer.from([...marker].reverse().join('')) },
  ];
}

const chunkBytes = 4 * 1024 * 1024;

async function scanFile(file: string, needles: readonly Needle[]): Promise<CanaryHit[]> {
  const overlap = Math.max(...needles.map((needle) => needle.bytes.length)) - 1;
  const buffer = Buffer.alloc(chunkBytes + overlap);
  const hits: CanaryHit[] = [];
  const found = new Set<Needle>();
  const handle = await open(file, 'r');
  try {
    let position = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      const window = buffer.subarray(0, bytesRead);
      for (const needle of needles) {
        const at = found.has(needle) ? -1 : window.indexOf(needle.bytes);
        if (at < 0) continue;
        found.add(needle);
        hits.push({ file, encoding: needle.encoding, offset: position + at });
      }
      if (bytesRead < buffer.length) return hits;
      position += chunkBytes;
    }
  } finally {
    await handle.close();
  }
}

/** What a search of a folder gave. */
export interface CanaryScan {
  readonly filesSearched: number;
  /** At most one hit per file and form. */
  readonly hits: readonly CanaryHit[];
}

/** Searches the names and contents of all files below a folder for a marker, in every form of {@link needlesFor}. */
export async function scanFolder(folder: string, marker: string): Promise<CanaryScan> {
  const needles = needlesFor(marker);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const hits: CanaryHit[] = [];
  let filesSearched = 0;
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.name.includes(marker)) hits.push({ file, encoding: 'file name', offset: 0 });
    if (!entry.isFile()) continue;
    filesSearched += 1;
    hits.push(...(await scanFile(file, needles)));
  }
  return { filesSearched, hits };
}
