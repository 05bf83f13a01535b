import { existsSync } from 'node:fs';
import { isRoot } from './places.mjs';
import { say, step, WorkshopError } from './report.mjs';
import { run, runOrFail } from './run.mjs';

/** What Electron links against on Debian and its relatives. */
const electronLibraries = [
  'libgtk-3-0',
  'libgbm1',
  'libasound2',
  'libnss3',
  'libxss1',
  'libatk-bridge2.0-0',
  'libdrm2',
  'libcups2',
  'libnotify4',
  'libxtst6',
  'libsecret-1-0',
];

/** System packages by purpose, in Debian's names. */
export const systemPackages = {
  headless: ['libsecret-1-0'],
  app: electronLibraries,
  test: [
    ...electronLibraries,
    'xvfb',
    'xauth',
    'dbus',
    'dbus-x11',
    'gnome-keyring',
    'openbox',
    'trayer',
    'xdotool',
    'x11-utils',
    'imagemagick',
    'fonts-dejavu-core',
  ],
};

/** The same libraries for the other families, by the command that installs them. */
const otherFamilies = [
  [
    '/usr/bin/dnf',
    'sudo dnf install gtk3 mesa-libgbm alsa-lib nss libXScrnSaver at-spi2-atk libdrm cups-libs libnotify libXtst libsecret',
  ],
  [
    '/usr/bin/pacman',
    'sudo pacman -S --needed gtk3 mesa alsa-lib nss libxss at-spi2-core libdrm libcups libnotify libxtst libsecret',
  ],
  [
    '/usr/bin/zypper',
    'sudo zypper install gtk3 libgbm1 alsa mozilla-nss libXss1 at-spi2-atk libdrm2 libcups2 libnotify4 libXtst6 libsecret-1-0',
  ],
];

/** Debian 13 and Ubuntu 24.04 renamed some libraries for 64-bit time. @param {string} name */
const namesOf = (name) => [name, `${name}t64`];

/** @param {readonly string[]} names @returns {Promise<string[]>} Those of the names that are not installed, under either name. */
async function missingDebianPackages(names) {
  const asked = names.flatMap(namesOf);
  const { output } = await run('dpkg-query', ['-W', `-f=\${Package} \${db:Status-Status}\n`, ...asked]);
  const installed = new Set(
    output.split('\n').flatMap((line) => (line.endsWith(' installed') ? [line.split(' ')[0]] : [])),
  );
  return names.filter((name) => !namesOf(name).some((candidate) => installed.has(candidate)));
}

/** @param {string} name @returns {Promise<string>} The name under which this release of Debian or Ubuntu has the package. */
async function availableName(name) {
  for (const candidate of namesOf(name)) {
    const { output } = await run('apt-cache', ['policy', candidate]);
    if (/Candidate: (?!\(none\))/.test(output)) return candidate;
  }
  return name;
}

/** @param {readonly string[]} missing */
async function installDebianPackages(missing) {
  await step('Reading the package lists with apt-get update', () => runOrFail('apt-get', ['update', '-q']));
  const names = await Promise.all(missing.map(availableName));
  await step(`Installing system packages: ${names.join(' ')}`, () =>
    runOrFail('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...names], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }),
  );
}

/**
 * Makes sure that the system packages for a purpose are there: installs them as root on Debian and its relatives, elsewhere
 * names the exact command. Does nothing on macOS and Windows, which bring all that is needed.
 * @param {keyof typeof systemPackages} purpose
 * @param {{ required?: boolean }} [options] `required: false` only says what is missing and goes on.
 */
export async function ensureSystemPackages(purpose, { required = true } = {}) {
  if (process.platform !== 'linux') return;
  if (!existsSync('/usr/bin/dpkg-query')) {
    const family = otherFamilies.find(([tool]) => existsSync(tool));
    if (family !== undefined)
      say(`If a library turns out to be missing, this installs what Tollkeeper uses: ${family[1]}`);
    return;
  }
  const missing = await missingDebianPackages(systemPackages[purpose]);
  if (missing.length === 0) return;
  if (isRoot()) return installDebianPackages(missing);
  const names = await Promise.all(missing.map(availableName));
  const message = `System packages are missing. Install them with:\n\n  sudo apt-get install -y ${names.join(' ')}\n`;
  if (required) throw new WorkshopError(`${message}\nand run the same command again.`);
  say(message);
}
