import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Control } from '#main/control/control.ts';
import type { Log } from '#main/control/control-options.ts';
import { createControl } from '#main/control/create-control.ts';
import { watchLoginSession } from '#main/host/login-session.ts';
import { readNetworkSurroundings } from '#main/host/network/network-surroundings.ts';
import { createPeerIdentifier } from '#main/host/peer/identify-peer.ts';
import { createPresence } from '#main/host/presence/create-presence.ts';
import { createScreenLock } from '#main/host/screen-lock.ts';
import { watchSessionLock } from '#main/host/session-lock.ts';
import { spawnNodeGateway } from '#main/host/spawn-gateway-node.ts';
import { startAhead } from '#main/host/start-ahead.ts';
import { openVault } from '#main/host/vault/open-vault.ts';
import { type HomePaths, type HomeSurroundings, homePaths } from '#shared/contract/home.ts';
import type { StartGateway } from '#shared/contract/port.ts';
import type { ReadyFile } from '#shared/contract/status.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import type { Vault, VaultKind } from '#shared/model/vault.ts';
import { askPassphrase } from './ask-passphrase.ts';
import { startDemo } from './demo/demo.ts';
import { createDemoHome } from './demo/demo-home.ts';
import { createNetworkFetch } from './network-fetch.ts';
import { systemClock } from './system-clock.ts';

/** How `toll serve` was called. */
export interface ServeOptions {
  /** From the command line or TOLLKEEPER_PORT; null takes the setting. */
  readonly port: number | null;
  readonly vaultKind: VaultKind;
  /** One line of JSON when ready, instead of sentences. */
  readonly json: boolean;
  readonly version: string;
  /** With a pretend provider and a pretend tool, in a home of its own that is removed at the end. */
  readonly demo: boolean;
}

/** How long open streams may go on after a signal, in milliseconds; with what follows it stays below the contract's 5 s. */
const graceMs = 3_000;

/** After so long nothing keeps the process alive any more, in milliseconds from the signal. */
const endsWithinMs = 4_700;
const demoWordDelayMs = 60;

/**
 * Runs Tollkeeper without Electron until SIGTERM or SIGINT. Resolves with the exit code and never rejects: what went wrong is
 * on stderr.
 */
export async function serve(options: ServeOptions): Promise<number> {
  const home = options.demo ? await createDemoHome() : null;
  try {
    await serveIn(homePaths(surroundings(), home?.home), options);
    return 0;
  } catch (error) {
    reportFailure(error, options.json);
    return 1;
  } finally {
    await home?.remove();
  }
}

async function serveIn(paths: HomePaths, options: ServeOptions): Promise<void> {
  const ended = waitForSignal();
  const gateway = startAhead(() => spawnNodeGateway({ entry: fileURLToPath(besideThis('gateway-node.mjs')), log }));
  try {
    await serveWith(gateway.startGateway, { paths, options, ended });
  } finally {
    gateway.discard();
  }
}

async function serveWith(
  startGateway: StartGateway,
  {
    paths,
    options,
    ended,
  }: { readonly paths: HomePaths; readonly options: ServeOptions; readonly ended: Promise<void> },
): Promise<void> {
  const vault = await openUsableVault(paths, options);
  const networkFetch = createNetworkFetch();
  const control = await createControl({
    paths,
    mode: 'headless',
    version: options.version,
    port: options.port,
    vault,
    clock: systemClock,
    random: (bytes) => randomBytes(bytes),
    fetch: networkFetch.fetch,
    network: { ...readNetworkSurroundings(process.env), use: networkFetch.use },
    startGateway,
    peers: createPeerIdentifier(),
    presence: () => createPresence({ platform: process.platform, environment: process.env, touchId: null }),
    ledgerWorker: besideThis('ledger-worker.mjs'),
    log,
  });
  announce(control, { paths, options });
  followScreenLock(control);
  const demo = options.demo ? await playDemo(control, paths) : null;
  await ended;
  await demo?.close();
  await control.close(graceMs);
}

/** A bundle in the same folder as this one. */
function besideThis(name: string): URL {
  return new URL(name, import.meta.url);
}

function surroundings(): HomeSurroundings {
  return {
    environment: process.env,
    platform: process.platform,
    homeDirectory: homedir(),
    userName: userInfo().username,
  };
}

function waitForSignal(): Promise<void> {
  return new Promise((resolve) => {
    const signals = ignoresHangup() ? (['SIGTERM', 'SIGINT'] as const) : (['SIGTERM', 'SIGINT', 'SIGHUP'] as const);
    for (const signal of signals) {
      process.on(signal, () => {
        endInTime();
        resolve();
      });
    }
  });
}

/** Something that waits for a bus, a disk or a keychain must not outlive the signal: what is written by then is whole, and the rest is journalled. */
function endInTime(): void {
  setTimeout(() => {
    log('ended-late', { waitingFor: [...new Set(process.getActiveResourcesInfo())] });
    process.exit(process.exitCode ?? 1);
  }, endsWithinMs).unref();
}

/** True when it was started with nohup: a handler of ours would undo that. Only Linux can tell. */
function ignoresHangup(): boolean {
  try {
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    return ignored !== undefined && (BigInt(`0x${ignored}`) & 1n) === 1n;
  } catch {
    return false;
  }
}

/** A locked keychain is waited for; a missing one is refused, since falling back would be silent. */
async function openUsableVault(paths: HomePaths, options: ServeOptions): Promise<Vault> {
  const kind = options.demo ? 'memory' : options.vaultKind;
  const vault = await openVault(kind, {
    home: paths.home,
    defaultHome: !process.env.TOLLKEEPER_HOME,
    askPassphrase: (question) =>
      askPassphrase({ environment: process.env, stdin: process.stdin, stderr: process.stderr }, question),
  });
  const status = await vault.status();
  if (status.state === 'unavailable') throw new TollkeeperError('vault_unavailable', status.message);
  if (status.state === 'locked') log('vault-locked', { message: status.message });
  return vault;
}

/** A server has no screen, but a session may have one, and every machine can sleep. */
function followScreenLock(control: Control): void {
  createScreenLock({
    platform: process.platform,
    monitor: null,
    watchSession: (listener) => watchSessionLock(process.env, listener),
    watchLogin: (listener) => watchLoginSession(process.env, listener),
  })
    .then((screenLock) => screenLock.onChange(control.away))
    .catch((error: unknown) => log('screen-lock-not-watched', { reason: toErrorDocument(error).code }));
}

function announce(
  control: Control,
  { paths, options }: { readonly paths: HomePaths; readonly options: ServeOptions },
): void {
  const gateway = control.gatewayUrl;
  if (gateway === null) throw new TollkeeperError('internal');
  const ready: ReadyFile = { gateway, pid: process.pid, version: options.version, mode: 'headless' };
  process.stdout.write(options.json ? `${JSON.stringify(ready)}\n` : greeting(ready, { paths, options }));
}

function greeting(
  ready: ReadyFile,
  { paths, options }: { readonly paths: HomePaths; readonly options: ServeOptions },
): string {
  const lines = [`Tollkeeper ${ready.version} runs headless, home ${paths.home}`];
  if (options.vaultKind === 'memory' && !options.demo) {
    lines.push('The memory vault keeps nothing: keys are gone when this ends.');
    lines.push(`For a lasting one: ${tollCommand()} serve --vault passphrase`);
  }
  lines.push(`Gateway: ${ready.gateway}`);
  if (!options.demo) lines.push(`Next, in another terminal: ${tollCommand()} key add openai`);
  return `${lines.join('\n')}\n`;
}

/** How a person at this terminal calls the CLI: an installed package has a launcher, a checkout has the built file. */
function tollCommand(): string {
  const script = process.argv[1];
  if (script === undefined || basename(script) !== 'toll.mjs' || /[\\/]resources[\\/]toll[\\/]/.test(script))
    return 'toll';
  return `node ${relative(process.cwd(), script)}`;
}

async function playDemo(control: Control, paths: HomePaths): Promise<{ close(): Promise<void> }> {
  return startDemo({
    control,
    gatewayUrl: control.gatewayUrl ?? '',
    print: (text) => void process.stdout.write(text),
    howToAnswer: (userCode) =>
      `Allow it from another terminal: TOLLKEEPER_HOME=${paths.home} ${tollCommand()} approve ${userCode}`,
    fetch: globalThis.fetch,
    wordDelayMs: demoWordDelayMs,
  });
}

/** One JSON line per event on stderr. */
const log: Log = (event, facts = {}) => {
  process.stderr.write(`${JSON.stringify({ at: new Date(systemClock.now()).toISOString(), event, ...facts })}\n`);
};

function reportFailure(error: unknown, json: boolean): void {
  const { code, message } = toErrorDocument(error);
  process.stderr.write(json ? `${JSON.stringify({ error: { code, message } })}\n` : `toll: ${message}\n`);
  if (code === 'internal') log('serve-failed', { reason: error instanceof Error ? error.message : 'unknown' });
}
