import { TollkeeperError } from '#shared/model/error.ts';
import type { Vault, VaultKind } from '#shared/model/vault.ts';

/** A vault in memory that can be locked, and tells what it holds. */
export interface FakeVault extends Vault {
  readonly items: Map<string, string>;
  lock(locked: boolean): void;
}

const lockedMessage = 'The keychain is locked. Unlock it.';

/** An unlocked, empty vault. */
export function createFakeVault(kind: VaultKind = 'keychain'): FakeVault {
  const items = new Map<string, string>();
  let isLocked = false;

  function refuseWhenLocked(): void {
    if (isLocked) throw new TollkeeperError('vault_locked', lockedMessage);
  }

  return {
    kind,
    items,
    lock(locked) {
      isLocked = locked;
    },
    status: async () => (isLocked ? { state: 'locked', message: lockedMessage } : { state: 'ready' }),
    async read(name) {
      if (isLocked) return { state: 'unavailable', code: 'vault_locked', message: lockedMessage };
      const secret = items.get(name);
      return secret === undefined ? { state: 'absent' } : { state: 'present', secret };
    },
    async write(name, secret) {
      refuseWhenLocked();
      items.set(name, secret);
    },
    async remove(name) {
      refuseWhenLocked();
      items.delete(name);
    },
  };
}
