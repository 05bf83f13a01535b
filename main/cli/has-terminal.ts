import { closeSync, openSync } from 'node:fs';

/**
 * True when a terminal belongs to this process, even if none of its streams leads there: a tool in a terminal that pipes our
 * output still has one, a service has none. Where the system offers no such question (Windows), only the streams tell.
 */
export function hasTerminal({ stdin, stdout, stderr, platform }: NodeJS.Process): boolean {
  if (stdin.isTTY || stdout.isTTY || stderr.isTTY) return true;
  if (platform === 'win32') return true;
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
