import './lib/require-supported-node.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { buildIsStale } from './lib/freshness.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { hasDisplay, root } from './lib/places.mjs';
import { reportOnStandardError, runScript, say } from './lib/report.mjs';
import { ensureSystemPackages } from './lib/system.mjs';
import { keychainAnswers } from './lib/virtual-desktop.mjs';

const toll = path.join(root, 'dist/cli/toll.mjs');

/** How often it is looked whether npm still runs, in milliseconds. */
const parentCheckMs = 500;

/** @returns {Promise<{ command: string, commandArguments: string[] }>} The desktop app. */
async function desktopCommand(extra) {
  const { ensureElectron } = await import('./electron-runtime.mjs');
  const { sandboxSwitches } = await import('./lib/chromium-sandbox.mjs');
  await ensureSystemPackages('app');
  const runtime = await ensureElectron();
  return { command: runtime.executable, commandArguments: [...sandboxSwitches(runtime.dist), root, ...extra] };
}

/** @returns {Promise<{ command: string, commandArguments: string[] }>} The gateway without windows. */
async function headlessCommand(extra) {
  say('There is no display, so Tollkeeper starts without windows (headless).');
  const vault = extra.some((argument) => argument.startsWith('--vault')) ? [] : ['--vault', await headlessVault()];
  return { command: process.execPath, commandArguments: [toll, 'serve', ...vault, ...extra] };
}

/** The keychain where there is one; else the memory vault, said plainly, with the way to a lasting one. */
async function headlessVault() {
  if (process.env.DBUS_SESSION_BUS_ADDRESS || process.env.XDG_RUNTIME_DIR) {
    await ensureSystemPackages('headless', { required: false });
  }
  if (await keychainAnswers(process.env, root)) return 'keychain';
  say('There is no keychain either, so it starts with the memory vault. For an encrypted file that lasts:');
  say('  npm start -- --vault passphrase');
  return 'memory';
}

/**
 * Calls `stop` when npm is gone. A signal to npm alone ends its shell, and the shell passes nothing on; without this the gateway
 * would go on with nobody to stop it. Started without npm, it outlives the shell that typed it, as any program does.
 */
function endWithNpm(stop) {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, parentCheckMs);
  watch.unref();
}

async function main() {
  const extra = process.argv.slice(2);
  if (extra.includes('--json')) reportOnStandardError();
  await ensurePackages();
  if (buildIsStale()) {
    const { buildAll } = await import('./build.mjs');
    await buildAll();
  }
  const { command, commandArguments } = await (hasDisplay() ? desktopCommand(extra) : headlessCommand(extra));
  const env = { ...process.env };
  delete env.ELECTRON_RUN_AS_NODE;
  const child = spawn(command, commandArguments, { cwd: root, env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  endWithNpm(() => child.kill('SIGTERM'));
  const [code, signal] = await once(child, 'exit');
  process.exit(code ?? (signal === null ? 0 : 1));
}

await runScript(main);
