import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { healthPath } from '#shared/contract/http.ts';
import type { OperationOutput } from '#shared/contract/operations.ts';
import type { ControlOptions } from '../control-options.ts';
import type { Core } from '../core/open-core.ts';
import type { StatusReader } from '../status/read-status.ts';
import { refusalsPerMinute } from '../usage/refusal-allowance.ts';

type Check = OperationOutput<'doctor.run'>[number];

/** What the doctor looks at. */
export interface DoctorOptions {
  readonly options: ControlOptions;
  readonly status: StatusReader;
  readonly gatewayUrl: string | null;
  /** Refused requests without a valid token that were not written down one by one. */
  readonly leftOutRefusals: number;
  /** Null while the vault is locked. */
  readonly core: Core | null;
}

/** Deadline of every call over the network, in milliseconds. */
const callDeadlineMs = 3_000;
const lowDiskBytes = 200 * 1024 * 1024;
/** A clock before this is certainly wrong: tokens and certificates would not be valid. */
const earliestPlausible = Date.parse('2026-01-01T00:00:00Z');

/** Runs every check at once and tells what each found. Never rejects. */
export async function runDoctor(doctor: DoctorOptions): Promise<Check[]> {
  const found = await Promise.all(
    Object.entries(checks).map(([id, check]) => check(doctor).catch((): Check[] => [undecided(id)])),
  );
  return found.flat();
}

const checks: Readonly<Record<string, (doctor: DoctorOptions) => Promise<Check[]>>> = {
  vault: async (doctor) => [await checkVault(doctor)],
  gateway: async (doctor) => [await checkGateway(doctor)],
  clock: async (doctor) => [await checkClock(doctor)],
  ledger: async (doctor) => [await checkLedger(doctor)],
  audit: checkAudit,
  disk: async (doctor) => [await checkDisk(doctor)],
  modes: checkFileModes,
  providers: checkProviders,
};

function undecided(id: string): Check {
  return { id, title: id, state: 'warning', message: 'This could not be checked.' };
}

async function checkVault({ options }: DoctorOptions): Promise<Check> {
  const status = await options.vault.status();
  const base = { id: 'vault', title: options.vault.kind === 'keychain' ? 'Keychain' : 'Vault' };
  if (status.state !== 'ready') return { ...base, state: 'failed', message: status.message };
  const isLasting = options.vault.kind !== 'memory';
  return isLasting
    ? { ...base, state: 'ok', message: `The ${options.vault.kind} vault is unlocked.` }
    : {
        ...base,
        state: 'warning',
        message:
          'The memory vault keeps nothing: keys are gone when Tollkeeper ends. Use `toll serve --vault passphrase` for a lasting one.',
      };
}

async function checkGateway({ options, status, gatewayUrl }: DoctorOptions): Promise<Check> {
  const base = { id: 'gateway', title: 'Gateway' };
  const { gateway } = status.read();
  if (gatewayUrl === null)
    return { ...base, state: 'failed', message: gateway.message ?? 'The gateway is not listening yet.' };
  try {
    const answer = await options.fetch(`${gatewayUrl}${healthPath}`, { signal: AbortSignal.timeout(callDeadlineMs) });
    if (answer.status !== 200)
      return { ...base, state: 'failed', message: `${gatewayUrl}${healthPath} answered ${answer.status}.` };
  } catch {
    return {
      ...base,
      state: 'failed',
      message: `${gatewayUrl} does not answer. It is started again by itself; look again in a moment.`,
    };
  }
  if (gateway.state === 'paused')
    return {
      ...base,
      state: 'warning',
      message: `${gatewayUrl} is paused. Resume it from the tray menu, or with: toll resume`,
    };
  const restarts = gateway.restarts === 0 ? '' : ` It was started again ${gateway.restarts} times since the start.`;
  return { ...base, state: gateway.restarts === 0 ? 'ok' : 'warning', message: `${gatewayUrl} answers.${restarts}` };
}

async function checkClock({ options, core }: DoctorOptions): Promise<Check> {
  const base = { id: 'clock', title: 'Clock' };
  const now = options.clock.now();
  const newest = core?.registry.audit.list({ limit: 1 })[0];
  const isBeforeRecord = newest !== undefined && Date.parse(newest.at) > now + 60_000;
  if (now < earliestPlausible || isBeforeRecord) {
    return {
      ...base,
      state: 'failed',
      message: `The clock says ${new Date(now).toISOString()}, which is before things that already happened. Set it right; tokens depend on it.`,
    };
  }
  return { ...base, state: 'ok', message: `The clock says ${new Date(now).toISOString()}.` };
}

async function checkLedger({ status, leftOutRefusals }: DoctorOptions): Promise<Check> {
  const { ledger } = status.read();
  const base = { id: 'ledger', title: 'Ledger' };
  if (ledger.state !== 'ready')
    return { ...base, state: 'failed', message: ledger.message ?? `${ledger.pendingRows} records wait to be written.` };
  if (leftOutRefusals === 0) return { ...base, state: 'ok', message: 'Every request is written down.' };
  const message = `Some program calls without a valid token more than ${refusalsPerMinute} times a minute: ${leftOutRefusals} such requests were refused and only counted since the start. \`toll usage\` shows which endpoint it calls.`;
  return { ...base, state: 'warning', message };
}

async function checkAudit({ core }: DoctorOptions): Promise<Check[]> {
  if (core === null) return [];
  const { intact, entries, brokenAt } = core.registry.audit.verify();
  const base = { id: 'audit', title: 'Audit log' };
  return [
    intact
      ? { ...base, state: 'ok', message: `The chain of ${entries} entries is intact.` }
      : { ...base, state: 'failed', message: `The chain is broken at entry ${brokenAt}: something changed the log.` },
  ];
}

async function checkDisk({ options }: DoctorOptions): Promise<Check> {
  const base = { id: 'disk', title: 'Disk space' };
  const { bavail, bsize } = await statfs(options.paths.home);
  const free = bavail * bsize;
  const megabytes = Math.floor(free / 1024 / 1024);
  return free >= lowDiskBytes
    ? { ...base, state: 'ok', message: `${megabytes} MB are free.` }
    : {
        ...base,
        state: 'warning',
        message: `Only ${megabytes} MB are free in ${options.paths.home}. Free some space before the ledger can't be written.`,
      };
}

async function checkFileModes({ options }: DoctorOptions): Promise<Check[]> {
  if (process.platform === 'win32') return [];
  const { home, run, controlSocket, readyFile } = options.paths;
  const candidates = [home, run, join(home, 'data'), controlSocket, readyFile, join(home, 'vault.json')];
  const open: string[] = [];
  for (const path of candidates) {
    const facts = await stat(path).catch(() => null);
    if (facts !== null && (facts.mode & 0o077) !== 0) open.push(path);
  }
  const base = { id: 'modes', title: 'File modes' };
  return [
    open.length === 0
      ? { ...base, state: 'ok', message: `Only you can read ${home}.` }
      : {
          ...base,
          state: 'failed',
          message: `Other users may read: ${open.join(', ')}. Take their rights away with \`chmod go=\`.`,
        },
  ];
}

/** Any HTTP answer means that the provider is within reach; the key is not sent. */
async function checkProviders({ options, core }: DoctorOptions): Promise<Check[]> {
  if (core === null) return [];
  const credentials = core.registry.credentials.list();
  if (credentials.length === 0) {
    return [
      {
        id: 'providers',
        title: 'Providers',
        state: 'warning',
        message: 'There is no provider key yet. Add one with `toll key add`.',
      },
    ];
  }
  const addresses = new Map(
    credentials.map((credential) => [`${credential.provider} ${credential.baseUrl}`, credential]),
  );
  return Promise.all(
    [...addresses.values()].map(async ({ id, provider, baseUrl }): Promise<Check> => {
      const base = { id: `provider:${id}`, title: provider };
      try {
        await options.fetch(baseUrl, {
          method: 'HEAD',
          redirect: 'manual',
          signal: AbortSignal.timeout(callDeadlineMs),
        });
        return { ...base, state: 'ok', message: `${new URL(baseUrl).host} answers.` };
      } catch {
        return {
          ...base,
          state: 'failed',
          message: `${new URL(baseUrl).host} can't be reached. Check the network, or the key's base URL.`,
        };
      }
    }),
  );
}
