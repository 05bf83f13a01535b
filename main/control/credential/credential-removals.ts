import type { CredentialRecord, Registry } from '#main/store/registry/registry.ts';
import type { Actor } from '#shared/model/access.ts';
import type { Clock } from '#shared/model/clock.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { SecretShelf } from './secret-shelf.ts';

/** Milliseconds in which a removal can be taken back. */
export const undoWindowMs = 10_000;

/** What removals need. */
export interface RemovalsOptions {
  readonly registry: Pick<Registry, 'credentials' | 'audit' | 'transaction'>;
  readonly shelf: SecretShelf;
  readonly clock: Clock;
}

/** Removal of credentials, and the short time in which it can be taken back. */
export interface Removals {
  /** Removes the row at once; the newest other key of the provider becomes its default where this one was. */
  remove(record: CredentialRecord, actor: Actor): void;
  /** Brings it back as it was. Throws `not_found` when the time is over. */
  restore(id: string, actor: Actor): void;
  /** Destroys at once what still could be brought back. */
  close(): Promise<void>;
}

interface Removal {
  readonly record: CredentialRecord;
  readonly timer: NodeJS.Timeout;
}

/** Makes it. */
export function createRemovals({ registry, shelf, clock }: RemovalsOptions): Removals {
  const removed = new Map<string, Removal>();

  async function finish({ record, timer }: Removal): Promise<void> {
    clearTimeout(timer);
    removed.delete(record.id);
    if (record.vaultItem !== '') await shelf.destroy(record.vaultItem);
  }

  return {
    remove(record, actor) {
      registry.transaction(() => {
        registry.credentials.remove(record.id);
        if (record.vaultItem !== '') shelf.condemn(record.vaultItem);
        const heir = registry.credentials.list().findLast((other) => other.provider === record.provider);
        if (record.isDefault && heir !== undefined) registry.credentials.makeDefault(heir.id);
        const detail = { provider: record.provider, label: record.label, fingerprint: record.fingerprint };
        registry.audit.append({ event: 'credential-removed', actor, subject: record.id, detail }, clock.now());
      });
      const timer = setTimeout(() => {
        const removal = removed.get(record.id);
        if (removal !== undefined) void finish(removal);
      }, undoWindowMs).unref();
      removed.set(record.id, { record, timer });
    },
    restore(id, actor) {
      const removal = removed.get(id);
      if (removal === undefined)
        throw new TollkeeperError('not_found', 'That key can no longer be brought back. Add it again.');
      const { record, timer } = removal;
      registry.transaction(() => {
        const isOnly = registry.credentials.list().every((other) => other.provider !== record.provider);
        registry.credentials.insert({ ...record, isDefault: record.isDefault || isOnly });
        if (record.vaultItem !== '') shelf.keep(record.vaultItem);
        const detail = { provider: record.provider, label: record.label, restored: true };
        registry.audit.append({ event: 'credential-added', actor, subject: id, detail }, clock.now());
      });
      clearTimeout(timer);
      removed.delete(id);
    },
    async close() {
      await Promise.all([...removed.values()].map(finish));
    },
  };
}
