import './lib/require-supported-node.mjs';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { buildAll } from './build.mjs';
import { ensureElectron } from './electron-runtime.mjs';
import { ensurePackages } from './lib/packages.mjs';
import { root } from './lib/places.mjs';
import { runScript, say, step, WorkshopError } from './lib/report.mjs';

const output = path.join(root, 'release');

/** How a fuse wire spells on and off: the characters 1 and 0. */
const fuseBytes = { on: 0x31, off: 0x30 };

/** What each fuse of a packaged app must be, by its name in @electron/fuses. */
const requiredFuses = {
  RunAsNode: false,
  EnableCookieEncryption: true,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  LoadBrowserProcessSpecificV8Snapshot: false,
  GrantFileProtocolExtraPrivileges: false,
};

/** The packages for each platform, with the host whose files electron-builder downloads to make them. */
const targets = {
  linux: [
    { name: 'deb', tools: 'fpm' },
    { name: 'AppImage', tools: 'download' },
  ],
  darwin: [{ name: 'dmg', tools: 'none' }],
  win32: [{ name: 'nsis', tools: 'download' }],
};

/** @returns {string} The executable in the unpacked app. */
function packagedExecutable() {
  const folder = readdirSync(output).find((name) => /^(linux|mac|win)(-.*)?(-unpacked)?$/.test(name));
  const place = path.join(output, folder ?? '');
  if (process.platform === 'darwin') return path.join(place, 'Tollkeeper.app/Contents/MacOS/Tollkeeper');
  return path.join(place, process.platform === 'win32' ? 'Tollkeeper.exe' : 'tollkeeper');
}

/** Reads the fuses back from the packaged executable. One that is not as required fails the packaging. */
async function checkFuses(executable) {
  const { FuseV1Options, getCurrentFuseWire } = (await import('@electron/fuses')).default;
  const wire = await getCurrentFuseWire(executable);
  const wrong = Object.entries(requiredFuses).filter(
    ([name, wanted]) => wire[FuseV1Options[name]] !== (wanted ? fuseBytes.on : fuseBytes.off),
  );
  if (wrong.length > 0) {
    throw new WorkshopError(
      `These fuses of ${executable} are not as required: ${wrong.map(([name]) => name).join(', ')}`,
    );
  }
  for (const [name, wanted] of Object.entries(requiredFuses)) say(`  ${name}: ${wanted ? 'on' : 'off'}`);
}

/** Checks that the packaged app has one app to load, and carries the command-line tool. */
function checkContents(executable) {
  const resources =
    process.platform === 'darwin'
      ? path.resolve(path.dirname(executable), '../Resources')
      : path.join(path.dirname(executable), 'resources');
  const needed = [
    'app.asar',
    'toll/toll',
    'toll/dist/cli/toll.mjs',
    'toll/dist/main/headless.mjs',
    'toll/dist/main/headless.cjs',
    'toll/node_modules/keytar',
  ];
  const missing = needed.filter((name) => !existsSync(path.join(resources, name)));
  if (missing.length > 0) throw new WorkshopError(`${resources} lacks ${missing.join(', ')}`);
  if (existsSync(path.join(resources, 'default_app.asar')))
    throw new WorkshopError(`${resources} still has a default app`);
}

/** @returns {Promise<boolean>} Whether the files that electron-builder downloads for some targets can be had from here. */
async function downloadsAnswer() {
  try {
    const url = 'https://github.com/electron-userland/electron-builder-binaries/releases';
    return (await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(8000) })).ok;
  } catch {
    return false;
  }
}

/** @returns {Promise<{ possible: string[], skipped: string[] }>} Which targets can be made here, and why others can't. */
async function sortTargets() {
  const reachable = await downloadsAnswer();
  const possible = [];
  const skipped = [];
  for (const { name, tools } of targets[process.platform]) {
    if (tools === 'none' || reachable) possible.push(name);
    else if (tools === 'fpm' && existsSync('/usr/bin/dpkg-deb')) {
      process.env.CUSTOM_FPM_PATH ??= path.join(root, 'build/scripts/fpm-with-dpkg.mjs');
      possible.push(name);
    } else skipped.push(`${name}: its tools are downloaded from GitHub, which can't be reached from here`);
  }
  const elsewhere = Object.entries(targets).filter(([name]) => name !== process.platform);
  for (const [system, list] of elsewhere) {
    skipped.push(`${list.map(({ name }) => name).join(', ')}: made on ${system}, by the same command`);
  }
  return { possible, skipped };
}

/** Says what a runtime that is not the pinned one means for the result. */
function warnAboutRuntime(version, pinned) {
  if (version === pinned) return;
  say(
    `  This package holds Electron ${version}, because ${pinned} could not be downloaded: fit for trying, not for release.`,
  );
}

async function main() {
  if (targets[process.platform] === undefined)
    throw new WorkshopError(`There are no packages for ${process.platform}.`);
  await ensurePackages();
  const runtime = await ensureElectron();
  const { version: pinned } = JSON.parse(readFileSync(path.join(root, 'node_modules/electron/package.json'), 'utf8'));
  rmSync(output, { recursive: true, force: true });
  rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  await buildAll();
  const { possible, skipped } = await sortTargets();
  const config = { electronDist: runtime.dist, electronVersion: runtime.version };
  const { build, Platform } = await import('electron-builder');
  const platform = Platform.fromString(process.platform);
  const make = (names) => build({ targets: platform.createTarget(names), config, publish: 'never' });
  await step('Packing the app', () => make(['dir']));
  const executable = packagedExecutable();
  await step('Reading the fuses back', () => checkFuses(executable));
  checkContents(executable);
  const failed = [];
  for (const name of possible) {
    await step(`Making ${name}`, () => make([name])).catch((error) => failed.push(`${name}: ${error.message}`));
  }
  await checkFuses(executable);
  say(`\nThe unpacked app: ${executable}`);
  for (const name of readdirSync(output).filter((entry) => /\.(deb|AppImage|dmg|exe)$/.test(entry))) {
    say(`${name}: ${Math.round(statSync(path.join(output, name)).size / 1e6)} MB`);
  }
  warnAboutRuntime(runtime.version, pinned);
  for (const line of skipped) say(`Not made here: ${line}`);
  if (failed.length > 0) throw new WorkshopError(`Could not be made:\n${failed.join('\n')}`);
}

await runScript(main);
