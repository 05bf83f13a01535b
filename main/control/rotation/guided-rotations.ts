import type { Registry } from '#main/store/registry/registry.ts';
import type { RotationRecord } from '#main/store/registry/rotation-records.ts';
import type { Actor } from '#shared/model/access.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { Provider } from '#shared/model/provider.ts';
import type { GivenKeyComparison, Rotation } from '#shared/model/rotation.ts';
import { personTask } from '#shared/policy/guided-rotation.ts';
import type { SecretShelf } from '../credential/secret-shelf.ts';
import type { ConnectorDesk } from './connector-desk.ts';
import { describeComparison, lookAtGivenKey } from './look-at-given-key.ts';
import type { RotationEngine } from './rotation-engine.ts';
import { readSecret } from './step/key-access.ts';

/** A new key that was taken. */
export interface ProvidedKey {
  readonly rotation: Rotation;
  readonly comparison: GivenKeyComparison;
  /** Null where the provider does not tell. */
  readonly account: string | null;
}

/** Rotations in which a person makes the new key. */
export interface GuidedRotations {
  /**
   * Looks at the new key, and goes on with it. Rejects as {@link lookAtGivenKey} and with `conflict` when none is waited for; nothing is
   * kept of the key then, and the rotation still waits.
   */
  provide(id: string, text: string, actor: Actor): Promise<ProvidedKey>;
}

/** What they are made from. */
export interface GuidedRotationsOptions {
  readonly registry: Pick<Registry, 'credentials' | 'rotations'>;
  readonly shelf: SecretShelf;
  readonly engine: Pick<RotationEngine, 'provide'>;
  readonly connectors: Pick<ConnectorDesk, 'connectGuided'>;
  readonly providers: Readonly<Record<string, Provider>>;
}

/** Makes them. */
export function createGuidedRotations(options: GuidedRotationsOptions): GuidedRotations {
  const { registry, shelf, engine, connectors, providers } = options;

  function waiting(id: string): RotationRecord {
    const rotation = registry.rotations.find(id);
    if (rotation === null) throw new TollkeeperError('not_found', `There is no rotation ${id}.`);
    if (personTask(rotation) === 'give-new-key') return rotation;
    throw new TollkeeperError('conflict', 'That rotation waits for no key.');
  }

  return {
    async provide(id, text, actor) {
      const rotation = waiting(id);
      const credential = registry.credentials.find(rotation.credentialId);
      if (credential === null) throw new TollkeeperError('not_found', 'The key was removed meanwhile.');
      const connection = connectors.connectGuided(credential, rotation);
      const oldSecret = (): Promise<string> => readSecret({ shelf }, rotation.oldItem);
      const found = await lookAtGivenKey({ text, credential, rotation, connection, providers, oldSecret });
      const { secret, keyId, comparison, account } = found;
      const message = describeComparison(found, connection.provider);
      return { rotation: await engine.provide(id, { id: keyId, secret, message }, actor), comparison, account };
    },
  };
}
