import { describe, expect, test } from 'vitest';
import { GatewayState } from '#main/gateway/state/gateway-state.ts';
import type { GrantState } from '#main/gateway/state/grant-state.ts';
import type { GrantLease, Snapshot } from '#shared/contract/port.ts';

const noon = Date.UTC(2026, 0, 1, 12);
const clock = { now: () => noon, monotonic: () => 0 };

function leaseOf(grantId: string, changes: Partial<GrantLease> = {}): GrantLease {
  return {
    ...{ grantId, tool: 't', scopes: ['openai:chat'], expiresAt: noon + 60_000 },
    ...{ usesLeft: null, budgetLeftMicroUsd: null, budgetMicroUsd: null, queryToken: false },
    ...changes,
  };
}

function snapshotOf(version: number, grants: readonly GrantLease[]): Snapshot {
  return {
    ...{ version, issuer: 'http://127.0.0.1:8377', audience: 'http://127.0.0.1:8377', jwks: { keys: [] } },
    ...{ upstreams: [], aliases: [], grants, limits: [], revokedTokenIds: [], referenceTokens: [], paused: false },
  };
}

function grantOf(state: GatewayState, id: string): GrantState {
  const grant = state.grant(id);
  if (grant === undefined) throw new Error(`no grant ${id}`);
  return grant;
}

/** Numbers from 0 to 1 that differ, and are the same in every run. */
function dice(seed: number): () => number {
  let last = seed;
  return () => {
    last = (last * 48_271) % 2_147_483_647;
    return last / 2_147_483_647;
  };
}

describe('a use', () => {
  test('is taken once by a hundred callers, a thousand times over, whichever level of the tree holds it', () => {
    for (let round = 0; round < 1_000; round += 1) {
      const roll = dice(round + 1);
      const holder = Math.floor(roll() * 3);
      const uses = 1 + Math.floor(roll() * 3);
      const state = new GatewayState(
        snapshotOf(1, [
          leaseOf('grandchild', { parentGrantId: 'child', usesLeft: holder === 2 ? uses : null }),
          leaseOf('child', { parentGrantId: 'root', usesLeft: holder === 1 ? uses : null }),
          leaseOf('root', { usesLeft: holder === 0 ? uses : null }),
        ]),
        clock,
      );
      const levels = ['root', 'child', 'grandchild'].slice(holder).map((id) => grantOf(state, id));
      const taken = Array.from({ length: 100 }, () => levels[Math.floor(roll() * levels.length)]?.takeUse() === true);
      expect(taken.filter(Boolean)).toHaveLength(uses);
      for (const level of levels) expect([level.hasUse, level.countsUses]).toEqual([false, true]);
    }
  });

  test('is not lost above when one below has none', () => {
    const leases = [leaseOf('root', { usesLeft: 2 }), leaseOf('child', { parentGrantId: 'root', usesLeft: 1 })];
    const state = new GatewayState(snapshotOf(1, leases), clock);
    const [root, child] = [grantOf(state, 'root'), grantOf(state, 'child')];
    expect([child.takeUse(), child.takeUse(), root.takeUse(), root.takeUse()]).toEqual([true, false, true, false]);
  });
});

describe('a budget', () => {
  test('is never overspent at any level, whatever is reserved and settled in whatever order', () => {
    for (let round = 0; round < 300; round += 1) {
      const roll = dice(round + 7);
      const budgets = { root: 1_000, child: 700, grandchild: 400 };
      const leases = Object.entries(budgets).map(([id, budgetLeftMicroUsd], level) =>
        leaseOf(id, {
          budgetLeftMicroUsd,
          budgetMicroUsd: budgetLeftMicroUsd,
          parentGrantId: level === 0 ? null : (Object.keys(budgets)[level - 1] ?? null),
        }),
      );
      const state = new GatewayState(snapshotOf(1, leases), clock);
      const spent: Record<string, number> = { root: 0, child: 0, grandchild: 0 };
      const running: { readonly id: string; readonly reserved: number }[] = [];
      for (let step = 0; step < 60; step += 1) {
        const id = Object.keys(budgets)[Math.floor(roll() * 3)] ?? 'root';
        const amount = 1 + Math.floor(roll() * 200);
        if (roll() < 0.6) {
          if (grantOf(state, id).reserve(amount)) running.push({ id, reserved: amount });
        } else {
          const call = running.splice(Math.floor(roll() * running.length), 1)[0];
          if (call === undefined) continue;
          const cost = Math.floor(roll() * (call.reserved + 1));
          grantOf(state, call.id).settle(call.reserved, cost);
          const line = Object.keys(budgets).slice(0, Object.keys(budgets).indexOf(call.id) + 1);
          for (const level of line) spent[level] = (spent[level] ?? 0) + cost;
        }
        const held = (level: string): number =>
          running
            .filter((call) => Object.keys(budgets).indexOf(call.id) >= Object.keys(budgets).indexOf(level))
            .reduce((sum, call) => sum + call.reserved, 0);
        for (const [level, budget] of Object.entries(budgets))
          expect((spent[level] ?? 0) + held(level)).toBeLessThanOrEqual(budget);
      }
    }
  });

  test('that is refused above sets nothing aside below', () => {
    const leases = [
      leaseOf('root', { budgetLeftMicroUsd: 100, budgetMicroUsd: 100 }),
      leaseOf('child', { parentGrantId: 'root', budgetLeftMicroUsd: 500, budgetMicroUsd: 500 }),
    ];
    const state = new GatewayState(snapshotOf(1, leases), clock);
    const child = grantOf(state, 'child');
    expect([child.reserve(400), child.reserve(100), child.hasBudget]).toEqual([false, true, true]);
    child.settle(100, 40);
    expect([child.reserve(61), child.reserve(60)]).toEqual([false, true]);
  });
});

describe('a tree', () => {
  test('without its root is nothing, and what runs in it is cut', () => {
    const root = leaseOf('root');
    const child = leaseOf('child', { parentGrantId: 'root' });
    const grandchild = leaseOf('grandchild', { parentGrantId: 'child' });
    const state = new GatewayState(snapshotOf(1, [root, child, grandchild]), clock);
    const cut: string[] = [];
    for (const id of ['child', 'grandchild'])
      grantOf(state, id).running.join({ tokenId: null, cut: () => void cut.push(id) });
    state.apply(snapshotOf(2, [child, grandchild]));
    expect(cut.sort()).toEqual(['child', 'grandchild']);
    expect(state.grant('grandchild')).toBeUndefined();
  });
});
