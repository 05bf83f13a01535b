import './lib/require-supported-node.mjs';
import { chmodSync, cpSync, existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { keepCompiledCode, startBundles } from './lib/compiled-code.mjs';
import { buildStamp } from './lib/freshness.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { root } from './lib/places.mjs';
import { runScript, say, step, WorkshopError } from './lib/report.mjs';

/** The bundles by name; each has its Vite configuration in build/vite. */
export const bundles = ['app', 'headless', 'launch', 'gateway', 'ledger', 'cli', 'preload', 'renderer'];

/** @param {string} name @returns {string} The path of a bundle's Vite configuration. */
export const bundleConfig = (name) => path.join(root, `build/vite/${name}.config.ts`);

/**
 * Builds bundles into dist/. One bundle's failure does not stop the others; it fails the build at the end. Files are replaced in
 * place, so that a running app keeps what it has not loaded yet.
 * @param {readonly string[]} names
 */
export async function buildAll(names = bundles) {
  const { build, loadConfigFromFile } = await import('vite');
  mkdirSync(path.join(root, 'dist'), { recursive: true });
  const startedAt = new Date();
  const failures = [];
  for (const name of names) {
    await step(`Building ${name}`, async () => {
      const configFile = bundleConfig(name);
      const loaded = await loadConfigFromFile({ command: 'build', mode: 'production' }, configFile);
      const input = loaded?.config.build?.rollupOptions?.input ?? {};
      if (Object.keys(input).length === 0) return say(`  ${name} has no sources yet`);
      await build({ configFile });
    }).catch((error) => failures.push(`${name}: ${error.message}`));
  }
  cpSync(path.join(root, 'build/icons'), path.join(root, 'dist/icons'), { recursive: true });
  const toll = path.join(root, 'dist/cli/toll.mjs');
  if (existsSync(toll)) chmodSync(toll, 0o755);
  if (failures.length === 0 && names.some((name) => startBundles.includes(name)))
    await step('Keeping compiled code', keepCompiledCode);
  if (failures.length > 0) throw new WorkshopError(`The build failed.\n${failures.join('\n')}`);
  if (names !== bundles) return;
  writeFileSync(buildStamp, '');
  utimesSync(buildStamp, startedAt, startedAt);
}

if (process.argv[1] === import.meta.filename) {
  await runScript(async () => {
    await ensurePackages();
    const names = process.argv.slice(2);
    const unknown = names.find((name) => !bundles.includes(name));
    if (unknown !== undefined) throw new WorkshopError(`There is no bundle ${unknown}. Bundles: ${bundles.join(' ')}`);
    await buildAll(names.length > 0 ? names : bundles);
  });
}
