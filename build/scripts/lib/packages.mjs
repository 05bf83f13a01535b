import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './places.mjs';
import { step } from './report.mjs';
import { runOrFail } from './run.mjs';

/** @param {string} file */
function readLock(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Whether `node_modules` holds what `package-lock.json` names. Optional packages (other platforms' binaries) may be absent.
 * @returns {boolean}
 */
export function packagesAreCurrent() {
  const wanted = readLock(path.join(root, 'package-lock.json'));
  const installed = readLock(path.join(root, 'node_modules/.package-lock.json'));
  if (wanted === undefined || installed === undefined) return false;
  return Object.entries(wanted).every(([place, entry]) => {
    if (place === '') return true;
    const found = installed[place];
    if (found === undefined) return entry.optional === true || entry.devOptional === true || entry.peer === true;
    return found.version === entry.version;
  });
}

/**
 * Installs the locked packages when they are missing or differ from the lock. No install script of any package is run. Not
 * `npm ci`: it refuses a lock that was written where a registry lacks some other platform's optional binary.
 */
export async function ensurePackages() {
  if (packagesAreCurrent()) return;
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await step('Installing the packages of package-lock.json with npm', () =>
    runOrFail(npm, ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
    }),
  );
}
