import { readFileSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { spawnNodeGateway } from '#main/host/spawn-gateway-node.ts';
import { startAhead } from '#main/host/start-ahead.ts';
import { startLedgerThread } from '#main/store/ledger/ledger-thread.ts';
import { type HomePaths, type HomeSurroundings, homePaths } from '#shared/contract/home.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import { createDemoHome } from './demo/demo-home.ts';
import type { ServeOptions } from './serve-control.ts';
import { stderrLog } from './stderr-log.ts';

/** After so long nothing keeps the process alive any more, in milliseconds from the signal. */
const endsWithinMs = 4_700;

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

/** Everything is loaded while the gateway's process and the ledger's thread start: so this file itself loads next to nothing. */
async function serveIn(paths: HomePaths, options: ServeOptions): Promise<void> {
  const ended = waitForSignal();
  const entry = fileURLToPath(besideThis('gateway-node.mjs'));
  const gateway = startAhead(() => spawnNodeGateway({ entry, log: stderrLog }));
  const worker = besideThis('ledger-worker.mjs');
  const thread = startLedgerThread(worker);
  try {
    const { serveControl } = await import('./serve-control.ts');
    await serveControl({ paths, options, ended, startGateway: gateway.startGateway, ledger: { worker, thread } });
  } finally {
    gateway.discard();
    await thread.end();
  }
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
    stderrLog('ended-late', { waitingFor: [...new Set(process.getActiveResourcesInfo())] });
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

function reportFailure(error: unknown, json: boolean): void {
  const { code, message } = toErrorDocument(error);
  process.stderr.write(json ? `${JSON.stringify({ error: { code, message } })}\n` : `toll: ${message}\n`);
  if (code === 'internal') stderrLog('serve-failed', { reason: error instanceof Error ? error.message : 'unknown' });
}
