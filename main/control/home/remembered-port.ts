import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HomePaths } from '#shared/contract/home.ts';
import { settingsSchema } from '#shared/model/settings.ts';

/**
 * The port setting once more, outside the encrypted database: while the vault is locked the settings can't be read, and the
 * gateway still has to listen where tools expect it.
 */
export function readRememberedPort(paths: HomePaths): number {
  const fallback = settingsSchema.parse({}).port;
  try {
    const found = settingsSchema.shape.port.safeParse(Number(readFileSync(portFile(paths), 'utf8')));
    return found.success ? found.data : fallback;
  } catch {
    return fallback;
  }
}

/** Keeps the port for the next start. */
export function rememberPort(paths: HomePaths, port: number): void {
  writeFileSync(portFile(paths), `${port}\n`, { mode: 0o600 });
}

function portFile(paths: HomePaths): string {
  return join(paths.home, 'port');
}
