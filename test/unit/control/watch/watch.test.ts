import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Watch } from '#main/control/watch/watch.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { grantRecord } from '#test/fixtures/registry-records.ts';
import { usageGroup } from '#test/fixtures/usage-group.ts';
import { countingRandom, createControlBench, demandOf, processOf } from '../control-bench.ts';
import { createWatchBench, steadyPast, type WatchBench } from './watch-bench.ts';

const now = createFakeClock().now();
const hourMs = 3_600_000;
const past = [steadyPast('codex', now)];
const newModel = (grantId: string): Partial<UsageRecord> => ({ tool: 'codex', grantId, model: 'claude-opus-4-5' });

function ask({ desk }: WatchBench): string {
  const demand = demandOf({ tool: 'codex' });
  return desk.ask({ demand, channel: 'control-socket', process: processOf(), userCode: null }).id;
}

describe('an alert', () => {
  it('says what happened, the evidence, the program and what was done', async () => {
    const bench = await createWatchBench(past);
    const grant = bench.grantFor('codex');
    bench.settle(newModel(grant.id));
    expect(bench.alerts()).toEqual([
      {
        ...{ id: expect.stringMatching(/^alert_/), rule: 'new-model', tool: 'codex', grantId: grant.id },
        sentence: '\u201Ccodex\u201D used anthropic/claude-opus-4-5 for the first time.',
        evidence: expect.arrayContaining([
          { name: 'Used before', value: 'anthropic (1 model)' },
          { name: 'Given to', value: '/usr/bin/node (process 42) in /work' },
        ]),
        ...{ requestId: 'req_1', auditSequence: null, count: 1, readAt: null },
        done: 'You were told; nothing was stopped.',
        ...{ firstAt: '2026-11-22T09:00:00.000Z', lastAt: '2026-11-22T09:00:00.000Z' },
      },
    ]);
    expect(bench.events()).toContain('alert-raised');
    expect(bench.grants.find(grant.id)?.status).toBe('active');
  });

  it('is one for a burst of the same, with how often and when last', async () => {
    const bench = await createWatchBench(past);
    const refused = { tool: null, grantId: null, outcome: 'denied', status: 401, errorCode: 'invalid_token' } as const;
    const flood = Array.from({ length: 300 }, () => refused);
    bench.settle(...flood);
    bench.pass(2 * hourMs);
    bench.settle(...flood);
    expect(bench.alerts()).toMatchObject([
      { rule: 'many-refused-tokens', tool: null, count: 20, lastAt: '2026-11-22T11:00:00.000Z', readAt: null },
    ]);
    expect(bench.events().filter((event) => event === 'alert-raised')).toHaveLength(1);
  });

  it('is not buried by many of its rule and tool, nor are those of others', async () => {
    const bench = await createWatchBench();
    for (let caller = 0; caller < 60; caller += 1) {
      const detail = { tool: 'codex', usedBy: { pid: caller, name: 'evil', executable: `/tmp/${caller}` } };
      const fact = { event: 'token-used-elsewhere', actor: 'client', subject: 'grant_1', detail } as const;
      bench.registry.audit.append(fact, bench.clock.now());
      bench.watch.flush();
    }
    expect(bench.alerts()).toHaveLength(20);
    expect(bench.alerts().reduce((sum, { count }) => sum + count, 0)).toBe(60);
    bench.watch.markRead(null, 'cli');
    const refused = { tool: null, grantId: null, outcome: 'denied', status: 401, errorCode: 'invalid_token' } as const;
    bench.settle(...Array.from({ length: 30 }, () => refused));
    expect(bench.watch.alerts({ unreadOnly: true, limit: 10 })).toMatchObject([{ rule: 'many-refused-tokens' }]);
  });

  it('that was read stays quiet for its cool-down, then is a new one', async () => {
    const bench = await createWatchBench();
    const refused = { tool: null, grantId: null, outcome: 'denied', status: 401, errorCode: 'invalid_token' } as const;
    const flood = Array.from({ length: 30 }, () => refused);
    bench.settle(...flood);
    expect(bench.watch.markRead(bench.alerts()[0]?.id ?? '', 'cli')).toBe(1);
    bench.pass(10 * 60_000);
    bench.settle(...flood);
    expect(bench.watch.alerts({ unreadOnly: true, limit: 10 })).toEqual([]);
    expect(bench.alerts()).toMatchObject([{ count: 2 }]);
    bench.pass(61 * 60_000);
    bench.settle(...flood);
    expect(bench.watch.alerts({ unreadOnly: true, limit: 10 })).toMatchObject([{ count: 1 }]);
  });

  it('stands until it is read, over a restart', async () => {
    const bench = await createWatchBench(past);
    bench.settle(newModel('grant_x'));
    const restarted = await bench.rewatch();
    const [alert] = restarted.alerts({ unreadOnly: true, limit: 10 });
    expect(alert?.rule).toBe('new-model');
    expect(restarted.markRead(null, 'dashboard')).toBe(1);
    expect(restarted.alerts({ unreadOnly: true, limit: 10 })).toEqual([]);
    expect(bench.events()).toContain('alerts-read');
    expect(() => restarted.markRead('alert_no', 'cli')).toThrow('There is no alert');
  });
});

describe('what a rule does', () => {
  it('off: nothing', async () => {
    const bench = await createWatchBench(past);
    bench.watch.setRule({ rule: 'new-model', action: 'off' }, 'cli');
    bench.settle(newModel(bench.grantFor('codex').id));
    expect(bench.alerts()).toEqual([]);
  });

  it('ask: ends the grant of the call, and the next request waits for a person whatever a policy says', async () => {
    const bench = await createWatchBench(past);
    const [grant, other] = [bench.grantFor('codex', { uses: 5 }), bench.grantFor('codex', { uses: 5 })];
    bench.registry.policies.insert({
      ...{
        id: 'pol_1',
        effect: 'allow',
        tool: 'codex',
        scopes: ['openai:chat'],
        executable: null,
        executableHash: null,
      },
      ...{ folder: null, ttlSeconds: 900, uses: null, budgetMicroUsd: null },
      ...{ createdAt: new Date(now).toISOString(), createdBy: 'cli' },
    });
    bench.watch.setRule({ rule: 'new-model', action: 'ask' }, 'cli');
    bench.settle(newModel(grant.id));
    expect(bench.grants.find(grant.id)).toMatchObject({ status: 'ended', endedBy: 'watch: new-model' });
    expect(bench.grants.find(other.id)?.status).toBe('active');
    expect(bench.alerts()).toMatchObject([{ done: 'Its access was ended; its next request waits for you.' }]);
    const restarted = await bench.rewatch();
    expect(restarted.asksAnew('codex')).toBe(true);
    const id = ask(bench);
    expect(bench.desk.isWaiting(id)).toBe(true);
    bench.desk.approve(id, {}, 'cli');
    expect(bench.watch.asksAnew('codex')).toBe(false);
    expect(bench.desk.isWaiting(ask(bench))).toBe(false);
  });

  it('revoke: ends every grant of the tool and of no other', async () => {
    const bench = await createWatchBench(past);
    const own = [bench.grantFor('codex', { uses: 5 }), bench.grantFor('codex', { uses: 5 })];
    const other = bench.grantFor('aider');
    bench.watch.setRule({ rule: 'new-model', action: 'revoke' }, 'cli');
    bench.settle(newModel(own[0]?.id ?? ''));
    expect(own.map(({ id }) => bench.grants.find(id)?.status)).toEqual(['ended', 'ended']);
    expect(bench.grants.find(other.id)?.status).toBe('active');
    expect(bench.alerts()[0]?.done).toBe('All of its access was ended (2 grants); its next request waits for you.');
  });

  it('is kept over a restart, recorded, and refused where it makes no sense', async () => {
    const bench = await createWatchBench();
    const change = { rule: 'many-refused-tokens', thresholds: { count: 5 } } as const;
    expect(bench.watch.setRule(change, 'cli')).toMatchObject({ thresholds: { count: 5, minutes: 10 } });
    expect((await bench.rewatch()).rules().find(({ rule }) => rule === change.rule)?.thresholds.count).toBe(5);
    expect(bench.events()).toContain('watch-rule-set');
    expect(() => bench.watch.setRule({ rule: 'many-refused-tokens', action: 'ask' }, 'cli')).toThrow('notify, off');
    bench.watch.setRule({ rule: 'many-refused-tokens', thresholds: null }, 'cli');
    expect(bench.registry.watchRules.list()).toEqual([]);
  });
});

describe('a token that is over', () => {
  const refusal = { tool: null, grantId: null, outcome: 'denied', status: 401, errorCode: 'invalid_token' } as const;

  function issue(
    bench: WatchBench,
    changes: { readonly referenceHash?: string } = {},
  ): { grantId: string; tokenId: string } {
    const grant = bench.grantFor('codex');
    bench.registry.tokens.insert({
      ...{ id: 'tok_1', grantId: grant.id, issuedAt: now, expiresAt: now + hourMs, revokedAt: null },
      ...{ referenceHash: null, clientId: null, keyThumbprint: null, ...changes },
    });
    return { grantId: grant.id, tokenId: 'tok_1' };
  }

  it.each([
    ['a JWT, by its id', null, 'tok_1'],
    ['a reference token, by its hash', createHash('sha256').update('tk_x').digest('base64url'), 'sha256:'],
  ])('is known again: %s', async (_name, referenceHash, named) => {
    const bench = await createWatchBench();
    const { grantId } = issue(bench, referenceHash === null ? {} : { referenceHash });
    bench.grants.end(grantId, 'revoked by cli', 'cli');
    bench.pass(2 * 60_000);
    bench.settle({ ...refusal, tokenId: named + (referenceHash ?? '') });
    expect(bench.alerts()).toMatchObject([{ rule: 'revoked-token-used', tool: 'codex', grantId }]);
  });

  it('is known when it alone was revoked', async () => {
    const bench = await createWatchBench();
    issue(bench);
    bench.registry.tokens.revoke('tok_1', now);
    bench.pass(2 * 60_000);
    bench.settle({ ...refusal, tokenId: 'tok_1' });
    expect(bench.alerts()).toMatchObject([{ rule: 'revoked-token-used' }]);
  });

  it.each([
    ['revoked by cli', 1],
    ['expired', 0],
  ])('was handed on, and ended with access that was %s', async (endedBy, alerts) => {
    const bench = await createWatchBench();
    const { grantId } = issue(bench);
    const parent = bench.grants.find(grantId);
    const child = { ...grantRecord({ id: 'grant_child', tool: 'codex', status: 'ended' }), parentGrantId: grantId };
    const endedAt = new Date(now).toISOString();
    bench.registry.grants.insert({ ...child, endedAt, endedBy: 'parent-ended' });
    bench.registry.tokens.insert({
      ...{ id: 'tok_child', grantId: 'grant_child', issuedAt: now, expiresAt: now + hourMs, revokedAt: null },
      ...{ referenceHash: null, clientId: null, keyThumbprint: null },
    });
    bench.grants.end(parent?.id ?? '', endedBy, 'system');
    bench.pass(2 * 60_000);
    bench.settle({ ...refusal, tokenId: 'tok_child' });
    expect(bench.alerts()).toHaveLength(alerts);
  });

  it.each(['expired', 'spent', 'lock'])('is no alarm when it is %s', async (endedBy) => {
    const bench = await createWatchBench();
    bench.grants.end(issue(bench).grantId, endedBy, 'system');
    bench.pass(2 * 60_000);
    bench.settle({ ...refusal, tokenId: 'tok_1' }, { ...refusal, tokenId: 'tok_unknown' });
    expect(bench.alerts()).toEqual([]);
  });

  it('for one call raises an alert when it is used once more', async () => {
    const bench = await createWatchBench();
    const grant = bench.grantFor('codex', { uses: 1 });
    const spent = { tool: 'codex', grantId: grant.id, outcome: 'denied', errorCode: 'token_already_used' } as const;
    bench.settle(spent, spent);
    expect(bench.alerts()).toMatchObject([{ rule: 'single-use-token-reused', count: 2, tool: 'codex' }]);
  });
});

describe('the audit log', () => {
  it('tells of a tool that was denied again and again', async () => {
    const bench = await createWatchBench();
    for (let time = 0; time < 3; time += 1) {
      const at = bench.clock.now();
      bench.registry.audit.append(
        { event: 'access-denied', actor: 'prompt', subject: 'req_1', detail: { tool: 'codex' } },
        at,
      );
      bench.pass(15 * 60_000);
    }
    bench.watch.flush();
    expect(bench.alerts()).toMatchObject([{ rule: 'denied-again', tool: 'codex', auditSequence: 3, requestId: null }]);
  });
});

describe('trouble', () => {
  it('of the ledger leaves a watch that knows no past and works', async () => {
    const bench = createControlBench();
    const log: string[] = [];
    const watch = new Watch({
      ...{ registry: bench.registry, grants: bench.grants, clock: bench.clock, random: countingRandom() },
      ledger: { toolHistory: async () => Promise.reject(new TypeError('gone')) },
      ...{ log: (event) => void log.push(event), onChange: () => undefined },
    });
    watch.settled(usageGroup({ outcome: 'denied', errorCode: 'invalid_token' }));
    await watch.load();
    const denied = usageGroup({
      outcome: 'denied',
      errorCode: 'invalid_token',
      startedAt: new Date(now).toISOString(),
    });
    for (let time = 0; time < 29; time += 1) watch.settled(denied);
    watch.flush();
    expect(log).toEqual(['watch-without-past']);
    expect(watch.alerts({ unreadOnly: true, limit: 5 })).toMatchObject([{ rule: 'many-refused-tokens' }]);
  });

  it('of the disk is logged and stops nothing', async () => {
    const bench = await createWatchBench(past);
    const grant = bench.grantFor('codex');
    bench.registry.transaction = () => {
      throw new TypeError('disk full');
    };
    expect(() => bench.settle(newModel(grant.id))).not.toThrow();
    expect(bench.log).toEqual(['watch-failed']);
  });
});
