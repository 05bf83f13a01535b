import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '#shared/model/audit.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { groupUsage } from '#shared/model/usage-group.ts';
import { type RefusedToken, WatchBook } from '#shared/policy/watch-book.ts';
import { watchSettings } from '#shared/policy/watch-settings.ts';
import type { Sign } from '#shared/policy/watch-sign.ts';
import { groupOf } from '#test/fixtures/usage-group.ts';
import { callAt, momentOf, nothingKnown, ordinaryMonth, watchAll } from './watch-month.ts';

const settings = watchSettings([]);
const minuteMs = 60_000;

function rulesOf(signs: readonly Sign[]): readonly string[] {
  return signs.map(({ rule }) => rule);
}

function afterMonth(): WatchBook {
  const book = new WatchBook();
  watchAll(book, ordinaryMonth(7), settings);
  return book;
}

function burst(at: number, calls: number, changes: Partial<UsageRecord> = {}): readonly UsageRecord[] {
  return Array.from({ length: calls }, (_, index) => callAt(at + index * 500, changes));
}

describe('an ordinary month', () => {
  it.each(Array.from({ length: 20 }, (_, index) => 11 + index * 97))('raises nothing (seed %i)', (seed) => {
    expect(watchAll(new WatchBook(), ordinaryMonth(seed), settings)).toEqual([]);
  });

  it('raises nothing on the first day, whatever it brings', () => {
    const book = new WatchBook();
    const wild = [
      ...burst(momentOf(0, 3), 2_000, { costMicroUsd: 500_000 }),
      ...burst(momentOf(0, 22), 3_000, { provider: 'openai', model: 'gpt-5' }),
    ];
    expect(watchAll(book, wild, settings)).toEqual([]);
  });
});

describe('what is irregular after a month', () => {
  const workday = momentOf(31, 10);

  it.each([
    ['many calls', burst(workday, 3_000, { costMicroUsd: 100 }), 'calls-above-usual'],
    ['much money', burst(workday, 30, { costMicroUsd: 2_000_000 }), 'spend-above-usual'],
    ['another provider', burst(workday, 5, { provider: 'openai', model: 'gpt-5' }), 'new-provider'],
    ['another model', burst(workday, 5, { model: 'claude-opus-4-5' }), 'new-model'],
    ['the small hours', burst(momentOf(31, 3), 5), 'unusual-hour'],
  ])('%s is told once', (_name, rows, rule) => {
    const signs = watchAll(afterMonth(), rows, settings);
    expect(rulesOf(signs)).toEqual([rule]);
    expect(signs[0]).toMatchObject({ tool: 'claude-code', grantId: 'grant_1', requestId: expect.any(String) });
    expect(signs[0]?.evidence.length).toBeGreaterThan(2);
  });

  it('is told the same of calls that came together as of calls one by one', () => {
    const rows = [
      ...burst(momentOf(31, 3), 3),
      ...burst(workday, 3_000, { costMicroUsd: 20_000 }),
      ...burst(workday + 3_000_000, 2_500, { model: 'claude-opus-4-5', requestId: 'late' }),
      ...burst(momentOf(31, 12), 40, { outcome: 'denied', errorCode: 'insufficient_scope', status: 403 }),
    ];
    const book = afterMonth();
    const together = Array.from({ length: Math.ceil(rows.length / 37) }, (_, index) =>
      groupUsage(rows.slice(index * 37, index * 37 + 37)),
    );
    const signs = together.flat().flatMap((group) => book.count(group, settings, nothingKnown));
    expect(signs).toEqual(watchAll(afterMonth(), rows, settings));
    expect(new Set(rulesOf(signs)).size).toBe(5);
  });

  it.each([
    ['a busy hour', burst(workday, 150)],
    ['a dear hour', burst(workday, 20, { costMicroUsd: 90_000 })],
    ['an hour beside the usual ones', burst(momentOf(31, 21), 5)],
    ['a model that failed', burst(workday, 5, { model: 'typo', outcome: 'upstream_error', status: 404 })],
    ['a new tool', burst(momentOf(31, 3), 3_000, { tool: 'fresh' })],
    ['a nightly job at its hour', burst(momentOf(31, 3), 5, { tool: 'nightly-report', model: 'claude-haiku-4-5' })],
  ])('%s is not', (_name, rows) => {
    expect(watchAll(afterMonth(), rows, settings)).toEqual([]);
  });

  it('says the numbers and the past in words', () => {
    const [sign] = watchAll(afterMonth(), burst(workday, 3_000, { costMicroUsd: 100 }), settings);
    expect(sign?.sentence).toMatch(
      /^\u201Cclaude-code\u201D made [\d,]+ calls within an hour; usually it makes \d+\.$/,
    );
    expect(sign?.evidence.map(({ name }) => name)).toEqual([
      ...['Since', 'Usual hour', 'Busy hour', 'Told from', 'Looked at'],
    ]);
  });

  it('goes on from what the ledger knows after a restart, the hour that runs included', () => {
    const hours = Array.from({ length: 60 }, (_, index) => ({
      at: momentOf(Math.floor(index / 8), 9 + (index % 8)),
      calls: 40,
      costMicroUsd: 40_000,
    }));
    const models = [{ provider: 'anthropic', model: 'claude-sonnet-4-5' }];
    const running = { at: momentOf(10, 10), calls: 2_000, costMicroUsd: 40_000 };
    const restarted = (last: typeof running): WatchBook => {
      const book = new WatchBook();
      book.load([{ tool: 'claude-code', hours: [...hours, last], models }]);
      return book;
    };
    const next = [callAt(momentOf(10, 10, 30))];
    expect(rulesOf(watchAll(restarted(running), next, settings))).toEqual(['calls-above-usual']);
    expect(watchAll(restarted({ ...running, calls: 10 }), next, settings)).toEqual([]);
  });

  it('is judged by a person\u2019s own numbers', () => {
    const strict = watchSettings([
      { rule: 'calls-above-usual', action: 'notify', thresholds: { spread: 1, floor: 50, hours: 5, days: 1 } },
    ]);
    const book = new WatchBook();
    const calm = Array.from({ length: 10 }, (_, index) => burst(momentOf(Math.floor(index / 5), 9 + (index % 5)), 20));
    watchAll(book, calm.flat(), strict);
    expect(rulesOf(watchAll(book, burst(momentOf(2, 10), 70), strict))).toEqual(['calls-above-usual']);
  });

  it('does not count one hour twice because the clock went back', () => {
    const book = afterMonth();
    const signs = Array.from({ length: 10 }, (_, day) => watchAll(book, burst(momentOf(30 - day, 10), 150), settings));
    expect(signs.flat()).toEqual([]);
  });
});

describe('refused calls', () => {
  const refusal = { outcome: 'denied', status: 401, errorCode: 'invalid_token', tool: null, grantId: null } as const;
  const ended: RefusedToken = {
    ...{ tokenId: 'tok_1', grantId: 'grant_1', tool: 'codex' },
    ...{ endedAt: momentOf(1, 10), endedBy: 'revoked by tray' },
  };

  it.each([
    ['revoked by the owner', ended, 5, 1],
    ['ended by panic', { ...ended, endedBy: 'panic' }, 5, 1],
    ['of a run that is over', { ...ended, endedBy: 'run-exited' }, 5, 1],
    ['ended by a rule', { ...ended, endedBy: 'watch: new-model' }, 5, 1],
    ['revoked just now', ended, 0.5, 0],
    ['run out', { ...ended, endedBy: 'expired' }, 5, 0],
    ['spent', { ...ended, endedBy: 'spent' }, 5, 0],
    ['ended as the screen was locked', { ...ended, endedBy: 'lock' }, 5, 0],
    ['that lives', { ...ended, endedAt: null, endedBy: null }, 5, 0],
    ['nobody knows', null, 5, 0],
  ])('with a token %s', (_name, token, minutesLater, told) => {
    const row = callAt(momentOf(1, 10) + minutesLater * minuteMs, { ...refusal, tokenId: 'tok_1' });
    const signs = new WatchBook().count(groupOf(row), settings, { ...nothingKnown, refusedToken: () => token });
    expect(rulesOf(signs)).toEqual(Array.from({ length: told }, () => 'revoked-token-used'));
    if (told > 0) expect(signs[0]).toMatchObject({ tool: 'codex', grantId: 'grant_1', about: 'tok_1' });
  });

  it.each([
    ['for one call', 1, 1],
    ['for ten calls, which a tool may run out of', 10, 0],
    ['without a limit', null, 0],
  ])('with a spent token %s', (_name, uses, told) => {
    const row = callAt(momentOf(1, 10), { outcome: 'denied', status: 409, errorCode: 'token_already_used' });
    const signs = new WatchBook().count(groupOf(row), settings, { ...nothingKnown, uses: () => uses });
    expect(rulesOf(signs)).toEqual(Array.from({ length: told }, () => 'single-use-token-reused'));
  });

  it.each([
    ['thirty in five minutes', 30, 10_000, 1],
    ['sixty in ten minutes', 60, 10_000, 2],
    ['twenty-nine', 29, 1_000, 0],
    ['thirty in an hour', 30, 120_000, 0],
  ])('without a live token: %s', (_name, count, everyMs, told) => {
    const rows = Array.from({ length: count }, (_, index) => callAt(momentOf(1, 10) + index * everyMs, refusal));
    expect(rulesOf(watchAll(new WatchBook(), rows, settings))).toEqual(
      Array.from({ length: told }, () => 'many-refused-tokens'),
    );
  });

  it('beyond the scope are counted for each tool', () => {
    const beyond = { outcome: 'denied', status: 403, errorCode: 'insufficient_scope' } as const;
    const rows = Array.from({ length: 18 }, (_, index) =>
      callAt(momentOf(1, 10) + index * 1_000, { ...beyond, tool: index % 2 === 0 ? 'one' : 'two' }),
    );
    expect(watchAll(new WatchBook(), rows, settings)).toEqual([]);
    const more = rows.map((row) => ({ ...row, tool: 'one' }));
    expect(rulesOf(watchAll(new WatchBook(), more, settings))).toEqual(['beyond-scope']);
  });
});

describe('the audit log', () => {
  const denial = (minute: number, tool = 'codex', actor = 'prompt'): AuditEntry => ({
    ...{ sequence: minute, event: 'access-denied', actor, subject: 'req_1', hash: '', detail: { tool } },
    at: new Date(momentOf(1, 10, minute)).toISOString(),
  });

  const entryOf = (event: string, detail: Record<string, unknown>): AuditEntry => ({
    ...{ sequence: 9, event, actor: 'client', subject: 'grant_1', hash: '', detail },
    at: new Date(momentOf(1, 10)).toISOString(),
  });
  const thief = {
    pid: 9,
    name: 'curl',
    executable: '/usr/bin/curl',
    folder: '/tmp',
    parents: [{ pid: 8, name: 'bash' }],
  };

  it.each([
    [
      ['another process of a run', 'token-used-elsewhere', { boundTo: { name: 'bash', pid: 4 }, usedBy: thief }],
      ['was used by curl', '/usr/bin/curl (process 9) in /tmp', 'bash (8)', 'what bash (process 4) started'],
    ],
    [
      ['another program', 'token-used-elsewhere', { boundTo: { executable: '/usr/bin/codex' }, usedBy: null }],
      ['could not be told', 'unknown', '/usr/bin/codex'],
    ],
    [
      ['a refresh token', 'refresh-token-reused', { clientId: 'client_1' }],
      ['A refresh token of', 'client_1'],
    ],
    [
      ['a sign-in code', 'authorization-code-reused', { clientId: 'client_1' }],
      ['An authorization code of', 'client_1'],
    ],
  ] as const)('%j', ([, event, detail], told) => {
    const [sign] = new WatchBook().hear(entryOf(event, { tool: 'codex', ...detail }), settings);
    expect(sign).toMatchObject({ tool: 'codex', auditSequence: 9, grantId: 'grant_1', requestId: null });
    const text = [sign?.sentence, ...(sign?.evidence ?? []).map(({ value }) => value)].join('\n');
    for (const words of ['\u201Ccodex\u201D', ...told]) expect(text).toContain(words);
  });

  it('is told of even when an entry is not as it was thought', () => {
    const [sign] = new WatchBook().hear(entryOf('token-used-elsewhere', { usedBy: 'nonsense' }), settings);
    expect(sign).toMatchObject({ rule: 'foreign-process', tool: null });
    expect(new WatchBook().hear(entryOf('toString', {}), settings)).toEqual([]);
    expect(new WatchBook().hear(entryOf('grant-ended', {}), settings)).toEqual([]);
  });

  it.each([
    ['three denials in an hour', [denial(0), denial(20), denial(40)], 1],
    ['two', [denial(0), denial(20)], 0],
    ['of two tools', [denial(0), denial(20, 'aider'), denial(40)], 0],
    [
      'given by a policy, which the owner knows',
      [denial(0), denial(20), denial(40)].map((entry) => ({ ...entry, actor: 'policy' })),
      0,
    ],
    ['taken back by the tool', [denial(0), denial(20), denial(40, 'codex', 'client')], 0],
  ])('%s', (_name, entries, told) => {
    const book = new WatchBook();
    expect(entries.flatMap((entry) => book.hear(entry, settings))).toHaveLength(told);
  });
});
