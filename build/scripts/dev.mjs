import './lib/require-supported-node.mjs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buildAll, bundleConfig, bundles } from './build.mjs';
import { ensureElectron } from './electron-runtime.mjs';
import { sandboxSwitches } from './lib/chromium-sandbox.mjs';
import { buildIsStale } from './lib/freshness.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { hasDisplay, root } from './lib/places.mjs';
import { runScript, say, WorkshopError } from './lib/report.mjs';
import { ensureSystemPackages } from './lib/system.mjs';

/** How long changes are collected before the app restarts, in milliseconds. */
const settleMs = 200;

/** Rebuilds a bundle on every change. @param {string} name @param {() => void} onRebuilt Not called for the first build. */
async function watchBundle(name, onRebuilt) {
  const { build } = await import('vite');
  const watcher = await build({ configFile: bundleConfig(name), build: { watch: {}, emptyOutDir: false } });
  let isFirst = true;
  await new Promise((resolve) => {
    watcher.on('event', (event) => {
      if (event.code === 'ERROR') say(`✗ ${name}: ${event.error.message}`);
      if (event.code !== 'END' && event.code !== 'ERROR') return;
      if (!isFirst && event.code === 'END') onRebuilt();
      isFirst = false;
      resolve();
    });
  });
  return watcher;
}

/** The app as one restartable thing. @param {() => { command: string, commandArguments: string[], env: NodeJS.ProcessEnv }} launchOf */
function restartable(launchOf) {
  let child;
  let restarting = false;
  const start = () => {
    const { command, commandArguments, env } = launchOf();
    child = spawn(command, commandArguments, { cwd: root, env, stdio: 'inherit' });
    child.once('exit', (code) => {
      if (!restarting) process.exit(code ?? 0);
    });
  };
  const restart = async () => {
    if (restarting) return;
    restarting = true;
    say('↻ main process changed: restarting');
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    restarting = false;
    start();
  };
  return { start, restart, stop: () => child.kill('SIGTERM') };
}

/** `npm run dev`: windows reload as they are edited; the main process, gateway and preload are rebuilt and the app restarts. */
async function main() {
  if (!hasDisplay())
    throw new WorkshopError('npm run dev needs a display. Without one: npm run desktop -- npm run dev');
  await ensurePackages();
  await ensureSystemPackages('app');
  const { createServer } = await import('vite');
  if (buildIsStale()) await buildAll();
  const runtime = await ensureElectron();
  const server = await createServer({ configFile: bundleConfig('renderer') });
  await server.listen();
  const url = (server.resolvedUrls?.local[0] ?? '').replace(/\/$/, '');
  const app = restartable(() => ({
    command: runtime.executable,
    commandArguments: [...sandboxSwitches(runtime.dist), root, ...process.argv.slice(2)],
    env: { ...process.env, TOLLKEEPER_RENDERER_URL: url },
  }));
  let timer;
  const settle = () => {
    clearTimeout(timer);
    timer = setTimeout(app.restart, settleMs);
  };
  const watchers = [];
  for (const name of bundles.filter((bundle) => bundle !== 'renderer')) watchers.push(await watchBundle(name, settle));
  say(`Windows are served with hot reload from ${url}`);
  app.start();
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, app.stop);
}

await runScript(main);
