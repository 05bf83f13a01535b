import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TollkeeperError } from '#shared/model/error.ts';
import { type FakeHandlers, startFakeControl } from '#test/fakes/fake-control.ts';
import { testHome, testNow } from './run-cli.ts';
import { createdRequest, grantedAccess, samples } from './samples.ts';

const panicked = {
  ...{ grantsEnded: 2, requestsDenied: 1, callsCut: 4, streamsCut: 3, durationMs: 12 },
  gatewayAnswered: true,
};

const { alias, credential, request, grant, policy, record, summary, entry, status } = samples;

const silenced = {
  ...{ id: 'sil_eee1', tool: 'codex', executable: '/usr/bin/codex', refused: 3 },
  since: '2026-11-22T11:58:00.000Z',
  until: '2026-11-22T12:08:00.000Z',
};
const { id: _id, createdAt: _createdAt, createdBy: _createdBy, ...draft } = policy;
const suggestion = { draft, saved: 12 };
const added = { ...draft, id: 'pol_new', createdAt: policy.createdAt, createdBy: 'cli' };

const handlers: FakeHandlers = {
  'credential.list': () => [credential, { ...credential, id: 'cred_bbb2', isDefault: false }],
  'credential.verify': () => ({ ...credential.verification }),
  'credential.remove': () => ({}),
  'credential.setWeight': ({ weight }) => ({ ...credential, weight }),
  'alias.list': () => [alias],
  'alias.set': (draft) => ({
    alias: { ...alias, ...draft, timeouts: draft.timeouts ?? {}, fallbackOn: draft.fallbackOn ?? [] },
    unlisted: ['gemini/gemini-9'],
  }),
  'alias.remove': () => ({}),
  'request.list': () => [request],
  'request.create': () => createdRequest,
  'request.wait': () => grantedAccess,
  'request.approve': () => ({ grantId: grant.id }),
  'request.deny': () => ({}),
  'request.silenced': () => [silenced],
  'request.listen': () => ({}),
  'approval.report': () => ({ days: [], suggestions: [suggestion] }),
  'grant.list': () => [grant],
  'grant.revoke': () => ({}),
  panic: () => panicked,
  'policy.list': () => [policy],
  'policy.add': (made) => ({ ...made, id: 'pol_new', createdAt: policy.createdAt, createdBy: 'cli' }),
  'policy.remove': () => ({}),
  'usage.list': () => ({ total: 1, offset: 0, records: [record] }),
  'usage.summary': () => [summary],
  'audit.list': () => [{ ...entry, sequence: 8 }, entry],
  'audit.verify': () => ({ entries: 8, intact: true, brokenAt: null }),
  'status.read': () => status,
  'gateway.pause': () => ({}),
};

/** Command lines, the document each prints, and the operation it ends in. */
const documents: readonly (readonly [string, unknown, string, unknown])[] = [
  ['key list', [credential, { ...credential, id: 'cred_bbb2', isDefault: false }], 'credential.list', {}],
  ['key verify cred_a', { id: 'cred_aaa1', ...credential.verification }, 'credential.verify', { id: 'cred_aaa1' }],
  ['key remove cred_b', { id: 'cred_bbb2' }, 'credential.remove', { id: 'cred_bbb2' }],
  ['key weight cred_a 3', { ...credential, weight: 3 }, 'credential.setWeight', { id: 'cred_aaa1', weight: 3 }],
  ['key weight cred_a off', { ...credential, weight: null }, 'credential.setWeight', { id: 'cred_aaa1', weight: null }],
  ['alias list', [alias], 'alias.list', {}],
  [
    'alias set fast openai/gpt-5-mini gemini/gemini-9 --first-byte-timeout 20s --connect-timeout 500ms --fallback-on 429,5xx',
    {
      ...alias,
      targets: [
        { provider: 'openai', model: 'gpt-5-mini' },
        { provider: 'gemini', model: 'gemini-9' },
      ],
      timeouts: { connectMs: 500, firstByteMs: 20_000 },
      fallbackOn: ['429', '5xx'],
      unlisted: ['gemini/gemini-9'],
    },
    'alias.set',
    {
      name: 'fast',
      targets: [
        { provider: 'openai', model: 'gpt-5-mini' },
        { provider: 'gemini', model: 'gemini-9' },
      ],
      timeouts: { connectMs: 500, firstByteMs: 20_000 },
      fallbackOn: ['429', '5xx'],
    },
  ],
  ['alias remove fast', { name: 'fast' }, 'alias.remove', { name: 'fast' }],
  ['requests', [request], 'request.list', {}],
  ['approve KFTW-9PLM', { id: request.id, grantId: grant.id }, 'request.approve', { id: request.id, approval: {} }],
  [
    'approve req_b --ttl 12h --uses 3 --budget 0.01 --scope openai:models openai:chat --always --until-lock',
    { id: request.id, grantId: grant.id },
    'request.approve',
    {
      id: request.id,
      approval: {
        scopes: ['openai:models', 'openai:chat'],
        ttlSeconds: 43_200,
        uses: 3,
        budgetMicroUsd: 10_000,
        untilLock: true,
        always: true,
      },
    },
  ],
  [
    'approve --scope openai:chat kftw9plm',
    { id: request.id, grantId: grant.id },
    'request.approve',
    { id: request.id, approval: { scopes: ['openai:chat'] } },
  ],
  [
    'approve KFTW-9PLM --always --any-folder',
    { id: request.id, grantId: grant.id },
    'request.approve',
    { id: request.id, approval: { always: true, anyFolder: true } },
  ],
  ['requests --silenced', [silenced], 'request.silenced', {}],
  ['listen codex', { tool: 'codex' }, 'request.listen', { id: 'codex' }],
  ['policy suggest', [suggestion], 'approval.report', { days: 30 }],
  ['policy suggest --days 7 --add 1', added, 'policy.add', suggestion.draft],
  [
    'request --tool codex --scope openai:chat --background',
    createdRequest,
    'request.create',
    {
      ...{ tool: 'codex', scopes: ['openai:chat'], ttlSeconds: 900, uses: null, budgetMicroUsd: null, purpose: null },
      background: true,
    },
  ],
  ['deny req_bbb1', { id: request.id }, 'request.deny', { id: request.id }],
  ['grants', [grant], 'grant.list', { includeEnded: true, limit: 100 }],
  ['grants --active --limit 5', [grant], 'grant.list', { includeEnded: false, limit: 5 }],
  ['revoke grant_c', { id: grant.id }, 'grant.revoke', { id: grant.id }],
  ['revoke token-id', { id: 'token-id' }, 'grant.revoke', { id: 'token-id' }],
  ['panic', panicked, 'panic', {}],
  ['policy list', [policy], 'policy.list', {}],
  ['policy remove pol_d', { id: policy.id }, 'policy.remove', { id: policy.id }],
  ['usage', [record], 'usage.list', { filter: { since: '2026-11-15T12:00:00.000Z' }, offset: 0, limit: 1_000 }],
  ['usage --since 24h --by tool', [summary], 'usage.summary', { since: '2026-11-21T12:00:00.000Z', by: 'tool' }],
  ['log', [entry, { ...entry, sequence: 8 }], 'audit.list', { limit: 100 }],
  ['log --verify', { entries: 8, intact: true, brokenAt: null }, 'audit.verify', {}],
  ['status', status, 'status.read', {}],
  ['pause', { paused: true }, 'gateway.pause', { paused: true }],
  ['resume', { paused: false }, 'gateway.pause', { paused: false }],
  [
    'request --tool codex --scope openai:chat --budget 2.50 --purpose why',
    createdRequest,
    'request.create',
    { tool: 'codex', scopes: ['openai:chat'], ttlSeconds: 900, uses: null, budgetMicroUsd: 2_500_000, purpose: 'why' },
  ],
  [
    'request --tool codex --scope openai:chat --wait',
    grantedAccess,
    'request.wait',
    { id: request.id, bindToConnection: false, reference: false },
  ],
  [
    'token --tool codex --scope openai:chat --reference',
    grantedAccess,
    'request.wait',
    { id: request.id, bindToConnection: false, reference: true },
  ],
  [
    'token --request req_bbb1',
    grantedAccess,
    'request.wait',
    { id: request.id, bindToConnection: false, reference: false },
  ],
];

describe('documents of --json', () => {
  test.each(documents)('toll %s', async (line, document, operation, input) => {
    const home = testHome();
    const control = await startFakeControl(home.paths, handlers);
    const { code, stdout, stderr } = await home.toll([...line.split(' '), '--json']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(document);
    expect(code).toBe(0);
    expect(control.calls.at(-1)).toEqual({ name: operation, input });
  });

  test('says that no terminal belongs to it, unless the request is for the background anyway', async () => {
    const home = testHome();
    const control = await startFakeControl(home.paths, handlers);
    const line = ['request', '--tool', 'codex', '--scope', 'openai:chat'];
    await home.toll(line, { hasTerminal: false });
    expect(control.calls.at(-1)?.input).toMatchObject({ terminal: false });
    await home.toll([...line, '--background'], { hasTerminal: false });
    expect(control.calls.at(-1)?.input).not.toHaveProperty('terminal');
  });

  test('toll policy add --pin binds to what the program contains now', async () => {
    const home = testHome();
    const control = await startFakeControl(home.paths, handlers);
    const program = join(home.folder, 'aider');
    writeFileSync(program, 'abc');
    const line = ['policy', 'add', 'allow', '--tool', 'aider', '--scope', 'openai:chat'];
    expect((await home.toll([...line, '--executable', program, '--pin'])).code).toBe(0);
    expect(control.calls.at(-1)?.input).toMatchObject({
      executable: program,
      executableHash: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
    expect((await home.toll([...line, '--executable', `${program}-gone`, '--pin'])).code).toBe(2);
    expect((await home.toll([...line, '--pin'])).code).toBe(2);
  });

  test('toll policy add takes an effect, a tool and scopes', async () => {
    const home = testHome();
    const control = await startFakeControl(home.paths, handlers);
    const line = ['policy', 'add', 'deny', '--tool', 'my tool', '--scope', 'openai:chat gemini:*', '--folder', '/work'];
    const { code, stdout } = await home.toll([...line, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ id: 'pol_new', effect: 'deny' });
    expect(control.calls.at(-1)?.input).toEqual({
      effect: 'deny',
      tool: 'my tool',
      scopes: ['openai:chat', 'gemini:*'],
      executable: null,
      executableHash: null,
      folder: '/work',
      ttlSeconds: 900,
      uses: null,
      budgetMicroUsd: null,
    });
  });

  test('every command line above also speaks to people', async () => {
    const home = testHome();
    await startFakeControl(home.paths, handlers);
    for (const [line] of documents) {
      const { code, stdout } = await home.toll(line.split(' '));
      expect(code, line).toBe(0);
      expect(stdout, line).toMatch(/\S.*\n$/s);
      expect(stdout, line).not.toContain('\u001B');
    }
  });
});

describe('errors', () => {
  test('without a running Tollkeeper every command says how to start it', async () => {
    const { code, stdout, stderr } = await testHome().toll(['grants', '--json']);
    expect([code, stdout]).toEqual([1, '']);
    expect(JSON.parse(stderr)).toEqual({
      error: { code: 'not_running', message: expect.stringContaining('toll serve') },
    });
  });

  test.each([
    ['grants --nonsense'],
    ['no-such-command'],
    ['request --tool x'],
    ['request --scope openai:chat'],
    ['request --tool x --scope nonsense'],
    ['request --tool x --scope openai:chat --ttl 13h'],
    ['request --tool x --scope openai:chat --budget 1e3'],
    ['request --tool x --scope openai:chat --uses 0'],
    ['usage --by colour'],
    ['usage --since yesterday'],
    ['approve'],
    ['policy add maybe --tool x --scope openai:chat'],
    ['setup emacs'],
    ['key weight cred_a 101'],
    ['key weight cred_a'],
    ['alias set fast'],
    ['alias set fast gpt-5'],
    ['alias set fast openai/'],
    ['alias set fast openai/gpt-5 --first-byte-timeout 10ms'],
    ['alias set fast openai/gpt-5 --fallback-on 404'],
    ['serve --vault cupboard'],
    ['key'],
    [''],
  ])('toll %s is wrong usage', async (line) => {
    const { code, stdout, stderr } = await testHome().toll([...line.split(' ').filter(Boolean), '--json']);
    expect([code, stdout]).toEqual([2, '']);
    expect(JSON.parse(stderr).error).toMatchObject({ code: 'wrong_usage', message: expect.stringMatching(/\S/) });
  });

  test('a refusal keeps its code and its sentence', async () => {
    const home = testHome();
    await startFakeControl(home.paths, {
      ...handlers,
      'request.approve': () => {
        throw new TollkeeperError('conflict', 'That was denied a moment ago.');
      },
    });
    const { code, stdout, stderr } = await home.toll(['approve', 'req_bbb1', '--json']);
    expect([code, stdout]).toEqual([1, '']);
    expect(JSON.parse(stderr)).toEqual({ error: { code: 'conflict', message: 'That was denied a moment ago.' } });
    expect((await home.toll(['approve', 'req_bbb1'])).stderr).toBe('toll: That was denied a moment ago.\n');
  });

  test('a beginning that fits several ids is refused, one that fits none is not found', async () => {
    const home = testHome();
    const control = await startFakeControl(home.paths, handlers);
    expect((await home.toll(['key', 'remove', 'cred_'])).code).toBe(2);
    expect((await home.toll(['key', 'remove', 'zzz'])).code).toBe(1);
    expect(control.calls.map(({ name }) => name)).not.toContain('credential.remove');
  });

  test('a broken audit chain and a rejected key are refusals', async () => {
    const home = testHome();
    await startFakeControl(home.paths, {
      ...handlers,
      'audit.verify': () => ({ entries: 8, intact: false, brokenAt: 3 }),
      'credential.verify': () => ({ ...credential.verification, outcome: 'rejected', message: 'No.' }),
    });
    const broken = await home.toll(['log', '--verify', '--json']);
    expect([broken.code, broken.stdout]).toEqual([1, '']);
    expect(JSON.parse(broken.stderr).error.message).toContain('entry 3');
    const rejected = await home.toll(['key', 'verify', 'cred_aaa1', '--json']);
    expect(JSON.parse(rejected.stderr).error).toEqual({ code: 'key_rejected', message: 'No.' });
  });

  test('an answer of an unknown form is an error of its own', async () => {
    const home = testHome();
    await startFakeControl(home.paths, { 'grant.list': () => [{ ...grant, status: 'asleep' } as never] });
    const { code, stderr } = await home.toll(['grants', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stderr).error.message).toContain('same version');
  });

  test('a connection that breaks in the middle ends the command', async () => {
    const home = testHome();
    const control = await startFakeControl(home.paths, {
      'grant.list': () => {
        control.cut();
        return new Promise(() => undefined);
      },
    });
    const { code, stderr } = await home.toll(['grants', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stderr).error.code).toBe('not_running');
  });
});

describe('toll log --follow', () => {
  test('prints what was there, then what is added, one document a line', async () => {
    const home = testHome();
    const signals = new EventEmitter();
    const control = await startFakeControl(home.paths, { 'audit.list': () => [entry] });
    const lines: string[] = [];
    const run = home.toll(['log', '--follow', '--json'], {
      signals,
      onStdout: (text) => {
        lines.push(text);
        if (lines.length === 1) control.append({ ...entry, sequence: 8, event: 'grant-ended' });
        else signals.emit('SIGINT');
      },
    });
    expect((await run).code).toBe(0);
    expect(lines.map((line) => JSON.parse(line).sequence)).toEqual([7, 8]);
    expect(lines.every((line) => line.endsWith('\n') && line.indexOf('\n') === line.length - 1)).toBe(true);
  });
});

describe('what people see', () => {
  test('grants line up and money is exact', async () => {
    const home = testHome();
    await startFakeControl(home.paths, {
      'grant.list': () => [{ ...grant, status: 'ended', endedAt: '2026-11-22T11:55:00.000Z', endedBy: 'panic' }, grant],
    });
    const { stdout } = await home.toll(['grants']);
    const [header = '', first = '', second = ''] = stdout.split('\n');
    expect(first).toMatch(/^grant_ccc1 {2}codex {2}active {2}in 14m {2}/);
    expect(first).toContain('$0.0042');
    expect(first).toContain('$2.50');
    expect(second).toContain('5m ago');
    expect(header.indexOf('SCOPES')).toBe(first.indexOf('openai:chat'));
  });

  test('what a tool calls itself can\u2019t move the cursor', async () => {
    const home = testHome();
    await startFakeControl(home.paths, { 'request.list': () => [{ ...request, purpose: 'a\u001B[2Jb\nc\u202Ed' }] });
    const { stdout } = await home.toll(['requests']);
    expect(stdout).toContain('a\u00B7[2Jb\u00B7c\u00B7d');
    expect(stdout).not.toContain('\u001B');
  });

  test('colours only on a terminal and without NO_COLOR', async () => {
    const home = testHome();
    await startFakeControl(home.paths, handlers);
    expect((await home.toll(['requests'], { terminalOutput: true })).stdout).toContain('\u001B[33m');
    const plain = await home.toll(['requests'], { terminalOutput: true, environment: { NO_COLOR: '1' } });
    expect(plain.stdout).not.toContain('\u001B');
  });

  test('relative spans are counted from now', async () => {
    const home = testHome();
    const control = await startFakeControl(home.paths, handlers);
    await home.toll(['usage', '--since', '2026-11-01T00:00:00Z', '--limit', '3']);
    expect(control.calls[0]?.input).toEqual({ filter: { since: '2026-11-01T00:00:00.000Z' }, offset: 0, limit: 3 });
    await home.toll(['usage', '--since', '90m']);
    expect(control.calls[1]?.input).toMatchObject({ filter: { since: new Date(testNow - 5_400_000).toISOString() } });
  });
});
