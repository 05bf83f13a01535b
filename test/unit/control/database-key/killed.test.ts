import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { expect, test } from 'vitest';
import { databaseKeyItem, resolveDatabaseKey } from '#main/store/database-key.ts';
import { openLedger } from '#main/store/ledger/open-ledger.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import { settleKeyChange } from '#main/store/settle-key-change.ts';
import { fileVault } from '#test/fixtures/key-change/file-vault.ts';
import { ledgerWorker } from '#test/fixtures/ledger-worker.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';
import { nodeBundle, root } from '../../../../build/vite/node-bundle.ts';

const firstKey = 'ab'.repeat(32);
const clock = { now: () => Date.parse('2026-11-22T12:00:00.000Z'), monotonic: () => 0 };
const entries = 60;
const rows = 400;
/** Moments at which one run of the test kills. More than there are, to see that the last is past the end. */
const longestMoments = 60;

interface Bundles {
  readonly child: string;
  readonly worker: URL;
}

async function bundled(): Promise<Bundles> {
  const worker = await ledgerWorker();
  const outDir = relative(root, fileURLToPath(new URL('.', worker)));
  const child = { 'key-change-child': 'test/fixtures/key-change/child.ts' };
  await build({ ...nodeBundle({ name: 'key-change', outDir, entries: child }), configFile: false, logLevel: 'silent' });
  return { child: join(root, outDir, 'key-change-child.mjs'), worker };
}

async function open(home: string, key: string, worker: URL) {
  const registry = openRegistry({ path: join(home, 'registry.db'), key });
  const unwrittenPath = join(home, 'unwritten.json');
  return { registry, ledger: await openLedger({ path: join(home, 'ledger.db'), key, worker, unwrittenPath, clock }) };
}

async function filledHome({ worker }: Bundles): Promise<string> {
  const home = temporaryFolder();
  await fileVault(join(home, 'vault')).write(databaseKeyItem, firstKey);
  const { registry, ledger } = await open(home, firstKey, worker);
  for (let at = 1; at <= entries; at += 1) registry.audit.append({ event: 'panic', actor: 'cli', subject: '' }, at);
  ledger.append(Array.from({ length: rows }, (_, at) => usageRecord({ requestId: `req_${at}` })));
  await ledger.close();
  registry.close();
  return home;
}

/** Runs the change in a process of its own; true when it was killed. */
function wasKilled(home: string, at: number, { child, worker }: Bundles): boolean {
  const counter = join(home, 'moments');
  writeFileSync(counter, '');
  const killer = join(root, 'test/fixtures/key-change/kill-at.mjs');
  const { signal, status, stderr } = spawnSync(
    process.execPath,
    ['--import', killer, child, home, fileURLToPath(worker)],
    { env: { ...process.env, KILL_AT: String(at), KILL_COUNT: counter }, encoding: 'utf8' },
  );
  if (signal === 'SIGKILL') return true;
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(statSync(counter).size).toBeLessThan(at);
  return false;
}

/** What the next start does; returns the key that everything has then. */
async function expectWhole(home: string, { worker }: Bundles): Promise<string> {
  const vault = fileVault(join(home, 'vault'));
  const files = ['registry.db', 'ledger.db'].map((name) => join(home, name));
  const random = (): Uint8Array => expect.fail('a new key over existing databases');
  const key = await settleKeyChange({ vault, files, key: await resolveDatabaseKey({ vault, files, random }) });
  expect(await vault.read(databaseKeyItem)).toEqual({ state: 'present', secret: key });
  expect(readdirSync(home).filter((name) => /new-key|old-key/.test(name))).toEqual([]);
  const { registry, ledger } = await open(home, key, worker);
  const checked = registry.audit.verify();
  expect(checked.intact).toBe(true);
  expect(checked.entries).toBeGreaterThanOrEqual(entries);
  expect((await ledger.list({ filter: {}, offset: 0, limit: 1 })).total).toBe(rows);
  await ledger.close();
  registry.close();
  expect(existsSync(join(home, 'unwritten.json'))).toBe(false);
  return key;
}

test('killed before anything it does to a file, the change leaves every row and one key', async () => {
  const bundles = await bundled();
  const filled = await filledHome(bundles);
  const outcomes: boolean[] = [];
  for (let at = 1; at <= longestMoments; at += 1) {
    const home = temporaryFolder();
    cpSync(filled, home, { recursive: true });
    const killed = wasKilled(home, at, bundles);
    outcomes.push((await expectWhole(home, bundles)) !== firstKey);
    if (!killed) break;
  }
  expect(outcomes.length).toBeGreaterThan(10);
  expect(outcomes.length).toBeLessThan(longestMoments);
  expect(outcomes.toSorted((left, right) => Number(left) - Number(right))).toEqual(outcomes);
  expect(outcomes[0]).toBe(false);
  expect(outcomes.at(-1)).toBe(true);
}, 240_000);
