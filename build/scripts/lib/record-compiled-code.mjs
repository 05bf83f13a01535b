import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './places.mjs';

/** After it is ready Tollkeeper loads what the first call needs; milliseconds. */
const settleMs = 1_000;

const launcher = pathToFileURL(path.join(root, 'dist/main/headless.mjs')).href;
const { codeCacheOf, codeCachePath, loadHeadless } = await import(launcher);
const scripts = new Map();
const { serve } = loadHeadless((file, script) => scripts.set(file, script));

function keep() {
  for (const [file, script] of scripts) writeFileSync(codeCachePath(file), codeCacheOf(file, script));
  process.kill(process.pid, 'SIGTERM');
}

process.stdout.write = () => {
  setTimeout(keep, settleMs);
  return true;
};
process.exitCode = await serve({ port: 0, vaultKind: 'memory', json: true, version: '0.0.0', demo: false });
