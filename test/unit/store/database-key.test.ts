import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { databaseKeyItem, requireRegistry, resolveDatabaseKey } from '#main/store/database-key.ts';
import type { Vault, VaultRead } from '#shared/model/vault.ts';
import { codeOf, thrownBy } from '#test/fixtures/expect-error.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

function vaultThatReads(read: VaultRead) {
  const written = new Map<string, string>();
  const vault: Vault = {
    kind: 'memory',
    status: async () => ({ state: 'ready' }),
    read: async () => read,
    write: async (name, secret) => {
      written.set(name, secret);
    },
    remove: async () => {},
  };
  return { vault, written };
}

const random = (bytes: number) => new Uint8Array(bytes).fill(7);

describe('resolveDatabaseKey', () => {
  test('makes a key when the vault says absent and no database exists', async () => {
    const { vault, written } = vaultThatReads({ state: 'absent' });
    const key = await resolveDatabaseKey({ vault, random, files: [join(temporaryFolder(), 'a.db')] });
    expect(key).toBe('07'.repeat(32));
    expect(written.get(databaseKeyItem)).toBe(key);
  });

  test.each(['', '-wal'])('never makes a key over an existing database (a.db%s)', async (suffix) => {
    const path = join(temporaryFolder(), 'a.db');
    writeFileSync(`${path}${suffix}`, 'pages');
    const { vault, written } = vaultThatReads({ state: 'absent' });
    expect(await codeOf(resolveDatabaseKey({ vault, random, files: [path] }))).toBe('vault_item_missing');
    expect(written.size).toBe(0);
  });

  test('takes the file of an open that never wrote anything for no database', async () => {
    const path = join(temporaryFolder(), 'a.db');
    writeFileSync(path, '');
    const { vault } = vaultThatReads({ state: 'absent' });
    expect(await resolveDatabaseKey({ vault, random, files: [path] })).toHaveLength(64);
  });

  test.each(['vault_locked', 'vault_unavailable'] as const)(
    'never makes a key while the vault can’t be asked: %s',
    async (code) => {
      const { vault, written } = vaultThatReads({ state: 'unavailable', code, message: 'Unlock it.' });
      expect(await codeOf(resolveDatabaseKey({ vault, random, files: [] }))).toBe(code);
      expect(written.size).toBe(0);
    },
  );

  test('returns the kept key, and refuses an item that is none', async () => {
    const kept = 'ab'.repeat(32);
    expect(
      await resolveDatabaseKey({ vault: vaultThatReads({ state: 'present', secret: kept }).vault, random, files: [] }),
    ).toBe(kept);
    const damaged = vaultThatReads({ state: 'present', secret: 'short' }).vault;
    expect(await codeOf(resolveDatabaseKey({ vault: damaged, random, files: [] }))).toBe('storage_corrupt');
  });
});

describe('requireRegistry', () => {
  test('refuses a ledger whose registry is gone', () => {
    const folder = temporaryFolder();
    const files = { registry: join(folder, 'registry.db'), ledger: join(folder, 'ledger.db') };
    requireRegistry(files);
    writeFileSync(files.ledger, 'pages');
    expect(thrownBy(() => requireRegistry(files)).code).toBe('storage_corrupt');
    writeFileSync(files.registry, 'pages');
    requireRegistry(files);
  });
});
