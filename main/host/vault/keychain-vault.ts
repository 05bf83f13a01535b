import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Vault, VaultRead, VaultStatus } from '#shared/model/vault.ts';
import { withDeadline } from './deadline.ts';
import type { SecretService } from './secret-service.ts';

/** The part of keytar's interface that is used. `findCredentials` is not: it ends the process when the keyring is locked. */
export interface Keytar {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, password: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
}

/** What the keychain vault needs. */
export interface KeychainVaultOptions {
  /** Absolute path of the home folder. */
  readonly home: string;
  /** True when `home` is the platform's own place for it. */
  readonly defaultHome: boolean;
  readonly platform: NodeJS.Platform;
  /** Gives the library when it is first needed. */
  readonly loadKeytar: () => Keytar;
  /** Asked before every call where the library's own answers can't be trusted (Linux); null elsewhere. */
  readonly secretService: SecretService | null;
  /** Milliseconds one call may take. */
  readonly deadlineMs: number;
}

/** Service name of every item of Tollkeeper. */
export const keychainService = 'tollkeeper';

/** Windows keeps at most 2,560 bytes per item, and keytar writes UTF-16. */
const windowsSecretUnits = 1_280;

const tooSlow =
  'The keychain did not answer in time. It may be waiting for you to unlock it; then try again. Nothing was lost.';
const unusable =
  'The keychain refused the call. Check that it is unlocked and lets Tollkeeper in, or use `toll serve --vault passphrase`.';
const lockedItem = 'The keychain is locked. Unlock it and try again; nothing was lost.';

/** macOS answers these when the keychain is locked and nobody may be asked. Apple TN: errSecInteractionNotAllowed, errSecAuthFailed. */
const lockedPattern = /interaction is not allowed|user name or passphrase you entered is not correct/i;

/** libsecret holds on to the address of the keychain program that answered first. */
const restartedPattern = /not provided by any \.service files/i;
const restarted = 'The keychain program was restarted. Start Tollkeeper again to reach it; nothing was lost.';

/** Loads keytar's native code. */
export function loadKeytar(): Keytar {
  return createRequire(import.meta.url)('keytar') as Keytar;
}

/**
 * The operating system's keychain, one item per name. A read is `absent` only when the keychain itself, unlocked, says that
 * there is no such item; a locked, missing or silent keychain is `unavailable`. Homes other than the platform's own never share items.
 */
export function createKeychainVault(options: KeychainVaultOptions): Vault {
  const { secretService } = options;
  const prefix = options.defaultHome ? '' : `${createHash('sha256').update(options.home).digest('hex').slice(0, 12)}/`;

  async function status(): Promise<VaultStatus> {
    if (secretService) return secretService.status();
    try {
      await called((keytar) => keytar.getPassword(keychainService, `${prefix}status-check`));
      return { state: 'ready' };
    } catch (error) {
      const { code, message } = asVaultError(error);
      return { state: code === 'vault_locked' ? 'locked' : 'unavailable', message };
    }
  }

  async function requireReady(): Promise<void> {
    if (!secretService) return;
    const found = await secretService.status();
    if (found.state !== 'ready')
      throw new TollkeeperError(found.state === 'locked' ? 'vault_locked' : 'vault_unavailable', found.message);
  }

  /** One call of the library, with a deadline, its errors turned into ours. */
  async function called<T>(work: (keytar: Keytar) => Promise<T>): Promise<T> {
    try {
      const late = () => new TollkeeperError('vault_unavailable', tooSlow);
      return await withDeadline(work(options.loadKeytar()), options.deadlineMs, late);
    } catch (error) {
      throw asVaultError(error);
    }
  }

  async function find(account: string): Promise<VaultRead> {
    await requireReady();
    const presence = secretService ? await secretService.presence({ service: keychainService, account }) : 'present';
    if (presence === 'absent') return { state: 'absent' };
    if (presence === 'locked') throw new TollkeeperError('vault_locked', lockedItem);
    const secret = await called((keytar) => keytar.getPassword(keychainService, account));
    if (secret !== null) return { state: 'present', secret };
    // The service has just said that the item exists, so it was locked in between.
    if (secretService) throw new TollkeeperError('vault_locked', lockedItem);
    return { state: 'absent' };
  }

  return {
    kind: 'keychain',
    status,
    async read(name) {
      try {
        return await find(`${prefix}${name}`);
      } catch (error) {
        const { code, message } = asVaultError(error);
        return { state: 'unavailable', code: code === 'vault_locked' ? code : 'vault_unavailable', message };
      }
    },
    async write(name, secret) {
      if (options.platform === 'win32' && secret.length > windowsSecretUnits) {
        throw new TollkeeperError(
          'invalid_request',
          `The Windows keychain takes at most ${windowsSecretUnits} characters; this is longer.`,
        );
      }
      await requireReady();
      await called((keytar) => keytar.setPassword(keychainService, `${prefix}${name}`, secret));
    },
    async remove(name) {
      await requireReady();
      const account = `${prefix}${name}`;
      if (secretService && (await secretService.presence({ service: keychainService, account })) === 'locked') {
        throw new TollkeeperError('vault_locked', lockedItem);
      }
      await called((keytar) => keytar.deletePassword(keychainService, account));
    },
  };
}

function asVaultError(error: unknown): TollkeeperError {
  if (error instanceof TollkeeperError) return error;
  const text = error instanceof Error ? error.message : '';
  if (lockedPattern.test(text)) return new TollkeeperError('vault_locked', lockedItem, { cause: error });
  return new TollkeeperError('vault_unavailable', restartedPattern.test(text) ? restarted : unusable, { cause: error });
}
