import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TollkeeperError } from '#shared/model/error.ts';
import { type FakeHandlers, startFakeControl } from '#test/fakes/fake-control.ts';
import { testHome } from './run-cli.ts';
import { createdRequest, grantedAccess, samples } from './samples.ts';

const handlers: FakeHandlers = {
  'status.read': () => samples.status,
  'credential.list': () => [samples.credential],
  'provider.list': () => [],
  'request.create': () => createdRequest,
  'request.wait': () => grantedAccess,
};

async function homeWith(changes: FakeHandlers = {}) {
  const home = testHome();
  const control = await startFakeControl(home.paths, { ...handlers, ...changes });
  const asked = () => control.calls.filter(({ name }) => name === 'request.create').map(({ input }) => input);
  return { home, asked };
}

const ask = ['request', '--tool', 'codex', '--scope', 'openai:chat'];

describe('what a token is bound to', () => {
  test.each([
    [['--bind', 'tree'], { kind: 'tree' }],
    [['--bind', 'exe'], { kind: 'executable', path: null }],
    [['--bind', 'none'], undefined],
    [[], undefined],
  ])('%j asks for %j', async (words, bind) => {
    const { home, asked } = await homeWith();
    expect((await home.toll([...ask, ...words])).code).toBe(0);
    expect((await home.toll([...ask, '--wait', ...words])).code).toBe(0);
    expect((await home.toll(['token', ...ask.slice(1), ...words])).code).toBe(0);
    expect(asked().map((input) => (input as { bind?: unknown }).bind)).toEqual([bind, bind, bind]);
  });

  test('may be a program, which is looked up as a shell would', async () => {
    const { home, asked } = await homeWith();
    const program = join(home.folder, 'aider');
    writeFileSync(program, '');
    chmodSync(program, 0o755);
    expect((await home.toll([...ask, '--bind', 'exe:aider'], { environment: { PATH: home.folder } })).code).toBe(0);
    expect((await home.toll([...ask, '--bind', 'exe:./aider'])).code).toBe(0);
    expect(asked()).toMatchObject([
      { bind: { kind: 'executable', path: program } },
      { bind: { kind: 'executable', path: program } },
    ]);
    const missing = await home.toll([...ask, '--bind', 'exe:nowhere', '--json']);
    expect([missing.code, JSON.parse(missing.stderr).error.code]).toEqual([1, 'not_found']);
  });

  test.each(['exe:', 'pid', 'TREE'])('%s is wrong usage', async (text) => {
    const { home, asked } = await homeWith();
    expect((await home.toll([...ask, '--bind', text])).code).toBe(2);
    expect(asked()).toEqual([]);
  });

  test('is the run, unless it is to be unbound', async () => {
    const { home, asked } = await homeWith();
    expect((await home.toll(['run', '--', 'true'])).code).toBe(0);
    expect((await home.toll(['run', '--unbound', '--', 'true'])).code).toBe(0);
    expect(asked()[0]).toMatchObject({ bind: { kind: 'run' } });
    expect(asked()[1]).not.toHaveProperty('bind');
  });

  test('is nothing where the system can’t vouch for a run, which is said', async () => {
    const { home, asked } = await homeWith({
      'request.create'(input) {
        if (input.bind !== undefined) throw new TollkeeperError('binding_unprovable');
        return createdRequest;
      },
    });
    const { code, stderr } = await home.toll(['run', '--tool', 'claude', '--', 'true']);
    expect(code).toBe(0);
    expect(stderr).toContain('the token works outside of claude too');
    expect(asked()).toHaveLength(2);
    const chosen = await home.toll([...ask, '--bind', 'tree', '--json']);
    expect([chosen.code, JSON.parse(chosen.stderr).error.code]).toEqual([1, 'binding_unprovable']);
  });
});
