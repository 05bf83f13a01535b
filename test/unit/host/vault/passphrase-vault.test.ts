import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { openPassphraseVault } from '#main/host/vault/passphrase-vault.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { temporaryFolder } from '#test/fixtures/temporary-folder.ts';

// Every open derives a key on purpose slowly.
vi.setConfig({ testTimeout: 60_000 });

const opened = (path: string, passphrase = 'correct horse') =>
  openPassphraseVault({ path, askPassphrase: async () => passphrase });
const newPath = () => join(temporaryFolder(), 'home', 'vault.json');

describe('the passphrase vault', () => {
  test('asks to confirm a new passphrase only, and finds its items again', async () => {
    const path = newPath();
    const questions: boolean[] = [];
    const ask = async ({ confirm }: { readonly confirm: boolean }) => {
      questions.push(confirm);
      return 'correct horse';
    };
    const first = await openPassphraseVault({ path, askPassphrase: ask });
    await Promise.all([first.write('a', 'one'), first.write('b', 'two'), first.write('__proto__', 'three')]);
    await first.remove('b');
    const again = await openPassphraseVault({ path, askPassphrase: ask });
    expect(await again.read('a')).toEqual({ state: 'present', secret: 'one' });
    expect(await again.read('b')).toEqual({ state: 'absent' });
    expect(await again.read('toString')).toEqual({ state: 'absent' });
    expect(questions).toEqual([true, false]);
  });

  test('leaves one private file with nothing readable in it', async () => {
    const path = newPath();
    const vault = await opened(path);
    await vault.write('credential/cred_1/1', 'canary-of-the-vault');
    const before = readFileSync(path, 'utf8');
    await vault.write('credential/cred_1/1', 'canary-of-the-vault');
    expect(readdirSync(join(path, '..'))).toEqual(['vault.json']);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(before).not.toContain('canary');
    expect(before).not.toContain('credential');
    expect(readFileSync(path, 'utf8')).not.toBe(before);
  });

  test('refuses a wrong and an empty passphrase without touching the file', async () => {
    const path = newPath();
    await opened(path);
    const before = readFileSync(path);
    expect(await codeOf(opened(path, 'wrong'))).toBe('wrong_passphrase');
    expect(await codeOf(opened(path, ''))).toBe('wrong_passphrase');
    expect(readFileSync(path)).toEqual(before);
    expect(await codeOf(opened(newPath(), ''))).toBe('wrong_passphrase');
  });

  test.each(['', '{', '{"version":2}', '[]'])('never overwrites a file that is no vault: %j', async (content) => {
    const path = newPath();
    mkdirSync(join(path, '..'));
    writeFileSync(path, content);
    expect(await codeOf(opened(path))).toBe('storage_corrupt');
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  test('refuses a file whose key derivation was made cheap or whose content was changed', async () => {
    const path = newPath();
    const vault = await opened(path);
    await vault.write('a', 'one');
    const file = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify({ ...file, kdf: { ...file.kdf, N: 2 } }));
    expect(await codeOf(opened(path))).toBe('storage_corrupt');
    const items = Buffer.from(file.items, 'base64');
    items.writeUInt8(items.readUInt8(0) ^ 1, 0);
    writeFileSync(path, JSON.stringify({ ...file, items: items.toString('base64') }));
    expect(await codeOf(opened(path))).toBe('wrong_passphrase');
  });

  test('a file that disappears or is replaced while open is unavailable, never absent, and not written anew', async () => {
    const path = newPath();
    const vault = await opened(path);
    await vault.write('a', 'one');
    rmSync(path);
    expect(await vault.read('a')).toMatchObject({ state: 'unavailable', code: 'vault_unavailable' });
    expect(await vault.status()).toMatchObject({ state: 'unavailable' });
    expect(await codeOf(vault.write('a', 'two'))).toBe('vault_unavailable');
    expect(readdirSync(join(path, '..'))).toEqual([]);
    await opened(path, 'another');
    expect(await vault.read('a')).toMatchObject({ state: 'unavailable' });
    expect(await codeOf(vault.write('a', 'two'))).toBe('vault_unavailable');
  });

  test.skipIf(process.getuid?.() === 0)('a file it may not read is unavailable', async () => {
    const path = newPath();
    await opened(path);
    chmodSync(path, 0);
    expect(await codeOf(opened(path))).toBe('vault_unavailable');
  });
});
