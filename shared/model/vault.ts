import type { ErrorCode } from './error.ts';

/** A read from the vault. Only `absent` may ever lead to making a new item (never `unavailable`). */
export type VaultRead =
  | { readonly state: 'present'; readonly secret: string }
  | { readonly state: 'absent' }
  | {
      readonly state: 'unavailable';
      readonly code: Extract<ErrorCode, 'vault_locked' | 'vault_unavailable'>;
      readonly message: string;
    };

/** Whether the vault can be used, and if not, what a person can do about it. */
export type VaultStatus =
  | { readonly state: 'ready' }
  | { readonly state: 'locked'; readonly message: string }
  | { readonly state: 'unavailable'; readonly message: string };

/** The kinds of vault a user can choose. */
export type VaultKind = 'keychain' | 'passphrase' | 'memory';

/**
 * Where secrets live. `name` is an item's name, such as `credential/cred_x/1`, `signing-keys` or `database-key`.
 * `write` and `remove` reject with `vault_locked` or `vault_unavailable`; nothing is ever half-written.
 */
export interface Vault {
  readonly kind: VaultKind;
  status(): Promise<VaultStatus>;
  read(name: string): Promise<VaultRead>;
  write(name: string, secret: string): Promise<void>;
  /** Removing an absent item is not an error. */
  remove(name: string): Promise<void>;
}
