import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A secret to look for, and what it is called when it is found. */
export interface SoughtSecret {
  readonly name: string;
  readonly secret: string;
}

/** Where to look. */
export interface SearchPlaces {
  /** Searched with everything below it; names too. */
  readonly folder: string;
  /** Processes whose arguments and environment are searched, where the system shows them as files. */
  readonly processIds: readonly number[];
}

/** What a search came to; places only, never what stands there. */
export interface SecretSearch {
  readonly searched: number;
  readonly found: readonly string[];
}

interface Needle {
  readonly name: string;
  readonly bytes: Buffer;
}

const chunkBytes = 1024 * 1024;
/** What is shorter may stand anywhere by chance. */
const shortestSecret = 16;

/** Looks for each secret as it is, in UTF-16, hex and base64, and backwards. What can't be read is passed over. */
export async function searchSecrets(places: SearchPlaces, secrets: readonly SoughtSecret[]): Promise<SecretSearch> {
  const needles = secrets.filter(({ secret }) => secret.length >= shortestSecret).flatMap(needlesFor);
  const files = await filesBelow(places.folder);
  const found: string[] = [];
  for (const file of files) {
    const inName = needles.filter(({ bytes }) => file.includes(bytes.toString('latin1')));
    const hits = new Set([...inName.map(({ name }) => name), ...(await searchFile(file, needles))]);
    found.push(...[...hits].map((name) => `${name} in ${inName.length > 0 ? 'the name of a file' : file}`));
  }
  for (const processId of places.processIds) {
    for (const part of ['cmdline', 'environ']) {
      const text = await readFile(`/proc/${processId}/${part}`).catch(() => Buffer.alloc(0));
      const hits = new Set(needles.filter(({ bytes }) => text.includes(bytes)).map(({ name }) => name));
      found.push(...[...hits].map((name) => `${name} in the ${part} of process ${processId}`));
    }
  }
  return { searched: files.length, found };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Reads piece by piece, with as much of the one before as a needle is long. */
async function searchFile(file: string, needles: readonly Needle[]): Promise<readonly string[]> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return [];
  const overlap = Math.max(1, ...needles.map(({ bytes }) => bytes.length)) - 1;
  const buffer = Buffer.alloc(chunkBytes + overlap);
  const names: string[] = [];
  try {
    for (let position = 0; ; position += chunkBytes) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      const piece = buffer.subarray(0, bytesRead);
      names.push(...needles.filter(({ bytes }) => piece.includes(bytes)).map(({ name }) => name));
      if (bytesRead < buffer.length) return names;
    }
  } finally {
    await handle.close();
  }
}

function needlesFor({ name, secret }: SoughtSecret): Needle[] {
  const hex = Buffer.from(secret).toString('hex');
  const forms = [
    Buffer.from(secret),
    Buffer.from(secret, 'utf16le'),
    Buffer.from(hex),
    Buffer.from(hex.toUpperCase()),
    Buffer.from([...secret].reverse().join('')),
    ...[0, 1, 2].map((shift) => Buffer.from(base64Core(secret, shift))),
  ];
  return forms.map((bytes) => ({ name, bytes }));
}

/** The part of the base64 form that stays the same whatever stands before and after. */
function base64Core(secret: string, shift: number): string {
  const encoded = Buffer.from('x'.repeat(shift) + secret).toString('base64');
  const { length } = Buffer.from(secret);
  return encoded.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + length) * 8) / 6));
}
