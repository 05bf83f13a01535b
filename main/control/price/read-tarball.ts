import { gunzipSync } from 'node:zlib';
import { TollkeeperError } from '#shared/model/error.ts';

const blockBytes = 512;
const field = { name: [0, 100], size: [124, 136], type: [156, 157], prefix: [345, 500] } as const;
/** A regular file, in the old and in the POSIX form. */
const fileTypes = new Set(['0', '\0', '']);

function textOf(header: Buffer, [start, end]: readonly [number, number]): string {
  const bytes = header.subarray(start, end);
  const zero = bytes.indexOf(0);
  return bytes.toString('utf8', 0, zero === -1 ? bytes.length : zero);
}

function unpack(tarball: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(tarball, { maxOutputLength: maxBytes });
  } catch (cause) {
    throw new TollkeeperError('invalid_request', 'The package is damaged or too large.', { cause });
  }
}

/**
 * The bytes of one regular file in a gzipped tar archive (POSIX 1003.1 ustar), in memory; nothing is written to a disk, so no name in
 * it can lead anywhere. `maxBytes` bounds the unpacked archive. Throws `invalid_request` when it is damaged, too large or without that file.
 */
export function readFromTarball(tarball: Buffer, path: string, maxBytes: number): Buffer {
  const archive = unpack(tarball, maxBytes);
  let at = 0;
  while (at + blockBytes <= archive.length) {
    const header = archive.subarray(at, at + blockBytes);
    const name = textOf(header, field.name);
    if (name === '') {
      break;
    }
    const prefix = textOf(header, field.prefix);
    const size = Number.parseInt(textOf(header, field.size), 8);
    const start = at + blockBytes;
    if (!Number.isSafeInteger(size) || size < 0 || start + size > archive.length) {
      throw new TollkeeperError('invalid_request', 'The package is cut short.');
    }
    if ((prefix === '' ? name : `${prefix}/${name}`) === path && fileTypes.has(textOf(header, field.type))) {
      return archive.subarray(start, start + size);
    }
    at = start + Math.ceil(size / blockBytes) * blockBytes;
  }
  throw new TollkeeperError('invalid_request', `The package has no file ${path}.`);
}
