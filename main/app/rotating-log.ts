import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Log } from '#main/control/control-options.ts';

const maximumBytes = 2 * 1024 * 1024;

/**
 * The app's own log: one JSON line per event in `file` (mode 0600), kept under two megabytes by moving it to `file.1`.
 * A full disk costs lines, never the program.
 */
export function createRotatingLog(file: string, now: () => number): Log {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  let descriptor = openSync(file, 'a', 0o600);
  let size = statSync(file).size;

  function rotate(): void {
    closeSync(descriptor);
    renameSync(file, `${file}.1`);
    descriptor = openSync(file, 'a', 0o600);
    size = 0;
  }

  return (event, facts = {}) => {
    const line = `${JSON.stringify({ at: new Date(now()).toISOString(), event, ...facts })}\n`;
    try {
      if (size > maximumBytes) rotate();
      size += writeSync(descriptor, line);
    } catch {
      process.stderr.write(line);
    }
  };
}
