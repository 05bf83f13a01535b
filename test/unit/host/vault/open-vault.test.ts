import { expect, test, vi } from 'vitest';
import { openVault } from '#main/host/vault/open-vault.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

// The passphrase vault derives its key on purpose slowly.
vi.setConfig({ testTimeout: 60_000 });

test.each(['memory', 'passphrase', 'keychain'] as const)(
  'a %s vault is opened as what it was asked for',
  async (kind) => {
    const vault = await openVault(kind, {
      home: temporaryFolder(),
      defaultHome: false,
      askPassphrase: async () => 'correct horse',
    });
    expect(vault.kind).toBe(kind);
  },
);

test('the memory vault reads, replaces and removes', async () => {
  const vault = await openVault('memory', { home: '/nowhere', defaultHome: true, askPassphrase: async () => '' });
  await vault.write('a', 'one');
  await vault.write('a', 'two');
  expect(await vault.read('a')).toEqual({ state: 'present', secret: 'two' });
  await vault.remove('a');
  expect(await vault.read('a')).toEqual({ state: 'absent' });
});
