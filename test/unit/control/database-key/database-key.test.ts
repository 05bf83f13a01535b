import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createDatabaseKeyKeeper } from '#main/control/database-key/database-key-keeper.ts';
import { openDatabase } from '#main/store/database.ts';
import { databaseKeyItem, nextDatabaseKeyItem } from '#main/store/database-key.ts';
import { newKeyFile, oldKeyFile } from '#main/store/key-change-files.ts';
import { openRegistry } from '#main/store/registry/open-registry.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { createFakeVault } from '#test/fakes/fake-vault.ts';
import { codeOf, thrownBy } from '#test/fixtures/expect-error.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';
import { callerOf, startControl } from '../running-control.ts';

vi.setConfig({ testTimeout: 60_000 });

const dayMs = 24 * 60 * 60 * 1_000;

async function started() {
  const home = temporaryFolder();
  const running = await startControl({ home });
  const files = ['registry.db', 'ledger.db'].map((name) => join(home, 'data', name));
  const perform = running.control.perform;
  const audit = async () => (await perform('audit.list', { limit: 20 }, callerOf())).map(({ event }) => event);
  return { ...running, home, files, perform, audit };
}

test('changes the key of both databases while everything goes on', async () => {
  const { perform, vault, files, audit, clock, control, home } = await started();
  const old = vault.items.get(databaseKeyItem) ?? '';
  await perform('settings.update', { idleMinutes: 33 }, callerOf());
  clock.advance(3 * dayMs);
  expect((await perform('databaseKey.read', {}, callerOf())).nextAt).toBeNull();
  const changed = await perform('databaseKey.rotate', {}, callerOf());
  expect(changed).toEqual({
    createdAt: new Date(clock.now()).toISOString(),
    ...{ nextAt: null, step: null, problem: null },
  });
  expect(vault.items.get(databaseKeyItem)).not.toBe(old);
  expect(vault.items.has(nextDatabaseKeyItem)).toBe(false);
  for (const file of files) {
    expect(thrownBy(() => openDatabase({ path: file, key: old })).code).toBe('storage_corrupt');
    expect([newKeyFile(file), oldKeyFile(file)].filter(existsSync)).toEqual([]);
  }
  expect(await audit()).toContain('database-key-changed');
  expect(await perform('audit.verify', {}, callerOf())).toMatchObject({ intact: true });
  await perform('settings.update', { idleMinutes: 44 }, callerOf());
  await control.close(0);
  const again = await startControl({ home, vault, clock });
  expect((await again.control.perform('settings.read', {}, callerOf())).idleMinutes).toBe(44);
});

test('keeps the key when the vault does not take the new one, and says so', async () => {
  const { perform, vault, files, audit } = await started();
  const old = vault.items.get(databaseKeyItem);
  const { write } = vault;
  vault.write = async (name, secret) => (name === nextDatabaseKeyItem ? undefined : write(name, secret));
  expect(await codeOf(perform('databaseKey.rotate', {}, callerOf()))).toBe('vault_unavailable');
  const view = await perform('databaseKey.read', {}, callerOf());
  expect(view).toMatchObject({ step: null, problem: expect.stringContaining('Nothing was changed') });
  expect(vault.items.get(databaseKeyItem)).toBe(old);
  expect(files.flatMap((file) => [newKeyFile(file), oldKeyFile(file)]).filter(existsSync)).toEqual([]);
  expect(await audit()).toContain('database-key-kept');
  vault.write = write;
  expect(await perform('databaseKey.rotate', {}, callerOf())).toMatchObject({ problem: null });
});

test('goes on by itself with a change that the vault stopped half way', async () => {
  const { perform, vault, clock, home, control } = await started();
  const old = vault.items.get(databaseKeyItem);
  const { write } = vault;
  vault.write = async (name, secret) => (name === databaseKeyItem ? undefined : write(name, secret));
  expect(await codeOf(perform('databaseKey.rotate', {}, callerOf()))).toBe('vault_unavailable');
  const view = await perform('databaseKey.read', {}, callerOf());
  expect(view.problem).toContain('both keys are in the vault');
  expect(vault.items.get(databaseKeyItem)).toBe(old);
  expect(vault.items.has(nextDatabaseKeyItem)).toBe(true);
  vault.write = write;
  await control.close(0);
  const again = await startControl({ home, vault, clock });
  expect(vault.items.get(databaseKeyItem)).not.toBe(old);
  expect(vault.items.has(nextDatabaseKeyItem)).toBe(false);
  const after = await again.control.perform('databaseKey.read', {}, callerOf());
  expect(after).toMatchObject({ problem: null, step: null });
});

test('two changes are never under way, and the next is due when its days are over', async () => {
  const { perform, vault, clock } = await started();
  await perform('settings.update', { databaseKeyDays: 30 }, callerOf());
  const old = vault.items.get(databaseKeyItem);
  const [first, second] = [1, 2].map(() => perform('databaseKey.rotate', {}, callerOf()));
  expect(await codeOf(Promise.resolve(second))).toBe('conflict');
  await first;
  expect(vault.items.get(databaseKeyItem)).not.toBe(old);
  expect((await perform('databaseKey.read', {}, callerOf())).nextAt).toBe(
    new Date(clock.now() + 30 * dayMs).toISOString(),
  );
});

function keeperBench(changeLedger: (to: string, path: string) => Promise<void>) {
  const folder = temporaryFolder();
  const key = 'ab'.repeat(32);
  const path = join(folder, 'registry.db');
  const files = [path, join(folder, 'ledger.db')];
  const vault = createFakeVault();
  vault.items.set(databaseKeyItem, key);
  const clock = createFakeClock();
  const registry = openRegistry({ path, key });
  onTestFinished(() => registry.close());
  const ledger = { changeKey: (to: string) => changeLedger(to, files[1] ?? '') };
  const random = (bytes: number): Uint8Array => randomBytes(bytes);
  const keeper = createDatabaseKeyKeeper({
    ...{ vault, registry, ledger, files, key, clock, random },
    onChange: () => undefined,
  });
  return { keeper, vault, clock, registry, key };
}

test('is changed by itself on the day, not before, and never while that is off', async () => {
  const { keeper, clock, registry, key } = keeperBench(async () => undefined);
  clock.advance(4_000 * dayMs);
  await keeper.look();
  expect(keeper.key).toBe(key);
  registry.settings.update({ databaseKeyDays: 30 });
  await keeper.look();
  const second = keeper.key;
  expect(second).not.toBe(key);
  clock.advance(29 * dayMs);
  await keeper.look();
  expect(keeper.key).toBe(second);
  clock.advance(dayMs);
  await keeper.look();
  expect(keeper.key).not.toBe(second);
  await keeper.close();
});

test('keeps both keys when nobody can tell whether the ledger has the new one, and goes on later', async () => {
  let calls = 0;
  const { keeper, vault, clock, key } = keeperBench(async (_to, path) => {
    calls += 1;
    if (calls > 1) return;
    writeFileSync(oldKeyFile(path), 'the file with the old key');
    throw new TollkeeperError('ledger_unavailable');
  });
  expect(await codeOf(keeper.change('cli'))).toBe('ledger_unavailable');
  expect(keeper.view().problem).toContain('both keys are in the vault');
  const next = vault.items.get(nextDatabaseKeyItem);
  expect(next).toHaveLength(64);
  await keeper.look();
  expect(calls).toBe(1);
  clock.advance(11 * 60 * 1_000);
  await keeper.look();
  expect(keeper.key).toBe(next);
  expect(keeper.key).not.toBe(key);
  expect(keeper.view().problem).toBeNull();
  expect([...vault.items]).toEqual([[databaseKeyItem, next]]);
});
