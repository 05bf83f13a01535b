#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * Stands in for fpm where it can't be downloaded: takes the arguments that electron-builder gives it for a deb, and makes the
 * package with dpkg-deb.
 */

/** Flags without a value. */
const switches = new Set(['--force', '--debug']);

/** @param {readonly string[]} commandLine */
function readArguments(commandLine) {
  const options = new Map();
  const depends = [];
  const recommends = [];
  const contents = [];
  for (let index = 0; index < commandLine.length; index += 1) {
    const argument = commandLine[index];
    if (switches.has(argument)) continue;
    if (!argument.startsWith('-')) {
      contents.push(argument);
      continue;
    }
    index += 1;
    if (argument === '-d') depends.push(commandLine[index]);
    else if (argument === '--deb-recommends') recommends.push(commandLine[index]);
    else options.set(argument, commandLine[index]);
  }
  return { options, depends, recommends, contents };
}

/** Copies one `SOURCE=TARGET` of fpm: a folder's content when the source ends in a slash. */
function place(content, folder) {
  const [source, target] = content.split('=');
  const destination = path.join(folder, target);
  mkdirSync(source.endsWith('/') ? destination : path.dirname(destination), { recursive: true });
  cpSync(source, destination, { recursive: true, verbatimSymlinks: true });
}

/** @param {string} place @returns {number} Size in bytes of all that lies below. */
function sizeOf(place) {
  return readdirSync(place, { withFileTypes: true }).reduce((sum, entry) => {
    const inner = path.join(place, entry.name);
    return sum + (entry.isDirectory() ? sizeOf(inner) : entry.isFile() ? statSync(inner).size : 0);
  }, 0);
}

function controlFile({ options, depends, recommends }, folder) {
  const description = (options.get('--description') ?? '').split('\n').map((line) => line.trim());
  const fields = {
    Package: options.get('--name'),
    Version: options.get('--version'),
    Architecture: options.get('--architecture'),
    Maintainer: options.get('--maintainer'),
    'Installed-Size': Math.ceil(sizeOf(folder) / 1024),
    Depends: depends.join(', '),
    Recommends: recommends.join(', '),
    Section: options.get('--category') ?? 'utils',
    Priority: options.get('--deb-priority') ?? 'optional',
    Homepage: options.get('--url'),
    Description: description.filter((line) => line !== '').join('\n '),
  };
  const lines = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '');
  return `${lines.map(([name, value]) => `${name}: ${value}`).join('\n')}\n`;
}

const request = readArguments(process.argv.slice(2));
const folder = mkdtempSync(path.join(os.tmpdir(), 'tollkeeper-deb-'));
try {
  chmodSync(folder, 0o755);
  for (const content of request.contents) place(content, folder);
  const control = controlFile(request, folder);
  mkdirSync(path.join(folder, 'DEBIAN'), { mode: 0o755 });
  writeFileSync(path.join(folder, 'DEBIAN/control'), control);
  for (const [option, script] of [
    ['--after-install', 'postinst'],
    ['--after-remove', 'postrm'],
  ]) {
    const source = request.options.get(option);
    if (source === undefined) continue;
    cpSync(source, path.join(folder, 'DEBIAN', script));
    chmodSync(path.join(folder, 'DEBIAN', script), 0o755);
  }
  const compression = (request.options.get('--deb-compression') ?? 'xz').replace('gz', 'gzip');
  const built = spawnSync(
    'dpkg-deb',
    [
      '--root-owner-group',
      `-Z${compression === 'gzip' ? 'gzip' : 'xz'}`,
      '-z2',
      '--build',
      folder,
      request.options.get('--package'),
    ],
    { stdio: 'inherit' },
  );
  process.exitCode = built.status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
