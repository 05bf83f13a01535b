import './lib/require-supported-node.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureElectron } from './electron-runtime.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { cacheFolder } from './lib/places.mjs';
import { reportOnStandardError, runScript, say, WorkshopError } from './lib/report.mjs';
import { ensureSystemPackages } from './lib/system.mjs';
import { startVirtualDesktop } from './lib/virtual-desktop.mjs';

/**
 * `npm run desktop -- COMMAND …`: runs a command on a fresh virtual desktop (X server, D-Bus, unlocked gnome-keyring, tray) with
 * TOLLKEEPER_ELECTRON naming the Electron executable, and passes on its exit code.
 */
async function main() {
  const [command, ...commandArguments] = process.argv
    .slice(2)
    .filter((argument, index) => index > 0 || argument !== '--');
  if (command === undefined) throw new WorkshopError('usage: npm run desktop -- COMMAND [ARGUMENTS]');
  if (process.platform !== 'linux') throw new WorkshopError('The virtual desktop is for Linux.');
  reportOnStandardError();
  await ensurePackages();
  await ensureSystemPackages('test');
  const runtime = await ensureElectron();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tollkeeper-desktop-'));
  const cache = cacheFolder();
  const desktop = await startVirtualDesktop(folder);
  say(`Desktop on ${desktop.env.DISPLAY}, home ${folder}`);
  try {
    const child = spawn(command, commandArguments, {
      stdio: 'inherit',
      env: {
        ...desktop.env,
        TOLLKEEPER_ELECTRON: runtime.executable,
        TOLLKEEPER_ELECTRON_DIST: runtime.dist,
        TOLLKEEPER_CACHE_DIR: cache,
      },
    });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    const [code, signal] = await once(child, 'exit');
    process.exitCode = code ?? (signal ? 1 : 0);
  } finally {
    await desktop.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

await runScript(main);
