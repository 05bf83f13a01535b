import { join } from 'node:path';
import { assertNever } from '#shared/model/error.ts';
import type { Vault, VaultKind } from '#shared/model/vault.ts';
import { createKeychainVault, loadKeytar } from './keychain-vault.ts';
import { createMemoryVault } from './memory-vault.ts';
import { openPassphraseVault } from './passphrase-vault.ts';
import { createSecretService } from './secret-service.ts';

/** What opening a vault needs. */
export interface VaultOptions {
  /** Absolute path of the home folder. */
  readonly home: string;
  /** True when `home` is the platform's own place for it, not one named by TOLLKEEPER_HOME. */
  readonly defaultHome: boolean;
  /** Asks a person for the passphrase; `confirm` when a new vault is made with it. Called for the passphrase vault only. */
  readonly askPassphrase: (question: { readonly confirm: boolean }) => Promise<string>;
}

/** Milliseconds one call to the keychain may take. */
const keychainDeadlineMs = 5_000;

/**
 * Opens the vault of that kind, never another one. Rejects with `wrong_passphrase`, `vault_unavailable` or `storage_corrupt`;
 * a keychain opens in any state, and its `status` tells whether it can be used.
 */
export async function openVault(kind: VaultKind, options: VaultOptions): Promise<Vault> {
  switch (kind) {
    case 'memory':
      return createMemoryVault();
    case 'passphrase':
      return openPassphraseVault({ path: join(options.home, 'vault.json'), askPassphrase: options.askPassphrase });
    case 'keychain':
      return createKeychainVault({
        home: options.home,
        defaultHome: options.defaultHome,
        platform: process.platform,
        loadKeytar,
        secretService:
          process.platform === 'linux'
            ? createSecretService({ environment: process.env, deadlineMs: keychainDeadlineMs })
            : null,
        deadlineMs: keychainDeadlineMs,
      });
    default:
      return assertNever(kind);
  }
}
