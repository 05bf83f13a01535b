import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './places.mjs';
import { say } from './report.mjs';

/** Bundles that a start of `toll serve` needs; with one of them built anew its compiled code is made anew. */
export const startBundles = ['headless', 'launch', 'gateway', 'ledger'];

const needed = ['headless.mjs', 'headless.cjs', 'gateway-node.mjs', 'ledger-worker.mjs'];
const deadlineMs = 60_000;

/**
 * Starts the built `toll serve` once, in a home of its own, and keeps what Node compiled for that beside the bundle: later starts with
 * the same Node take it from there. Without it they only take longer, so that a failure is told and no more.
 */
export async function keepCompiledCode() {
  if (!needed.every((name) => existsSync(path.join(root, 'dist/main', name))))
    return say('  not everything is built yet');
  const home = mkdtempSync(path.join(tmpdir(), 'toll-build-'));
  try {
    const script = path.join(import.meta.dirname, 'record-compiled-code.mjs');
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, TOLLKEEPER_HOME: home },
      stdio: ['ignore', 'ignore', 'ignore'],
      timeout: deadlineMs,
    });
    const code = await new Promise((resolve) => {
      child.once('error', () => resolve(null));
      child.once('exit', resolve);
    });
    if (code !== 0) say('  left out: Tollkeeper did not start here, so it will compile at every start');
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
