import type { Caller } from '../control.ts';

/** Grants that live as long as the connections they were bound to. */
export interface GrantHolders {
  /** The grant ends when this caller's connection, and every other one that holds it, is closed. */
  hold(grantId: string, caller: Pick<Caller, 'onDisconnect'>): void;
}

/** Makes the book of holders; `end` is called with a grant that lost its last one. */
export function createGrantHolders(end: (grantId: string) => void): GrantHolders {
  const holders = new Map<string, number>();
  return {
    hold(grantId, caller) {
      holders.set(grantId, (holders.get(grantId) ?? 0) + 1);
      caller.onDisconnect(() => {
        const left = (holders.get(grantId) ?? 1) - 1;
        if (left > 0) {
          holders.set(grantId, left);
          return;
        }
        holders.delete(grantId);
        end(grantId);
      });
    },
  };
}
