import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createKeychainVault, type Keytar, loadKeytar } from '#main/host/vault/keychain-vault.ts';
import { createSecretService, type SecretService } from '#main/host/vault/secret-service.ts';
import { codeOf } from '#test/fixtures/expect-error.ts';
import { type KeyringSession, keyringSessionInstalled, startKeyringSession } from '#test/fixtures/keyring-session.ts';

const deadlineMs = 5_000;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe.skipIf(!keyringSessionInstalled)('the keychain vault on a real gnome-keyring', () => {
  let session: KeyringSession;
  const vaultOf = (home: string, defaultHome = false) =>
    createKeychainVault({
      home,
      defaultHome,
      platform: 'linux',
      loadKeytar,
      secretService: createSecretService({ environment: session.environment, deadlineMs }),
      deadlineMs,
    });

  beforeAll(async () => {
    session = await startKeyringSession();
    // The library's own D-Bus connection takes its address from the process's environment.
    Object.assign(process.env, session.environment);
    await session.start();
  });
  afterAll(() => session.stop());

  test('stores, reads, replaces and removes', async () => {
    const vault = vaultOf('/home/ada/toll');
    expect(await vault.status()).toEqual({ state: 'ready' });
    expect(await vault.read('database-key')).toEqual({ state: 'absent' });
    await vault.write('database-key', 'first');
    await vault.write('database-key', 'sécond\n');
    expect(await vault.read('database-key')).toEqual({ state: 'present', secret: 'sécond\n' });
    await vault.remove('database-key');
    await vault.remove('database-key');
    expect(await vault.read('database-key')).toEqual({ state: 'absent' });
  });

  test('keeps two homes apart', async () => {
    await vaultOf('/home/ada/one').write('signing-keys', 'one');
    await vaultOf('/home/ada/one', true).write('signing-keys', 'default');
    expect(await vaultOf('/home/ada/two').read('signing-keys')).toEqual({ state: 'absent' });
    expect(await vaultOf('/home/ada/one').read('signing-keys')).toEqual({ state: 'present', secret: 'one' });
    expect(await vaultOf('/home/ada/elsewhere', true).read('signing-keys')).toEqual({
      state: 'present',
      secret: 'default',
    });
  });

  test('a locked keyring is unavailable, never absent, and loses nothing', async () => {
    const vault = vaultOf('/home/ada/locked');
    await vault.write('credential/cred_1/1', 'kept');
    await session.lock();
    expect(await vault.status()).toMatchObject({ state: 'locked', message: expect.stringContaining('Unlock') });
    expect(await vault.read('credential/cred_1/1')).toMatchObject({ state: 'unavailable', code: 'vault_locked' });
    expect(await vault.read('never-stored')).toMatchObject({ state: 'unavailable', code: 'vault_locked' });
    expect(await codeOf(vault.write('credential/cred_1/1', 'other'))).toBe('vault_locked');
    expect(await codeOf(vault.remove('credential/cred_1/1'))).toBe('vault_locked');
    await session.unlock();
    expect(await vault.status()).toEqual({ state: 'ready' });
    expect(await vault.read('credential/cred_1/1')).toEqual({ state: 'present', secret: 'kept' });
  });
});

describe.skipIf(!keyringSessionInstalled)('the Secret Service of a session without a keyring', () => {
  test('is unavailable and says how to go on', async () => {
    const service = createSecretService({
      environment: { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus' },
      deadlineMs,
    });
    expect(await service.status()).toMatchObject({
      state: 'unavailable',
      message: expect.stringContaining('--vault passphrase'),
    });
    expect(await codeOf(service.presence({ service: 'tollkeeper', account: 'x' }))).toBe('vault_unavailable');
  });

  test('an empty environment has no session', async () => {
    const service = createSecretService({ environment: {}, deadlineMs });
    expect(await service.status()).toMatchObject({
      state: 'unavailable',
      message: expect.stringContaining('no D-Bus session'),
    });
  });
});

describe('the keychain vault over a library that misbehaves', () => {
  const ready: SecretService = { status: async () => ({ state: 'ready' }), presence: async () => 'present' };

  function vaultOver(
    keytar: Partial<Keytar>,
    platform: NodeJS.Platform = 'darwin',
    secretService: SecretService | null = null,
  ) {
    const refuse = () => Promise.reject(new Error('not expected'));
    const library: Keytar = { getPassword: refuse, setPassword: refuse, deletePassword: refuse, ...keytar };
    return createKeychainVault({
      home: '/home/ada',
      defaultHome: true,
      platform,
      loadKeytar: () => library,
      secretService,
      deadlineMs: 1,
    });
  }

  test('a null for an item that exists is locked, not absent', async () => {
    const vault = vaultOver({ getPassword: async () => null }, 'linux', ready);
    expect(await vault.read('x')).toMatchObject({ state: 'unavailable', code: 'vault_locked' });
  });

  test('a null where the library can be trusted is absent', async () => {
    expect(await vaultOver({ getPassword: async () => null }).read('x')).toEqual({ state: 'absent' });
  });

  test('a call that never ends is unavailable', async () => {
    const vault = vaultOver({
      getPassword: () => new Promise(() => undefined),
      setPassword: () => new Promise(() => undefined),
    });
    expect(await vault.read('x')).toMatchObject({ state: 'unavailable', code: 'vault_unavailable' });
    expect(await vault.status()).toMatchObject({ state: 'unavailable' });
    expect(await codeOf(vault.write('x', 'secret'))).toBe('vault_unavailable');
  });

  test('macOS refusing to ask is locked, and its text goes nowhere', async () => {
    const vault = vaultOver({
      getPassword: async () => Promise.reject(new Error('User interaction is not allowed. canary')),
    });
    const read = await vault.read('x');
    expect(read).toMatchObject({ state: 'unavailable', code: 'vault_locked' });
    expect(JSON.stringify(read)).not.toContain('canary');
    expect(await vault.status()).toMatchObject({ state: 'locked' });
  });

  test('a keychain program that was restarted asks for a restart of Tollkeeper', async () => {
    const vault = vaultOver({
      getPassword: async () => Promise.reject(new Error('The name :1.0 was not provided by any .service files')),
    });
    expect(await vault.read('x')).toMatchObject({
      state: 'unavailable',
      message: expect.stringContaining('Start Tollkeeper again'),
    });
  });

  test('native code that can’t be loaded is unavailable', async () => {
    const vault = createKeychainVault({
      home: '/home/ada',
      defaultHome: true,
      platform: 'darwin',
      loadKeytar: () => {
        throw new Error('no such file');
      },
      secretService: null,
      deadlineMs: 1_000,
    });
    expect(await vault.read('x')).toMatchObject({ state: 'unavailable', code: 'vault_unavailable' });
  });

  test('Windows takes no more than one item holds', async () => {
    const kept: string[] = [];
    const setPassword = async (_service: string, _account: string, secret: string) => {
      kept.push(secret);
    };
    const vault = vaultOver({ setPassword }, 'win32');
    await vault.write('x', 'k'.repeat(1_280));
    expect(await codeOf(vault.write('x', 'k'.repeat(1_281)))).toBe('invalid_request');
    expect(kept).toHaveLength(1);
  });
});
