import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError, toErrorDocument } from '#shared/model/error.ts';
import type { OrphanKey } from '#shared/model/rotation.ts';
import type { Connection, ConnectorDesk } from './connector-desk.ts';
import { keyNamePrefix } from './step/make-new-key.ts';

/** What a search for orphans found, and where it could not look. */
export interface FoundOrphans {
  readonly orphans: readonly OrphanKey[];
  readonly unreachable: readonly { readonly credentialId: string; readonly message: string }[];
}

/** Keys at the providers that bear a name of ours and that nothing uses. */
export interface OrphanSearch {
  /** Leaves out credentials whose rotation has not ended: it looks after its keys itself. */
  orphans(): Promise<FoundOrphans>;
  /** Revokes one of those; anything else is refused with `not_found`. */
  removeOrphan(credentialId: string, keyId: string, actor: Actor): Promise<void>;
}

/** What a search is made from. */
export interface OrphanSearchOptions {
  readonly registry: Pick<Registry, 'credentials' | 'rotations' | 'audit'>;
  readonly connectors: ConnectorDesk;
  readonly clock: Clock;
}

/** Makes a search. */
export function createOrphanSearch({ registry, connectors, clock }: OrphanSearchOptions): OrphanSearch {
  const { rotations } = registry;
  const connect = (credential: CredentialRecord): Connection =>
    connectors.connect(credential, `orphans ${credential.id}`);

  /** The provider's ids of the key that serves. */
  function usedKeys({ id, version }: CredentialRecord): ReadonlySet<string> {
    const keys = rotations.list({ credentialId: id, limit: 1_000 }).flatMap(({ oldKey, newKey }) => [oldKey, newKey]);
    return new Set(keys.flatMap((key) => (key.version === version && key.keyId !== null ? [key.keyId] : [])));
  }

  async function orphansOf(credential: CredentialRecord): Promise<readonly OrphanKey[]> {
    const { connector, support } = connect(credential);
    if (!support.named || rotations.open(credential.id) !== null) return [];
    const used = usedKeys(credential);
    return (await connector.list(keyNamePrefix(credential.id)))
      .filter(({ id }) => !used.has(id))
      .map(({ id, name, createdAt, lastUsedAt }) => ({
        ...{ credentialId: credential.id, provider: credential.provider, keyId: id, name: name ?? '' },
        ...{ createdAt, lastUsedAt },
      }));
  }

  async function lookAt(credential: CredentialRecord): Promise<FoundOrphans> {
    try {
      return { orphans: await orphansOf(credential), unreachable: [] };
    } catch (error) {
      const { message } = toErrorDocument(error);
      return { orphans: [], unreachable: [{ credentialId: credential.id, message }] };
    }
  }

  return {
    async orphans() {
      const credentials = registry.credentials.list().filter((one) => connectors.methodOf(one) === 'automatic');
      const found = await Promise.all(credentials.map(lookAt));
      return {
        orphans: found.flatMap(({ orphans }) => orphans),
        unreachable: found.flatMap(({ unreachable }) => unreachable),
      };
    },
    async removeOrphan(credentialId, keyId, actor) {
      const credential = registry.credentials.find(credentialId);
      const orphans = credential === null ? [] : await orphansOf(credential);
      const orphan = orphans.find((one) => one.keyId === keyId);
      if (credential === null || orphan === undefined)
        throw new TollkeeperError('not_found', 'That key is no orphan of ours.');
      const secret = () => Promise.reject(new TollkeeperError('vault_item_missing'));
      await connect(credential).connector.revoke({ id: keyId, name: orphan.name, secret });
      const detail = { name: orphan.name };
      registry.audit.append({ event: 'orphan-revoked', actor, subject: credentialId, detail }, clock.now());
    },
  };
}
