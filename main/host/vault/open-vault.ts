import { TollkeeperError } from '#shared/model/error.ts';
import type { Vault, VaultKind } from '#shared/model/vault.ts';

/** What opening a vault needs. */
export interface VaultOptions {
  /** Absolute path of the home folder. */
  readonly home: string;
  /** True when `home` is the platform's own place for it, not one named by TOLLKEEPER_HOME. */
  readonly defaultHome: boolean;
  /** Asks a person for the passphrase; `confirm` when a new vault is made with it. Called for the passphrase vault only. */
  readonly askPassphrase: (question: { readonly confirm: boolean }) => Promise<string>;
}

/** Opens the vault of that kind, never another one. Rejects with `wrong_passphrase`, `vault_unavailable` or `storage_corrupt`. */
export async function openVault(kind: VaultKind, options: VaultOptions): Promise<Vault> {
  throw new TollkeeperError('unsupported_platform', `Not written yet: ${kind} ${options.home}`);
}
