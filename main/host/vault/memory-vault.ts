import type { Vault } from '#shared/model/vault.ts';

/** A vault that keeps nothing: what it holds is gone with the process. */
export function createMemoryVault(): Vault {
  const items = new Map<string, string>();
  return {
    kind: 'memory',
    status: async () => ({ state: 'ready' }),
    async read(name) {
      const secret = items.get(name);
      return secret === undefined ? { state: 'absent' } : { state: 'present', secret };
    },
    async write(name, secret) {
      items.set(name, secret);
    },
    async remove(name) {
      items.delete(name);
    },
  };
}
