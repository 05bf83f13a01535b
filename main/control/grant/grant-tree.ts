import type { Registry } from '#main/store/registry/registry.ts';
import { grantTreeLimits } from '#shared/model/access.ts';
import { TollkeeperError } from '#shared/model/error.ts';
import type { GrantEntry } from './grant-entry.ts';

/** How grants stem from one another. */
export interface GrantTree {
  /** The entries of a grant and of all it stems from, nearest first; one that the book has forgotten is passed over. */
  chain(id: string): readonly GrantEntry[];
  /** The entries of all that stems from a grant, itself not included. */
  descendants(id: string): readonly GrantEntry[];
  /** Throws `conflict` when a grant can't be handed on any further. */
  assertRoomBelow(id: string): void;
}

/** Looks at the book's entries as they are at each call. */
export function createGrantTree(
  entries: ReadonlyMap<string, GrantEntry>,
  registry: Pick<Registry, 'grants'>,
): GrantTree {
  function parentOf(id: string): string | null {
    return (entries.get(id)?.grant ?? registry.grants.find(id))?.parentGrantId ?? null;
  }

  function lineOf(id: string): readonly string[] {
    const line: string[] = [];
    for (let next: string | null = id; next !== null && line.length <= grantTreeLimits.depth; next = parentOf(next))
      line.push(next);
    return line;
  }

  function descendants(id: string): readonly GrantEntry[] {
    return [...entries.values()].filter(
      ({ grant }) => grant.parentGrantId !== null && grant.id !== id && lineOf(grant.id).includes(id),
    );
  }

  function chain(id: string): readonly GrantEntry[] {
    const entry = entries.get(id);
    if (entry?.grant.parentGrantId === null) return [entry];
    return lineOf(id).flatMap((each) => entries.get(each) ?? []);
  }

  return {
    chain,
    descendants,
    assertRoomBelow(id) {
      const line = lineOf(id);
      if (line.length > grantTreeLimits.depth)
        throw new TollkeeperError(
          'conflict',
          `A token can be handed on ${grantTreeLimits.depth} times, and this one was already.`,
        );
      const living = descendants(line.at(-1) ?? id).filter((entry) => entry.grant.status === 'active').length;
      if (living >= grantTreeLimits.descendants)
        throw new TollkeeperError(
          'conflict',
          `${grantTreeLimits.descendants} tokens that stem from the same grant are alive. End some of them first.`,
        );
    },
  };
}
