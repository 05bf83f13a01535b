import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { WorkshopError } from './report.mjs';
import { run } from './run.mjs';

/** How long each part of the desktop may take to come up, in milliseconds. */
const startTimeoutMs = 20_000;

/** Unlocks the throw-away keyring; it protects nothing but test data in a folder that is thrown away. */
const keyringPassword = 'tollkeeper-test-keyring';

/** The first line that a stream gives, or a clear failure when its process ends or stays silent. */
async function firstLine(child, stream, what) {
  const lines = createInterface({ input: stream });
  const line = await Promise.race([
    once(lines, 'line').then(([text]) => text),
    once(child, 'error').then(([error]) => {
      throw new WorkshopError(`${what} could not be started: ${error.message}`);
    }),
    once(child, 'exit').then(([code]) => {
      throw new WorkshopError(`${what} ended at once (exit ${code}).`);
    }),
    once(AbortSignal.timeout(startTimeoutMs), 'abort').then(() => {
      throw new WorkshopError(`${what} did not come up within ${startTimeoutMs / 1000} s.`);
    }),
  ]);
  return line;
}

/** Fresh home and XDG folders below `folder`, as environment variables. @param {string} folder */
function freshHome(folder) {
  const places = {
    HOME: folder,
    XDG_CONFIG_HOME: path.join(folder, '.config'),
    XDG_DATA_HOME: path.join(folder, '.local/share'),
    XDG_STATE_HOME: path.join(folder, '.local/state'),
    XDG_CACHE_HOME: path.join(folder, '.cache'),
    XDG_RUNTIME_DIR: path.join(folder, 'runtime'),
  };
  for (const place of Object.values(places)) mkdirSync(place, { recursive: true, mode: 0o700 });
  return places;
}

/**
 * Starts a desktop nobody sees: an X server, a D-Bus session, an unlocked gnome-keyring, a window manager and a tray, on a
 * fresh home folder. Everything ends with `stop`.
 * @param {string} folder Where its home and runtime folders are made.
 * @param {{ screen?: string, env?: NodeJS.ProcessEnv }} [options] `screen` is WIDTHxHEIGHTxDEPTH; `env` is what to build on.
 * @returns {Promise<{ env: NodeJS.ProcessEnv, stop: () => Promise<void> }>} `env` is what a program on that desktop needs.
 */
export async function startVirtualDesktop(folder, { screen = '1600x1000x24', env: base = process.env } = {}) {
  const env = { ...base, ...freshHome(folder), XDG_CURRENT_DESKTOP: 'X-Tollkeeper', XDG_SESSION_TYPE: 'x11' };
  for (const name of ['WAYLAND_DISPLAY', 'DBUS_SESSION_BUS_ADDRESS', 'SSH_AUTH_SOCK', 'GNOME_KEYRING_CONTROL']) {
    delete env[name];
  }
  const children = [];
  const start = (command, commandArguments, stdio) => {
    const child = spawn(command, commandArguments, { env, cwd: folder, stdio });
    child.on('error', () => undefined);
    children.push(child);
    return child;
  };
  const stop = async () => {
    for (const child of children.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
  };
  try {
    const server = start(
      'Xvfb',
      ['-displayfd', '3', '-screen', '0', screen, '-nolisten', 'tcp', '-noreset', '+extension', 'RANDR'],
      ['ignore', 'ignore', 'ignore', 'pipe'],
    );
    env.DISPLAY = `:${await firstLine(server, server.stdio[3], 'Xvfb')}`;
    const bus = start('dbus-daemon', ['--session', '--nofork', '--print-address=1'], ['ignore', 'pipe', 'ignore']);
    env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus, bus.stdout, 'dbus-daemon');
    await unlockKeyring(env);
    start('openbox', ['--sm-disable'], 'ignore');
    start('trayer', ['--edge', 'top', '--align', 'right', '--widthtype', 'request', '--height', '28'], 'ignore');
  } catch (error) {
    await stop();
    throw error;
  }
  return { env, stop };
}

/** Starts gnome-keyring in the session and unlocks it; the daemon goes when its bus goes. @param {NodeJS.ProcessEnv} env */
async function unlockKeyring(env) {
  const { code, output } = await run('gnome-keyring-daemon', ['--unlock', '--components=secrets', '--daemonize'], {
    env,
    input: keyringPassword,
    timeoutMs: startTimeoutMs,
  });
  if (code !== 0) throw new WorkshopError(`gnome-keyring-daemon did not start (exit ${code}): ${output.trim()}`);
}

/**
 * Whether programs with this environment can use the OS keychain: one read with a deadline, in a process of its own.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} cwd A folder below which the keytar package is found.
 * @returns {Promise<boolean>}
 */
export async function keychainAnswers(env, cwd) {
  const probe =
    "require('keytar').getPassword('tollkeeper', 'probe').then(() => process.exit(0), () => process.exit(1))";
  const { code } = await run(process.execPath, ['-e', probe], { env, cwd, timeoutMs: 5000 });
  return code === 0;
}
