import { randomBytes } from 'node:crypto';
import { basename, relative } from 'node:path';
import type { Control } from '#main/control/control.ts';
import { createControl } from '#main/control/create-control.ts';
import { watchLoginSession } from '#main/host/login-session.ts';
import { readNetworkSurroundings } from '#main/host/network/network-surroundings.ts';
import { createPeerIdentifier } from '#main/host/peer/identify-peer.ts';
import { createPresence } from '#main/host/presence/create-presence.ts';
import { createScreenLock } from '#main/host/screen-lock.ts';
import { watchSessionLock } from '#main/host/session-lock.ts';
import { openVault } from '#main/host/vault/open-vault.ts';
import type { LedgerThread } from '#main/store/ledger/ledger-thread.ts';
import type { HomePaths } from '#shared/contract/home.ts';
import type { StartGateway } from '#shared/contract/port.ts';
import type { ReadyFile } from '#shared/contract/status.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import type { Vault, VaultKind } from '#shared/model/vault.ts';
import { askPassphrase } from './ask-passphrase.ts';
import { createNetworkFetch } from './network-fetch.ts';
import { stderrLog } from './stderr-log.ts';
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

/** What {@link serveControl} needs. */
export interface ServedControl {
  readonly paths: HomePaths;
  readonly options: ServeOptions;
  /** Resolves when it is to end. */
  readonly ended: Promise<void>;
  readonly startGateway: StartGateway;
  /** The ledger's bundle, and a thread of it that starts already. */
  readonly ledger: { readonly worker: URL; readonly thread: LedgerThread };
}

/** How long open streams may go on after a signal, in milliseconds; with what follows it stays below the contract's 5 s. */
const graceMs = 3_000;

const demoWordDelayMs = 60;

/** Opens the vault, starts control with what was started ahead, says that it is ready, and resolves when all of it has ended. */
export async function serveControl({ paths, options, ended, startGateway, ledger }: ServedControl): Promise<void> {
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
    ledgerWorker: ledger.worker,
    ledgerThread: ledger.thread,
    log: stderrLog,
  });
  announce(control, { paths, options });
  followScreenLock(control);
  const demo = options.demo ? await playDemo(control, paths) : null;
  await ended;
  await demo?.close();
  await control.close(graceMs);
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
  if (status.state === 'locked') stderrLog('vault-locked', { message: status.message });
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
    .catch((error: unknown) => stderrLog('screen-lock-not-watched', { reason: toErrorDocument(error).code }));
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
  const { startDemo } = await import('./demo/demo.ts');
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
