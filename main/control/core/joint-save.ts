import type { Registry } from '#main/store/registry/registry.ts';
import { toErrorDocument } from '#shared/model/error.ts';
import type { Log } from '../control-options.ts';

/** Writes what it has not written yet, inside the transaction, and returns what to do once that is committed; null for nothing. */
export type SavePart = () => (() => void) | null;

/** One transaction for everything that counts what requests cost: all of it is on the disk, or none. */
export interface JointSave {
  add(part: SavePart): void;
  /** False when it could not be written; the parts keep it for the next time. */
  save(): boolean;
}

/** Makes one without parts. */
export function createJointSave(registry: Pick<Registry, 'transaction'>, log: Log): JointSave {
  const parts: SavePart[] = [];
  let hasFailed = false;

  function writeAll(): readonly (() => void)[] {
    return registry.transaction(() => parts.map((part) => part()).filter((committed) => committed !== null));
  }

  return {
    add: (part) => void parts.push(part),
    save() {
      try {
        for (const committed of writeAll()) committed();
        hasFailed = false;
        return true;
      } catch (error) {
        if (!hasFailed) log('charges-not-saved', { reason: toErrorDocument(error).code });
        hasFailed = true;
        return false;
      }
    },
  };
}
