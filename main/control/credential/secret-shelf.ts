import { z } from 'zod';
import type { Registry } from '#main/store/registry/registry.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { Vault, VaultRead } from '#shared/model/vault.ts';

/** Under this name the registry remembers vault items that are to be destroyed. */
const condemnedName = 'vault-items-to-destroy';

const condemnedSchema = lazily(() => z.array(z.string()));

/**
 * Provider keys in the vault, in step with rows in the registry. An item is marked for destruction before it is written and
 * unmarked in the transaction that makes its row, so a crash between the two leaves no key behind; the reverse when one is removed.
 */
export interface SecretShelf {
  /** Writes an item that is destroyed at the next sweep unless it is kept. Rejects as the vault does. */
  put(item: string, secret: string): Promise<void>;
  /** The item has a row now. Call it in the transaction that makes the row. */
  keep(item: string): void;
  /** The item lost its row. Call it in the transaction that removes the row. */
  condemn(item: string): void;
  /** Destroys a condemned item. While the vault can't be asked it stays condemned, and is tried again by the next sweep. */
  destroy(item: string): Promise<void>;
  /** Destroys every item that is condemned at this moment. */
  sweep(): Promise<void>;
  /** Reads an item, from memory when it was read or written before. */
  read(item: string): Promise<VaultRead>;
  /** Whether to keep in memory what is read. Turning that off forgets all that is kept. */
  remember(isWanted: boolean): void;
  /** Forgets what is in memory of an item that is seldom needed. */
  release(item: string): void;
  /** Waits for what is being destroyed, and forgets what is in memory. */
  close(): Promise<void>;
}

/** Makes the shelf. */
export function createSecretShelf(vault: Vault, registry: Pick<Registry, 'state'>): SecretShelf {
  const memory = new Map<string, string>();
  let isRemembering = true;
  const condemned = (): readonly string[] => condemnedSchema.catch([]).parse(registry.state.read(condemnedName));
  const condemn = (item: string): void => {
    registry.state.write(condemnedName, [...new Set([...condemned(), item])]);
  };
  const keep = (item: string): void => {
    registry.state.write(
      condemnedName,
      condemned().filter((other) => other !== item),
    );
  };
  const underway = new Set<Promise<void>>();
  const removeFromVault = async (item: string): Promise<void> => {
    memory.delete(item);
    try {
      await vault.remove(item);
      keep(item);
    } catch {
      // It stays condemned, and the next sweep tries again.
    }
  };
  const destroy = async (item: string): Promise<void> => {
    const removal = removeFromVault(item);
    underway.add(removal);
    await removal.finally(() => underway.delete(removal));
  };
  return {
    async put(item, secret) {
      condemn(item);
      await vault.write(item, secret);
      if (isRemembering) memory.set(item, secret);
    },
    keep,
    condemn,
    destroy,
    async sweep() {
      await Promise.all(condemned().map(destroy));
    },
    async read(item) {
      const known = memory.get(item);
      if (known !== undefined) return { state: 'present', secret: known };
      const read = await vault.read(item);
      if (read.state === 'present' && isRemembering) memory.set(item, read.secret);
      return read;
    },
    remember(isWanted) {
      isRemembering = isWanted;
      if (!isWanted) memory.clear();
    },
    release: (item) => void memory.delete(item),
    async close() {
      await Promise.all(underway);
      memory.clear();
    },
  };
}
