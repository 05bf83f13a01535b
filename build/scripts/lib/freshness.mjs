import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { root } from './places.mjs';

const sources = [
  'main',
  'renderer',
  'shared',
  'build/vite',
  'build/icons',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

/** The file that a finished build leaves behind; its time is the build's. */
export const buildStamp = path.join(root, 'dist/.built');

/** @param {string} place @returns {number} The latest change below a file or folder, in milliseconds; 0 when it does not exist. */
function newestChange(place) {
  const status = statSync(place, { throwIfNoEntry: false });
  if (status === undefined) return 0;
  if (!status.isDirectory()) return status.mtimeMs;
  return readdirSync(place).reduce(
    (newest, name) => Math.max(newest, newestChange(path.join(place, name))),
    status.mtimeMs,
  );
}

/** Whether a source is newer than the last finished build, or there is none. */
export function buildIsStale() {
  const built = statSync(buildStamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return sources.some((source) => newestChange(path.join(root, source)) > built);
}
