import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { TollkeeperError } from '#shared/model/error.ts';
import { type FakeHandlers, startFakeControl } from '#test/fakes/fake-control.ts';
import { testHome } from './run-cli.ts';
import { createdRequest, grantedAccess } from './samples.ts';

const handlers: FakeHandlers = {
  'request.create': () => createdRequest,
  'request.wait': () => grantedAccess,
  'request.deny': () => ({}),
};

describe('waiting for an answer', () => {
  test('prints only the token on stdout, the code on stderr', async () => {
    const home = testHome();
    let answer: () => void = () => undefined;
    await startFakeControl(home.paths, {
      ...handlers,
      'request.wait': () =>
        new Promise((resolve) => {
          answer = () => resolve(grantedAccess);
        }),
    });
    const { code, stdout, stderr } = await home.toll(['token', '--tool', 'x', '--scope', 'openai:chat'], {
      onStderr: () => answer(),
    });
    expect([code, stdout]).toEqual([0, 'the-token\n']);
    expect(stderr).toContain('code KFTW-9PLM, No in 58s');
  });

  test('says that the answer is to come from the inbox, where it does', async () => {
    const home = testHome();
    await startFakeControl(home.paths, {
      ...handlers,
      'request.create': () => ({ ...createdRequest, isInInbox: true }),
    });
    const { stdout } = await home.toll(['request', '--tool', 'x', '--scope', 'openai:chat', '--background']);
    expect(stdout).toContain('Answer in the inbox or with: toll approve KFTW-9PLM');
  });

  test('Ctrl-C ends the connection, which takes the request back, and denies it for nobody else', async () => {
    const home = testHome();
    const signals = new EventEmitter();
    const control = await startFakeControl(home.paths, {
      ...handlers,
      'request.wait': () => new Promise(() => undefined),
    });
    const { code, stdout } = await home.toll(['token', '--tool', 'x', '--scope', 'openai:chat'], {
      signals,
      onStderr: () => signals.emit('SIGINT'),
    });
    expect([code, stdout]).toEqual([130, '']);
    await control.allClosed();
    expect(control.calls.map(({ name }) => name)).toEqual(['request.create', 'request.wait']);
    expect(signals.listenerCount('SIGINT')).toBe(0);
  });

  test.each(['access_denied', 'request_expired'] as const)('%s is exit 1 with nothing on stdout', async (reason) => {
    const home = testHome();
    await startFakeControl(home.paths, {
      ...handlers,
      'request.wait': () => {
        throw new TollkeeperError(reason);
      },
    });
    const { code, stdout, stderr } = await home.toll([
      'request',
      '--tool',
      'x',
      '--scope',
      'openai:chat',
      '--wait',
      '--json',
    ]);
    expect([code, stdout]).toEqual([1, '']);
    expect(JSON.parse(stderr).error.code).toBe(reason);
  });
});
