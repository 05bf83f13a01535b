import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

/** Arguments of Electron itself that take a value: modules to load before the app. */
const preloadFlags = new Set(['-r', '--require']);

const commandLine = process.argv.slice(1);
const preloads = [];
let target;
for (let index = 0; index < commandLine.length && target === undefined; index += 1) {
  const argument = commandLine[index];
  if (preloadFlags.has(argument)) {
    index += 1;
    preloads.push(path.resolve(commandLine[index]));
  } else if (!argument.startsWith('-')) {
    target = path.resolve(argument);
  }
}

if (target === undefined) {
  process.stderr.write('usage: electron [options] FOLDER|FILE [arguments]\n');
  process.exit(2);
}

/** What the official runtime does for `electron FOLDER`: the app takes its name, version and folders from its package. */
function adoptPackage(folder) {
  const description = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const name = description.productName ?? description.name;
  if (description.version) app.setVersion(description.version);
  if (name) app.setName(name);
  if (description.desktopName) app.setDesktopName(description.desktopName);
  app.setAppPath(folder);
  if (name) app.setPath('userData', path.join(app.getPath('appData'), name));
  return path.resolve(folder, description.main ?? 'index.js');
}

process.defaultApp = true;
const require = createRequire(path.join(process.cwd(), 'electron.js'));
for (const preload of preloads) require(preload);
const isFile = /\.[cm]?js$/.test(target);
const entry = isFile ? target : adoptPackage(target);
if (isFile) app.setAppPath(path.dirname(target));
await import(pathToFileURL(entry).href);
