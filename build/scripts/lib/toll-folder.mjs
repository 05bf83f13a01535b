import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './places.mjs';
import { WorkshopError } from './report.mjs';

/** Bundles that only Electron can run. */
const forElectron = /^(app\.|gateway-electron\.)/;

/** Notes, types and the natives' own sources, which nothing reads at run time; by path below the root. */
const unneeded = /^node_modules\/(keytar\/(src|script|binding\.gyp)|koffi\/(vendor|doc))(\/|$)|\.(md|map|d\.[cm]?ts)$/;

/** @returns {string[]} The folders below the root of all packages that run-time dependencies reach, this platform's only. */
function runtimePackages() {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages)
    .filter(([place, entry]) => place !== '' && entry.dev !== true && entry.devOptional !== true && entry.peer !== true)
    .map(([place]) => place)
    .filter((place) => existsSync(path.join(root, place)));
}

/** Whether a file of keytar's prebuilds is for another platform than this one. */
function isForeignPrebuild(file) {
  const found = /\/prebuilds\/([^/]+)(\/|$)/.exec(file);
  return found !== null && found[1] !== `${process.platform}-${process.arch}`;
}

/**
 * Lays out the folder that packages ship as `resources/toll`: the CLI with its launchers, the headless gateway and what both
 * need at run time, all of it for plain Node.
 * @param {string} folder
 */
export function layOutTollFolder(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, 'dist/main'), { recursive: true });
  cpSync(path.join(root, 'dist/cli'), path.join(folder, 'dist/cli'), {
    recursive: true,
    filter: (file) => !file.endsWith('.map'),
  });
  const main = path.join(root, 'dist/main');
  for (const name of readdirSync(main)) {
    if (/\.[cm]js$/.test(name) && !forElectron.test(name))
      cpSync(path.join(main, name), path.join(folder, 'dist/main', name));
  }
  for (const place of runtimePackages()) {
    cpSync(path.join(root, place), path.join(folder, place), {
      recursive: true,
      filter: (file) => {
        const below = path.relative(root, file).split(path.sep).join('/');
        return !unneeded.test(below) && !isForeignPrebuild(below) && below !== `${place}/node_modules`;
      },
    });
  }
  const { name, version, type, license } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify({ name, version, type, license }, null, 2)}\n`);
  for (const launcher of ['toll', 'toll.cmd']) {
    cpSync(path.join(root, 'build/cli', launcher), path.join(folder, launcher));
    chmodSync(path.join(folder, launcher), 0o755);
  }
  if (!existsSync(path.join(folder, 'dist/cli/toll.mjs')))
    throw new WorkshopError('The build has no dist/cli/toll.mjs.');
}
