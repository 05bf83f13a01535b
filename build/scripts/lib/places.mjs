import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The repository's root folder. */
export const root = path.resolve(import.meta.dirname, '../../..');

/** Where downloads that outlive a checkout are kept: `TOLLKEEPER_CACHE_DIR`, else the OS's cache folder + `tollkeeper`. */
export function cacheFolder() {
  if (process.env.TOLLKEEPER_CACHE_DIR) return process.env.TOLLKEEPER_CACHE_DIR;
  if (process.platform === 'darwin') return path.join(os.homedir(), 'Library/Caches/tollkeeper');
  if (process.platform === 'win32') {
    return path.join(process.env.LOCALAPPDATA ?? path.join(os.homedir(), 'AppData/Local'), 'tollkeeper', 'cache');
  }
  return path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'tollkeeper');
}

/** Whether a window can be shown: always on macOS and Windows; on Linux when a display is named and, if local, its socket is there. */
export function hasDisplay() {
  if (process.platform === 'darwin' || process.platform === 'win32') return true;
  if (process.env.WAYLAND_DISPLAY) return true;
  const display = process.env.DISPLAY;
  if (!display) return false;
  const local = /^:(\d+)/.exec(display);
  return local === null || existsSync(`/tmp/.X11-unix/X${local[1]}`);
}

/** Whether this is the superuser, for whom Chromium needs `--no-sandbox`. */
export function isRoot() {
  return process.getuid?.() === 0;
}
