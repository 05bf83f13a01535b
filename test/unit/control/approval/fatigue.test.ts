import { expect, test } from 'vitest';
import { grantTreeLimits } from '#shared/model/access.ts';
import type { PeerProcess } from '#shared/model/process.ts';
import { thrownBy } from '#test/fixtures/expect-error.ts';
import { type ControlBench, createControlBench, demandOf, processOf } from '../control-bench.ts';

type Changes = Parameters<typeof demandOf>[0];

function ask(bench: ControlBench, changes: Changes = {}, process = processOf()) {
  return bench.desk.ask({ demand: demandOf(changes), channel: 'control-socket', process, userCode: null });
}

/** What every request became, oldest first. */
function ways(bench: ControlBench): readonly string[] {
  return bench.registry.askedRequests.listSince(0).map(({ way }) => way);
}

function ended(bench: ControlBench, changes: Changes = {}, process = processOf()): void {
  const grant = bench.desk.approve(ask(bench, changes, process).id, {}, 'cli');
  bench.grants.end(grant.id, 'revoked by cli', 'cli');
}

test('what a living grant allows is not asked again, and gets no more than that', async () => {
  const bench = createControlBench();
  const grant = bench.desk.approve(ask(bench, { ttlSeconds: 900 }).id, { budgetMicroUsd: 5_000_000 }, 'prompt');
  bench.pass(60_000);
  expect(await ask(bench).settled).toEqual({ outcome: 'granted', grant });
  expect(bench.grants.active()).toEqual([grant]);
  expect(bench.desk.waiting()).toEqual([]);
  expect(bench.events().slice(-2)).toEqual(['access-requested', 'access-shared']);
  expect(ways(bench)).toEqual(['prompt', 'grant']);
});

test.each([
  ['a wider scope', { scopes: ['openai:chat', 'openai:images'] }, processOf()],
  ['a grant of its own', { ownGrant: true }, processOf()],
  ['another name', { tool: 'other' }, processOf()],
  ['another folder', {}, processOf({ folder: '/tmp' })],
  ['another program', {}, processOf({ executable: '/tmp/node' })],
  ['other content', {}, processOf({ executableHash: 'bb' })],
  ['a program nobody vouches for', {}, processOf({ verified: false })],
])('a living grant does not answer for %s', (_name, changes, process) => {
  const bench = createControlBench();
  bench.desk.approve(ask(bench).id, {}, 'prompt');
  const asked = ask(bench, changes, process);
  expect(bench.desk.isWaiting(asked.id)).toBe(true);
});

test('a grant that counts uses answers for nobody else', () => {
  const bench = createControlBench();
  bench.desk.approve(ask(bench).id, { uses: 5 }, 'prompt');
  expect(bench.desk.isWaiting(ask(bench).id)).toBe(true);
  expect(bench.desk.isWaiting(ask(bench, { uses: 1 }).id)).toBe(true);
});

test('less than what a living grant allows is not asked either: it is handed on below, within the same limits', async () => {
  const bench = createControlBench();
  const wide = { scopes: ['openai:chat', 'openai:models'] };
  const parent = bench.desk.approve(ask(bench, wide).id, { budgetMicroUsd: 5_000_000 }, 'prompt');
  const settled = await ask(bench, { uses: 3, budgetMicroUsd: 1_000_000, ttlSeconds: 300 }).settled;
  if (settled.outcome !== 'granted') throw new Error('Not granted');
  const { grant } = settled;
  expect(grant).toMatchObject({
    parentGrantId: parent.id,
    scopes: ['openai:chat'],
    uses: 3,
    budgetMicroUsd: 1_000_000,
  });
  expect(Date.parse(grant.expiresAt) - bench.clock.now()).toBe(300_000);
  bench.grants.end(parent.id, 'revoked by cli', 'cli');
  expect(bench.grants.active()).toEqual([]);
});

test('a person is asked when nothing more can be handed on', () => {
  const bench = createControlBench();
  bench.desk.approve(ask(bench, { scopes: ['openai:*'] }).id, {}, 'prompt');
  for (let count = 0; count < grantTreeLimits.descendants; count += 1) ask(bench);
  expect(bench.desk.waiting()).toEqual([]);
  ask(bench);
  expect(bench.desk.waiting()).toHaveLength(1);
});

test('a grant that is bound to something answers for nobody else', () => {
  const bench = createControlBench();
  const binding = { kind: 'executable', path: '/usr/bin/node', sha256: 'aa' } as const;
  const bound = {
    demand: demandOf(),
    channel: 'control-socket',
    process: processOf(),
    userCode: null,
    binding,
  } as const;
  const first = bench.desk.ask(bound);
  bench.desk.approve(first.id, {}, 'prompt');
  expect(bench.desk.isWaiting(ask(bench).id)).toBe(true);
});

test('what is asked for a shorter time than a living grant has left ends then, and what is to end at the lock or with a run does', async () => {
  const bench = createControlBench();
  const grant = bench.desk.approve(ask(bench, { ttlSeconds: 3_600 }).id, {}, 'prompt');
  const now = bench.clock.now();
  expect(await ask(bench, { ttlSeconds: 120 }).settled).toEqual({ outcome: 'granted', grant, endsAt: now + 120_000 });
  expect(await ask(bench, { ttlSeconds: 7_200 }).settled).toEqual({ outcome: 'granted', grant });
  const at = new Date(now + 240_000).toISOString();
  expect(await ask(bench, { ttlSeconds: 3_600, endsWhen: { at } }).settled).toMatchObject({ endsAt: now + 240_000 });
  expect(bench.desk.isWaiting(ask(bench, { endsWhen: { lock: true } }).id)).toBe(true);
  expect(bench.desk.isWaiting(ask(bench, { endsWhen: { run: true } }).id)).toBe(true);
});

test('a grant that is over, nearly over or spent answers for nothing', () => {
  const bench = createControlBench();
  const grant = bench.desk.approve(ask(bench).id, {}, 'prompt');
  bench.pass(900_000 - 59_999);
  expect(bench.desk.isWaiting(ask(bench).id)).toBe(true);
  bench.desk.denyAll('tray');
  bench.grants.end(grant.id, 'revoked by cli', 'cli');
  expect(bench.desk.isWaiting(ask(bench).id)).toBe(true);
});

test('what nobody waits for goes into the inbox, for an hour, and is answered from there', async () => {
  const bench = createControlBench();
  const asked = ask(bench, { background: true });
  expect(bench.desk.waiting()).toMatchObject([{ id: asked.id, inbox: 'background' }]);
  bench.pass(59 * 60_000);
  expect(bench.desk.isWaiting(asked.id)).toBe(true);
  const grant = bench.desk.approve(asked.id, {}, 'dashboard');
  expect(await asked.settled).toEqual({ outcome: 'granted', grant });
  const late = ask(bench, { tool: 'other', background: true });
  bench.pass(60 * 60_000);
  expect(await late.settled).toEqual({ outcome: 'expired' });
  expect(ways(bench)).toEqual(['inbox', 'inbox']);
});

test('a cron job waits in the inbox, though it does not say so', () => {
  const bench = createControlBench();
  const parents = [
    { pid: 8, executable: '/bin/sh', name: 'sh' },
    { pid: 3, executable: '/usr/sbin/cron', name: 'cron' },
  ];
  ask(bench, {}, processOf({ parents }));
  expect(bench.desk.waiting()).toMatchObject([{ inbox: 'background' }]);
});

test('denied twice in five minutes, a tool is not heard for ten', () => {
  const bench = createControlBench();
  bench.desk.deny(ask(bench).id, { always: false, actor: 'prompt' });
  bench.pass(299_999);
  bench.desk.deny(ask(bench).id, { always: false, actor: 'dashboard' });
  const refusal = thrownBy(() => ask(bench));
  expect(refusal.code).toBe('tool_silenced');
  expect(refusal.details).toMatchObject({ retryAfterSeconds: 600 });
  expect(bench.desk.silenced()).toMatchObject([{ tool: 'codey', executable: '/usr/bin/node', refused: 1 }]);
  expect(bench.desk.waiting()).toEqual([]);
  bench.pass(599_999);
  expect(thrownBy(() => ask(bench)).code).toBe('tool_silenced');
  bench.pass(1);
  expect(bench.desk.isWaiting(ask(bench).id)).toBe(true);
  expect(bench.desk.silenced()).toEqual([]);
  expect(bench.events().filter((event) => event.startsWith('tool-'))).toEqual(['tool-silenced', 'tool-heard']);
});

test('two denials further apart, or by the tool itself, by nobody or by panic, silence nothing', () => {
  const bench = createControlBench();
  bench.desk.deny(ask(bench).id, { always: false, actor: 'prompt' });
  bench.pass(300_000);
  bench.desk.deny(ask(bench).id, { always: false, actor: 'prompt' });
  bench.pass(300_000);
  bench.desk.withdraw(ask(bench).id);
  ask(bench);
  bench.desk.denyAll('tray');
  ask(bench);
  bench.pass(60_000);
  expect(bench.desk.isWaiting(ask(bench).id)).toBe(true);
});

test('a program that goes on under one name after the other waits in the inbox, and silences nobody else’s', () => {
  const bench = createControlBench();
  const by = (name: string): PeerProcess =>
    processOf({ name: 'toll', parents: [{ pid: name.length, executable: `/usr/bin/${name}`, name }] });
  const denyTwice = (tool: string, speaker: PeerProcess): void => {
    for (let time = 0; time < 2; time += 1)
      bench.desk.deny(ask(bench, { tool }, speaker).id, { always: false, actor: 'prompt' });
  };
  for (const name of ['evil', 'kitty']) {
    denyTwice('claude', by(name));
    denyTwice('codex', by(name));
    ask(bench, { tool: 'aider' }, by(name));
  }
  ask(bench, { tool: 'claude' }, by('decent'));
  expect(bench.desk.waiting().map(({ inbox }) => inbox)).toEqual(['renamed', null, null]);
});

test('a silenced tool can be heard again, keeps its policies, and silences no other program of its name', async () => {
  const bench = createControlBench();
  bench.desk.approve(ask(bench, { scopes: ['openai:models'] }).id, { always: true, uses: 1 }, 'prompt');
  for (let count = 0; count < 2; count += 1) bench.desk.deny(ask(bench).id, { always: false, actor: 'tray' });
  expect(thrownBy(() => ask(bench)).code).toBe('tool_silenced');
  expect(await ask(bench, { scopes: ['openai:models'] }).settled).toMatchObject({ outcome: 'granted' });
  expect(bench.desk.isWaiting(ask(bench, {}, processOf({ executable: '/opt/codey' })).id)).toBe(true);
  expect(thrownBy(() => bench.desk.listen('nobody', 'cli')).code).toBe('not_found');
  bench.desk.listen('codey', 'cli');
  expect(bench.desk.isWaiting(ask(bench).id)).toBe(true);
});

test('an unusual request wants its number typed, whoever answers with a click', () => {
  const bench = createControlBench();
  ended(bench);
  const asked = ask(bench, { scopes: ['openai:chat', 'openai:files'] });
  const [request] = bench.desk.waiting();
  expect(request?.unusual).toEqual(['wider-scope']);
  expect(request?.confirmation).toMatch(/^[1-9]\d$/);
  const right = request?.confirmation ?? '';
  const wrong = right === '10' ? '11' : '10';
  for (const actor of ['prompt', 'tray', 'dashboard'] as const) {
    expect(thrownBy(() => bench.desk.approve(asked.id, {}, actor)).code).toBe('confirmation_required');
    expect(thrownBy(() => bench.desk.approve(asked.id, { confirmation: wrong }, actor)).code).toBe(
      'confirmation_required',
    );
  }
  expect(bench.desk.approve(asked.id, { confirmation: right }, 'prompt').scopes).toContain('openai:files');
});

test('who types the code into a terminal has confirmed it, and a usual request wants no number', () => {
  const bench = createControlBench();
  ended(bench);
  expect(bench.desk.approve(ask(bench).id, {}, 'prompt').status).toBe('active');
  const unusual = ask(bench, {}, processOf({ executable: '/opt/codey' }));
  expect(bench.desk.waiting()[0]?.unusual).toEqual(['other-program']);
  expect(bench.desk.approve(unusual.userCode, {}, 'cli').status).toBe('active');
});

test('always holds for this folder and this content, and for every folder only when that was said', async () => {
  const bench = createControlBench();
  const program = processOf({ executableHash: 'aa' });
  const always = { always: true, budgetMicroUsd: 2_000_000, uses: 5 };
  bench.desk.approve(ask(bench, {}, program).id, always, 'prompt');
  bench.desk.approve(ask(bench, { tool: 'roamer' }, program).id, { ...always, anyFolder: true }, 'prompt');
  expect(bench.registry.policies.list()).toMatchObject([
    {
      tool: 'codey',
      executable: '/usr/bin/node',
      executableHash: 'aa',
      folder: '/work',
      uses: 5,
      budgetMicroUsd: 2_000_000,
    },
    { tool: 'roamer', executable: '/usr/bin/node', executableHash: 'aa', folder: null },
  ]);
  const otherScript = processOf({ executableHash: 'aa', name: 'evil' });
  expect(bench.desk.isWaiting(ask(bench, {}, otherScript).id)).toBe(true);
  const elsewhere = processOf({ executableHash: 'aa', folder: '/tmp' });
  expect(await ask(bench, { tool: 'roamer' }, elsewhere).settled).toMatchObject({ outcome: 'granted' });
  expect(bench.desk.isWaiting(ask(bench, {}, elsewhere).id)).toBe(true);
  expect(bench.desk.isWaiting(ask(bench, {}, processOf({ executableHash: 'bb' })).id)).toBe(true);
});

test('time stands still as long as any reason to hold is left, and no request is lost', () => {
  const bench = createControlBench();
  bench.desk.hold('screen-locked');
  bench.desk.hold('asleep');
  bench.desk.hold('asleep');
  const asked = ask(bench);
  bench.desk.release('asleep');
  bench.pass(3_600_000);
  expect(bench.desk.isWaiting(asked.id)).toBe(true);
  bench.desk.release('screen-locked');
  bench.desk.release('screen-locked');
  bench.pass(59_999);
  expect(bench.desk.isWaiting(asked.id)).toBe(true);
  bench.pass(1);
  expect(bench.desk.isWaiting(asked.id)).toBe(false);
});

test('fifty requests from ten tools in a minute are seven questions, two of which can wait', async () => {
  const bench = createControlBench();
  bench.desk.approve(ask(bench, { tool: 'tool-0' }).id, { always: true }, 'prompt');
  bench.desk.approve(ask(bench, { tool: 'tool-1', ttlSeconds: 3_600 }).id, {}, 'prompt');
  for (let count = 0; count < 2; count += 1)
    bench.desk.deny(ask(bench, { tool: 'tool-2' }).id, { always: false, actor: 'prompt' });
  const before = ways(bench).length;
  const outcomes: string[] = [];
  for (let round = 0; round < 5; round += 1) {
    for (let tool = 0; tool < 10; tool += 1) {
      const demand = { tool: `tool-${tool}`, ...(tool >= 8 ? { background: true } : {}) };
      try {
        const { id } = ask(bench, demand);
        outcomes.push(bench.desk.isWaiting(id) ? 'waits' : 'answered');
      } catch {
        outcomes.push('silenced');
      }
      bench.pass(1_000);
    }
  }
  const count = (what: string): number => outcomes.filter((outcome) => outcome === what).length;
  expect([count('answered'), count('silenced'), count('waits')]).toEqual([10, 5, 35]);
  const asked = ways(bench).slice(before);
  const tally = Object.fromEntries(
    ['prompt', 'inbox', 'policy', 'grant'].map((way) => [way, asked.filter((each) => each === way).length]),
  );
  expect(tally).toEqual({ prompt: 5, inbox: 2, policy: 5, grant: 5 });
  expect(bench.desk.silenced()).toMatchObject([{ tool: 'tool-2', refused: 5 }]);
});
