import type { Registry } from '#main/store/registry/registry.ts';
import type { Clock } from '#shared/model/clock.ts';
import type { JointSave } from '../core/joint-save.ts';
import { type GrantEntry, hasUnsaved } from './grant-entry.ts';

/** Writes down what the book counted and which grants ended. */
export interface GrantRecords {
  /** Writes what is unsaved of one entry; to be called inside a transaction. */
  write(entry: GrantEntry): void;
  /** Writes everything that is unsaved; what can't be written is kept for the next time. */
  save(): void;
}

/** What the records are made from. */
export interface GrantRecordsOptions {
  readonly registry: Pick<Registry, 'grants' | 'audit'>;
  readonly clock: Clock;
  readonly books: JointSave;
  readonly entries: ReadonlyMap<string, GrantEntry>;
  /** Everything of this entry is on the disk now. */
  readonly onWritten: (entry: GrantEntry) => void;
}

/** Takes part in the joint save. */
export function createGrantRecords({ registry, clock, books, entries, onWritten }: GrantRecordsOptions): GrantRecords {
  function write({ grant, unsaved, unrecorded }: GrantEntry): void {
    if (unsaved.uses > 0 || unsaved.costMicroUsd > 0) registry.grants.charge(grant.id, unsaved);
    if (unrecorded === null || !registry.grants.end(grant.id, unrecorded)) return;
    registry.audit.append(
      {
        event: 'grant-ended',
        actor: unrecorded.actor,
        subject: grant.id,
        detail: { tool: grant.tool, endedBy: unrecorded.endedBy },
      },
      clock.now(),
    );
  }

  function writeUnsaved(): (() => void) | null {
    const written = [...entries.values()].filter(hasUnsaved);
    if (written.length === 0) return null;
    for (const entry of written) write(entry);
    return () => {
      for (const entry of written) {
        entry.unsaved = { uses: 0, costMicroUsd: 0 };
        entry.unrecorded = null;
        onWritten(entry);
      }
    };
  }

  books.add(writeUnsaved);
  return { write, save: () => void books.save() };
}
