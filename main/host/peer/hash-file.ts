import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';

/** SHA-256 of a file, hex; null when it can't be read. Never rejects. */
export type HashFile = (path: string) => Promise<string | null>;

const rememberedFiles = 64;

/**
 * Runs in a thread of its own: programs have a hundred megabytes and more. It is given as text, because a bundle of its own would
 * have to be found from the app, from `toll serve` and from tests.
 */
const hashInThread = `
const { createHash } = require('node:crypto');
const { createReadStream } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
const hash = createHash('sha256');
createReadStream(workerData, { highWaterMark: 1048576 })
  .on('data', (chunk) => hash.update(chunk))
  .on('error', () => parentPort.postMessage(null))
  .on('end', () => parentPort.postMessage(hash.digest('hex')));
`;

/**
 * Hashes off this thread, each version of a file once. A path of `/proc/PID/exe` is the program that really runs, also when its
 * file was replaced meanwhile.
 */
export function createHashFile(): HashFile {
  const known = new Map<string, Promise<string | null>>();
  return async (path) => {
    const version = await versionOf(path);
    if (version === null) return null;
    const hash = known.get(version) ?? hashOnce(path);
    known.delete(version);
    known.set(version, hash);
    for (const oldest of known.keys()) {
      if (known.size <= rememberedFiles) break;
      known.delete(oldest);
    }
    const value = await hash;
    if (value === null || (await versionOf(path)) !== version) known.delete(version);
    return value;
  };
}

async function versionOf(path: string): Promise<string | null> {
  const found = await stat(path, { bigint: true }).catch(() => null);
  if (found?.isFile() !== true) return null;
  return [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(':');
}

function hashOnce(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const worker = new Worker(hashInThread, { eval: true, workerData: path, env: {}, execArgv: [] });
    worker.once('message', (value: unknown) => resolve(typeof value === 'string' ? value : null));
    worker.once('error', () => resolve(null));
    worker.once('exit', () => resolve(null));
  });
}
