import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isRoot } from './places.mjs';
import { WorkshopError } from './report.mjs';

/** @param {string} file @returns {string | undefined} A kernel setting's value, undefined where the kernel has none. */
function kernelSetting(file) {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Whether the kernel lets an ordinary user make the namespaces that Chromium's sandbox is built on. */
function namespacesAreOpen() {
  return (
    kernelSetting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') !== '1' &&
    kernelSetting('/proc/sys/kernel/unprivileged_userns_clone') !== '0' &&
    kernelSetting('/proc/sys/user/max_user_namespaces') !== '0'
  );
}

/** @param {string} helper @returns {boolean} Whether Chromium's own sandbox helper belongs to root and runs as root. */
function helperIsSet(helper) {
  const status = statSync(helper, { throwIfNoEntry: false });
  return status !== undefined && status.uid === 0 && (status.mode & 0o4000) !== 0;
}

/**
 * The command-line switches that Electron needs for its sandbox here: none, but `--no-sandbox` for the superuser, for whom
 * Chromium has no sandbox. Where the kernel withholds what the sandbox needs, the error names the two commands that give it.
 * @param {string} dist The Electron distribution's folder.
 * @returns {string[]}
 */
export function sandboxSwitches(dist) {
  if (process.platform !== 'linux') return [];
  if (isRoot()) return ['--no-sandbox'];
  const helper = path.join(dist, 'chrome-sandbox');
  if (namespacesAreOpen() || helperIsSet(helper)) return [];
  throw new WorkshopError(
    "This system withholds what Chromium's sandbox needs. Give Electron's own helper the right to set it up:\n\n" +
      `  sudo chown root:root '${helper}'\n  sudo chmod 4755 '${helper}'\n\nand run the same command again.`,
  );
}
