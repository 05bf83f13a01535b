import { TollkeeperError } from '#shared/model/error.ts';
import type { KeyHandle } from '../connector.ts';
import type { StepContext } from './step.ts';

/** A secret from the vault. Rejects with `vault_locked`, `vault_unavailable` or `vault_item_missing`. */
export async function readSecret({ shelf }: Pick<StepContext, 'shelf'>, item: string): Promise<string> {
  const read = await shelf.read(item);
  if (read.state === 'present') return read.secret;
  if (read.state === 'unavailable') throw new TollkeeperError(read.code, read.message);
  throw new TollkeeperError('vault_item_missing');
}

/** The old key as connectors take it; null while the provider's id of it is not known. */
export function oldKeyHandle(context: Pick<StepContext, 'rotation' | 'registry' | 'shelf'>): KeyHandle | null {
  const { oldKey, oldItem, credentialId } = context.rotation;
  if (oldKey.keyId === null) return null;
  const maker = context.registry.rotations
    .list({ credentialId, limit: 1_000 })
    .find((rotation) => rotation.newKey.keyId === oldKey.keyId);
  return { id: oldKey.keyId, name: maker?.keyName ?? null, secret: () => readSecret(context, oldItem) };
}

/** The new key as connectors take it; null while there is none. */
export function newKeyHandle(context: Pick<StepContext, 'rotation' | 'shelf'>): KeyHandle | null {
  const { newKey, newItem, keyName } = context.rotation;
  if (newKey.keyId === null) return null;
  return { id: newKey.keyId, name: keyName, secret: () => readSecret(context, newItem) };
}

/** Revokes every key that bears the rotation's name, but for the one given. Returns how many there were. */
export async function revokeNamesakes(context: StepContext, except: string | null): Promise<number> {
  if (!context.support.named) return 0;
  const { keyName } = context.rotation;
  const found = (await context.connector.find(keyName)).filter(({ id }) => id !== except);
  for (const { id } of found) {
    await context.connector.revoke({ id, name: keyName, secret: () => secretIsLost() });
  }
  return found.length;
}

function secretIsLost(): Promise<string> {
  return Promise.reject(new TollkeeperError('provider_refused', 'The secret of this key was never received.'));
}
