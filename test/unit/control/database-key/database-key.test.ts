import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { openDatabase } from '#main/store/database.ts';
import { databaseKeyItem, nextDatabaseKeyItem } from '#main/store/database-key.ts';
import { newKeyFile, oldKeyFile } from '#main/store/key-change-files.ts';
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

test('is changed by itself when its days are over, and two changes are never under way', async () => {
  const vault = createFakeVault();
  const clock = createFakeClock();
  const { control, until } = await startControl({ vault, clock });
  await control.perform('settings.update', { databaseKeyDays: 30 }, callerOf());
  const old = vault.items.get(databaseKeyItem);
  const [first, second] = [1, 2].map(() => control.perform('databaseKey.rotate', {}, callerOf()));
  expect(await codeOf(Promise.resolve(second))).toBe('conflict');
  await first;
  const asked = vault.items.get(databaseKeyItem);
  expect(asked).not.toBe(old);
  expect((await control.perform('databaseKey.read', {}, callerOf())).nextAt).toBe(
    new Date(clock.now() + 30 * dayMs).toISOString(),
  );
  await until('settings', () => true);
});
