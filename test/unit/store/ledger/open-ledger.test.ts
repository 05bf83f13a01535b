import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Database, openDatabase } from '#main/store/database.ts';
import type { LedgerHealth } from '#main/store/ledger/ledger.ts';
import { openLedger } from '#main/store/ledger/open-ledger.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { ledgerWorker } from '#test/fixtures/ledger-worker.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { usageRecord } from '#test/fixtures/usage-record.ts';

vi.setConfig({ testTimeout: 60_000 });

const key = 'ab'.repeat(32);
const clock = { now: () => Date.parse('2026-11-22T12:00:00.000Z'), monotonic: () => 0 };

function place() {
  const home = temporaryFolder();
  const path = join(home, 'data', 'ledger.db');
  const unwrittenPath = join(home, 'run', 'unwritten-usage.json');
  const open = async (databaseKey = key) =>
    openLedger({ path, key: databaseKey, worker: await ledgerWorker(), unwrittenPath, clock });
  return { path, unwrittenPath, open };
}

const all = { filter: {}, offset: 0, limit: 100 };

function healthOf(
  ledger: { onHealth(listener: (health: LedgerHealth) => void): void },
  state: LedgerHealth['state'],
): Promise<LedgerHealth> {
  return new Promise((resolve) => ledger.onHealth((health) => health.state === state && resolve(health)));
}

/** Holds the database's write lock, which to the ledger's thread is a disk that refuses. */
function refuseWrites(path: string): { readonly relent: () => void } {
  const holder: Database = openDatabase({ path, key });
  holder.script('BEGIN IMMEDIATE');
  return {
    relent() {
      holder.script('ROLLBACK');
      holder.close();
    },
  };
}

describe('openLedger', () => {
  test('shows a reader what was appended before, and keeps it over a restart', async () => {
    const { open, unwrittenPath } = place();
    const ledger = await open();
    ledger.append([usageRecord()]);
    expect((await ledger.list(all)).records).toEqual([usageRecord()]);
    ledger.append([usageRecord({ requestId: 'req_2' }), usageRecord({ costMicroUsd: 1 })]);
    await ledger.close();
    const again = await open();
    expect((await again.list(all)).total).toBe(2);
    expect(await again.lastUsed()).toEqual(new Map([['cred_1', usageRecord().startedAt]]));
    expect(await again.facets()).toMatchObject({ tools: ['claude-code'] });
    expect(await again.summary({ since: '2026-11-22T00:00:00.000Z', by: 'model' })).toMatchObject([{ requests: 2 }]);
    const span = { since: '2026-11-22T00:00:00.000Z', until: '2026-11-23T00:00:00.000Z' };
    expect(await again.overview({ ...span, by: 'tool', bucket: 'day' })).toMatchObject({
      today: { requests: 2 },
      previous: { requests: 0 },
    });
    expect(await again.deleteBefore(clock.now())).toBe(2);
    await again.close();
    expect(existsSync(unwrittenPath)).toBe(false);
  });

  test('writes without being asked', async () => {
    const { open, path } = place();
    const ledger = await open();
    ledger.append([usageRecord()]);
    const reader = openDatabase({ path, key });
    await vi.waitFor(() => expect(reader.get('SELECT count(*) AS rows FROM usage')).toEqual({ rows: 1 }), {
      timeout: 10_000,
    });
    expect(ledger.health).toEqual({ state: 'ready', pendingRows: 0, message: null });
    reader.close();
    await ledger.close();
  });

  test('refuses a wrong key', async () => {
    const { open } = place();
    await (await open()).close();
    expect(await codeOf(open('cd'.repeat(32)))).toBe('storage_corrupt');
  });

  test('keeps rows while the disk refuses, tells so, and recovers by itself', async () => {
    const { open, path } = place();
    const ledger = await open();
    const disk = refuseWrites(path);
    const waiting = healthOf(ledger, 'waiting');
    ledger.append([usageRecord()]);
    expect(await codeOf(ledger.flush())).toBe('ledger_unavailable');
    expect(await waiting).toMatchObject({ pendingRows: 1, message: expect.stringContaining('wait in memory') });
    ledger.append([usageRecord({ requestId: 'req_2' })]);
    expect((await ledger.list(all)).total).toBe(0);
    const ready = healthOf(ledger, 'ready');
    disk.relent();
    expect(await ready).toMatchObject({ message: null });
    expect((await ledger.list(all)).total).toBe(2);
    await ledger.close();
  });

  test('hands rows that could not be written to the next start', async () => {
    const { open, path, unwrittenPath } = place();
    const ledger = await open();
    const disk = refuseWrites(path);
    ledger.append([usageRecord(), usageRecord({ requestId: 'req_2' })]);
    expect(await codeOf(ledger.close())).toBe('ledger_unavailable');
    expect(statSync(unwrittenPath).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(unwrittenPath, 'utf8'))).toHaveLength(2);
    disk.relent();
    const again = await open();
    expect((await again.list(all)).total).toBe(2);
    await again.close();
    expect(existsSync(unwrittenPath)).toBe(false);
  });

  test('neither fails over nor loses a file of unwritten rows that it can’t understand', async () => {
    const { open, unwrittenPath } = place();
    mkdirSync(join(unwrittenPath, '..'));
    writeFileSync(unwrittenPath, '[{"requestId":1}]');
    const ledger = await open();
    expect((await ledger.list(all)).total).toBe(0);
    await ledger.close();
    expect(readdirSync(join(unwrittenPath, '..'))).toEqual(['unwritten-usage.json.damaged']);
  });

  test('takes nothing more once it was closed, and closes twice as once', async () => {
    const { open } = place();
    const ledger = await open();
    await Promise.all([ledger.close(), ledger.close()]);
    expect(() => ledger.append([usageRecord()])).toThrow('closed');
  });
});

describe('when the thread dies', () => {
  /** A worker that ends in the middle of its first write, once. */
  async function mortalWorker(folder: string): Promise<URL> {
    const flag = JSON.stringify(join(folder, 'die'));
    const file = join(folder, 'mortal-worker.mjs');
    writeFileSync(join(folder, 'die'), '');
    writeFileSync(
      join(folder, 'die-at-write.mjs'),
      `import { existsSync, rmSync } from 'node:fs';
       import { parentPort } from 'node:worker_threads';
       parentPort.on('message', ({ name }) => {
         if (name !== 'write' || !existsSync(${flag})) return;
         rmSync(${flag});
         process.exit(1);
       });`,
    );
    writeFileSync(file, `import './die-at-write.mjs';\nimport ${JSON.stringify((await ledgerWorker()).href)};\n`);
    return pathToFileURL(file);
  }

  test('another takes its place and no row is lost', async () => {
    const { path, unwrittenPath } = place();
    const ledger = await openLedger({ path, key, worker: await mortalWorker(temporaryFolder()), unwrittenPath, clock });
    const ready = healthOf(ledger, 'ready');
    ledger.append([usageRecord()]);
    expect(await codeOf(ledger.flush())).toBe('ledger_unavailable');
    expect(ledger.health).toMatchObject({ state: 'waiting', pendingRows: 1 });
    await ready;
    expect((await ledger.list(all)).total).toBe(1);
    await ledger.close();
  });
});

describe('on a full disk', () => {
  /** A file system of one megabyte; null where this user may not mount one. */
  function smallDisk(): string | null {
    if (process.platform !== 'linux') return null;
    const folder = temporaryFolder();
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
    if (mounted.status !== 0) return null;
    onTestFinished(() => void spawnSync('umount', ['-l', folder]));
    return folder;
  }

  test('rows wait, and are written once there is room again', async (context) => {
    const disk = smallDisk();
    if (disk === null) return context.skip('this user may not mount a file system');
    const path = join(disk, 'ledger.db');
    const unwrittenPath = join(temporaryFolder(), 'unwritten-usage.json');
    const ledger = await openLedger({ path, key, worker: await ledgerWorker(), unwrittenPath, clock });
    const ballast = join(disk, 'ballast');
    spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4096']);
    const waiting = healthOf(ledger, 'waiting');
    ledger.append(Array.from({ length: 400 }, (_none, index) => usageRecord({ requestId: `req_${index}` })));
    expect(await waiting).toMatchObject({ message: expect.stringContaining('disk space') });
    expect(ledger.health.pendingRows).toBe(400);
    expect((await ledger.list(all)).total).toBe(0);
    const ready = healthOf(ledger, 'ready');
    rmSync(ballast);
    await ready;
    expect((await ledger.list(all)).total).toBe(400);
    expect(await ledger.summary({ since: '2026-11-22T00:00:00.000Z', by: 'tool' })).toMatchObject([{ requests: 400 }]);
    await ledger.close();
  });
});
