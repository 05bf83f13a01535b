import { describe, expect, test } from 'vitest';
import { type Grant, grantTreeLimits } from '#shared/model/access.ts';
import type { NarrowingWish } from '#shared/policy/narrow-grant.ts';
import { thrownBy } from '#test/fixtures/expect-error.ts';
import { type ControlBench, createControlBench, processOf } from '../control-bench.ts';

function granted(bench: ControlBench, terms: { uses?: number; budgetMicroUsd?: number } = {}): Grant {
  const grant = bench.grants.insert({
    ...{ requestId: 'req_1', tool: 'codey', purpose: null, process: processOf(), binding: null, approvedBy: 'prompt' },
    terms: {
      ...{ scopes: ['openai:chat', 'openai:models'], ttlSeconds: 900, untilLock: true },
      ...{ uses: terms.uses ?? null, budgetMicroUsd: terms.budgetMicroUsd ?? null },
    },
  });
  bench.grants.activate(grant);
  return grant;
}

function handedOn(bench: ControlBench, parent: Grant, wish: NarrowingWish = {}): Grant {
  return bench.grants.handOn({ parentGrantId: parent.id, delegate: 'searcher', wish });
}

function spend(bench: ControlBench, id: string, costMicroUsd: number): void {
  bench.grants.requestOpened(id);
  bench.grants.requestSettled(id, costMicroUsd);
}

describe('a grant that is handed on', () => {
  test('is its parent\u2019s but for what was narrowed, and never has more than that has left', () => {
    const bench = createControlBench();
    const parent = granted(bench, { uses: 5, budgetMicroUsd: 1_000 });
    spend(bench, parent.id, 300);
    const child = handedOn(bench, parent, { scopes: ['openai:chat:gpt-5*'], uses: 50, ttlSeconds: 60 });
    expect(child).toMatchObject({
      ...{ parentGrantId: parent.id, tool: 'codey', delegate: 'searcher', requestId: 'req_1', untilLock: true },
      ...{ scopes: ['openai:chat:gpt-5*'], uses: 4, usesLeft: 4, budgetMicroUsd: 700, spentMicroUsd: 0 },
      expiresAt: new Date(bench.clock.now() + 60_000).toISOString(),
    });
    const longer = handedOn(bench, parent, { ttlSeconds: 43_200 });
    expect(longer.expiresAt).toBe(parent.expiresAt);
    const token = handedOn(bench, parent, { ttlSeconds: 600, until: bench.clock.now() + 5_000 });
    expect(Date.parse(token.expiresAt), 'the token in hand ends before its grant').toBe(bench.clock.now() + 5_000);
    expect(bench.registry.grants.find(child.id)).toEqual(child);
    expect(bench.events()).toEqual(['grant-handed-on', 'grant-handed-on', 'grant-handed-on']);
  });

  test('can\u2019t be wider, nor come from nothing', () => {
    const bench = createControlBench();
    const parent = granted(bench, { uses: 1 });
    expect(thrownBy(() => handedOn(bench, parent, { scopes: ['openai:*'] })).code).toBe('insufficient_scope');
    expect(thrownBy(() => handedOn(bench, parent, { scopes: ['anthropic:chat'] })).code).toBe('insufficient_scope');
    bench.grants.requestOpened(parent.id);
    expect(thrownBy(() => handedOn(bench, parent)).code).toBe('token_already_used');
    bench.grants.requestSettled(parent.id, 1);
    expect(thrownBy(() => handedOn(bench, parent)).code).toBe('access_denied');
    expect(bench.registry.grants.list({ includeEnded: true })).toHaveLength(1);
  });

  test('takes what it uses from all above it, across a restart too', () => {
    const bench = createControlBench();
    const root = granted(bench, { uses: 10, budgetMicroUsd: 1_000 });
    const child = handedOn(bench, root, { uses: 4 });
    const grandchild = handedOn(bench, child, { uses: 2, budgetMicroUsd: 500 });
    spend(bench, grandchild.id, 200);
    spend(bench, child.id, 100);
    bench.grants.save();
    const expected = [
      [root.id, 8, 700, 300],
      [child.id, 2, 700, 300],
      [grandchild.id, 1, 300, 200],
    ];
    for (const book of [bench.grants, bench.restart()]) {
      const seen = [root, child, grandchild].map(({ id }) => {
        const grant = book.find(id);
        return [id, grant?.usesLeft, grant?.budgetLeftMicroUsd, grant?.spentMicroUsd];
      });
      expect(seen).toEqual(expected);
      expect(book.active().map(({ id }) => id)).toEqual([root.id, child.id, grandchild.id]);
    }
  });

  test('still charges what is above it when it was ended and forgotten before its last call was settled', () => {
    const bench = createControlBench();
    const root = granted(bench, { budgetMicroUsd: 1_000 });
    const child = handedOn(bench, root);
    bench.grants.end(child.id, 'revoked by cli', 'cli');
    bench.grants.requestSettled(child.id, 250);
    expect(bench.grants.find(root.id)).toMatchObject({ spentMicroUsd: 250, budgetLeftMicroUsd: 750, status: 'active' });
  });

  test('ends with any grant above it, and its siblings go on', () => {
    const bench = createControlBench();
    const root = granted(bench);
    const [child, sibling] = [handedOn(bench, root), handedOn(bench, root)];
    const grandchild = handedOn(bench, child);
    expect(bench.grants.end(child.id, 'revoked by cli', 'cli')).toBe(true);
    expect(bench.grants.leased().map(({ id }) => id)).toEqual([root.id, sibling.id]);
    expect(bench.registry.grants.find(grandchild.id)).toMatchObject({ status: 'ended', endedBy: 'parent-ended' });
    expect(bench.grants.endAll('lock', 'system', (grant) => grant.id === root.id)).toBe(2);
    expect(bench.grants.leased()).toEqual([]);
    expect(bench.registry.grants.list()).toEqual([]);
  });

  test('lives on below one that is spent, where a top-up serves it again', () => {
    const bench = createControlBench();
    const root = granted(bench, { budgetMicroUsd: 100 });
    const child = handedOn(bench, root, { budgetMicroUsd: 100 });
    spend(bench, root.id, 100);
    expect(bench.grants.find(root.id)).toMatchObject({ status: 'ended', endedBy: 'spent' });
    expect(bench.grants.leased().map(({ id }) => id)).toEqual([root.id, child.id]);
    expect(
      bench
        .restart()
        .leased()
        .map(({ id }) => id),
    ).toEqual([root.id, child.id]);
    bench.grants.topUp(root.id, 50, 'tray');
    expect(bench.grants.active().map(({ id }) => id)).toEqual([root.id, child.id]);
  });

  test('keeps its stream, and its parent known, past the end of their time', () => {
    const bench = createControlBench();
    const root = granted(bench);
    const child = handedOn(bench, root);
    bench.grants.requestOpened(child.id);
    bench.pass(900_000);
    expect(bench.grants.active()).toEqual([]);
    expect(bench.grants.leased().map(({ id }) => id)).toEqual([root.id, child.id]);
    bench.grants.requestSettled(child.id, 70);
    bench.grants.save();
    expect(bench.grants.leased()).toEqual([]);
    expect(bench.registry.grants.find(root.id)).toMatchObject({ endedBy: 'expired', spentMicroUsd: 70 });
  });

  test('goes only so deep and so wide', () => {
    const bench = createControlBench();
    const root = granted(bench);
    let deepest = root;
    for (let level = 0; level < grantTreeLimits.depth; level += 1) deepest = handedOn(bench, deepest);
    expect(thrownBy(() => handedOn(bench, deepest)).code).toBe('conflict');
    const others = Array.from({ length: grantTreeLimits.descendants - grantTreeLimits.depth }, () =>
      handedOn(bench, root),
    );
    expect(thrownBy(() => handedOn(bench, root)).code).toBe('conflict');
    bench.grants.end(others[0]?.id ?? '', 'revoked by cli', 'cli');
    expect(handedOn(bench, root).status).toBe('active');
  });

  test('is not taken for what a person gave the tool', () => {
    const bench = createControlBench();
    const root = granted(bench);
    handedOn(bench, root);
    expect(bench.registry.grants.listByTool('codey', 10).map(({ id }) => id)).toEqual([root.id]);
  });
});
