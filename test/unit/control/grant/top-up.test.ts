import { describe, expect, test } from 'vitest';
import type { Grant } from '#shared/model/access.ts';
import { thrownBy } from '#test/fixtures/expect-error.ts';
import { type ControlBench, createControlBench } from '../control-bench.ts';

function granted(bench: ControlBench, terms: { uses?: number; budgetMicroUsd?: number } = {}): Grant {
  const grant = bench.grants.insert({
    ...{ requestId: 'req_1', tool: 'codey', purpose: null, process: null, binding: null, approvedBy: 'prompt' },
    terms: {
      ...{ scopes: ['openai:chat'], ttlSeconds: 900, untilLock: false },
      ...{ uses: terms.uses ?? null, budgetMicroUsd: terms.budgetMicroUsd ?? null },
    },
  });
  bench.grants.activate(grant);
  return grant;
}

function spend(bench: ControlBench, id: string, costMicroUsd: number): void {
  bench.grants.requestOpened(id);
  bench.grants.requestSettled(id, costMicroUsd);
  bench.grants.save();
}

describe('a top-up', () => {
  test('raises the budget and what is left of it, on the disk as well', () => {
    const bench = createControlBench();
    const grant = granted(bench, { budgetMicroUsd: 1_000 });
    spend(bench, grant.id, 700);
    const expected = { budgetMicroUsd: 1_500, budgetLeftMicroUsd: 800, spentMicroUsd: 700, status: 'active' };
    expect(bench.grants.topUp(grant.id, 500, 'tray')).toMatchObject(expected);
    expect(bench.registry.grants.find(grant.id)).toMatchObject(expected);
    expect(bench.restart().find(grant.id)).toMatchObject(expected);
    expect(bench.registry.audit.list({ limit: 1 })).toMatchObject([
      { event: 'grant-topped-up', actor: 'tray', subject: grant.id, detail: { tool: 'codey', amountMicroUsd: 500 } },
    ]);
  });

  test('brings a grant back that was spent before its time, less what it had overspent', () => {
    const bench = createControlBench();
    const grant = granted(bench, { budgetMicroUsd: 100 });
    spend(bench, grant.id, 250);
    expect(bench.grants.active()).toEqual([]);
    bench.grants.topUp(grant.id, 500, 'cli');
    const expected = { status: 'active', endedAt: null, endedBy: null, budgetMicroUsd: 600, budgetLeftMicroUsd: 350 };
    expect(bench.grants.active()).toMatchObject([expected]);
    expect(bench.restart().active()).toMatchObject([expected]);
    bench.pass(900_000);
    expect(bench.grants.find(grant.id)).toMatchObject({ status: 'ended', endedBy: 'expired' });
  });

  test('is refused for what is over, has no budget or has no uses left', () => {
    const bench = createControlBench();
    const [over, unlimited, used] = [
      granted(bench, { budgetMicroUsd: 100 }),
      granted(bench),
      granted(bench, { uses: 1, budgetMicroUsd: 100 }),
    ];
    bench.grants.end(over.id, 'revoked by cli', 'cli');
    spend(bench, used.id, 1);
    expect(thrownBy(() => bench.grants.topUp(over.id, 5, 'cli')).code).toBe('not_found');
    expect(thrownBy(() => bench.grants.topUp('grant_none', 5, 'cli')).code).toBe('not_found');
    expect(thrownBy(() => bench.grants.topUp(unlimited.id, 5, 'cli')).code).toBe('conflict');
    expect(thrownBy(() => bench.grants.topUp(used.id, 5, 'cli')).code).toBe('conflict');
    expect(bench.events()).not.toContain('grant-topped-up');
  });
});

describe('a grant\u2019s budget', () => {
  test('warns once at each share, and again after a top-up', () => {
    const bench = createControlBench();
    const grant = granted(bench, { budgetMicroUsd: 1_000 });
    const warnings = (): unknown[] =>
      bench.registry.audit
        .list({ afterSequence: 0, limit: 100 })
        .filter(({ event }) => event === 'budget-warning')
        .map(({ detail }) => detail.percent);
    spend(bench, grant.id, 799);
    expect(warnings()).toEqual([]);
    spend(bench, grant.id, 1);
    spend(bench, grant.id, 10);
    expect(warnings()).toEqual([80]);
    spend(bench, grant.id, 150);
    expect(warnings()).toEqual([80, 95]);
    bench.grants.topUp(grant.id, 1_000, 'cli');
    spend(bench, grant.id, 700);
    expect(warnings()).toEqual([80, 95, 80]);
  });
});
