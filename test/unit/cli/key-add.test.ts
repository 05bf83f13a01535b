import { describe, expect, test } from 'vitest';
import { type FakeHandlers, startFakeControl } from '#test/fakes/fake-control.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { testHome } from './run-cli.ts';
import { samples } from './samples.ts';

const { credential } = samples;

describe('toll key add', () => {
  const accepting: FakeHandlers = {
    'provider.list': () => [
      {
        id: 'openai',
        name: 'OpenAI',
        local: false,
        baseUrl: null,
        basePath: '/v1',
        consoleUrl: 'https://x',
        keyExample: null,
        environment: {},
        custom: false,
      },
      {
        id: 'ollama',
        name: 'Ollama',
        local: true,
        baseUrl: null,
        basePath: '',
        consoleUrl: 'https://x',
        keyExample: null,
        environment: {},
        custom: false,
      },
    ],
    'credential.add': () => credential,
  };

  test.each([
    ['\n', ''],
    ['\r\n', ''],
    ['\n\n', '\n'],
    ['', ''],
  ])('takes exactly one line break %j off a piped key', async (ending, left) => {
    const home = testHome();
    const control = await startFakeControl(home.paths, accepting);
    const key = canaryKey('openai');
    const { code, stdout, stderr } = await home.toll(['key', 'add', 'openai', '--label', 'L', '--json'], {
      stdin: `${key}${ending}`,
    });
    expect(code).toBe(0);
    expect(control.calls.at(-1)?.input).toEqual({
      provider: 'openai',
      secret: `${key}${left}`,
      label: 'L',
      verify: true,
    });
    expect(stdout + stderr).not.toContain(key);
  });

  test('asks for it on a terminal without showing it', async () => {
    const home = testHome();
    const control = await startFakeControl(home.paths, accepting);
    const { code, stdout, stderr } = await home.toll(['key', 'add', 'openai', '--no-verify'], {
      typed: 'abcx\u007Fd\r',
    });
    expect(code).toBe(0);
    expect(control.calls.at(-1)?.input).toMatchObject({ secret: 'abcd', verify: false });
    expect(stderr).toContain('Key for OpenAI (not shown): ');
    expect(stdout + stderr).not.toContain('abc');
  });

  test('Ctrl-C at the prompt stores nothing', async () => {
    const home = testHome();
    const control = await startFakeControl(home.paths, accepting);
    expect((await home.toll(['key', 'add', 'openai'], { typed: 'abc\u0003' })).code).toBe(130);
    expect(control.calls.map(({ name }) => name)).not.toContain('credential.add');
  });

  test('an empty key is refused, but for a local server', async () => {
    const home = testHome();
    await startFakeControl(home.paths, accepting);
    const refused = await home.toll(['key', 'add', 'openai', '--json'], { stdin: '\n' });
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stderr).error.code).toBe('key_malformed');
    expect((await home.toll(['key', 'add', 'ollama'], { stdin: '' })).code).toBe(0);
  });

  test('an unknown provider needs a base URL, and a key never comes from argv', async () => {
    const home = testHome();
    const control = await startFakeControl(home.paths, accepting);
    const unknown = await home.toll(['key', 'add', 'mine', '--json'], { stdin: 'k' });
    expect(JSON.parse(unknown.stderr).error.code).toBe('unknown_provider');
    expect((await home.toll(['key', 'add', 'mine', '--base-url', 'https://h/v1'], { stdin: 'k' })).code).toBe(0);
    expect(control.calls.at(-1)?.input).toMatchObject({ provider: 'mine', baseUrl: 'https://h/v1' });
    expect((await home.toll(['key', 'add', 'openai', 'sk-x'], { stdin: 'k' })).code).toBe(2);
  });
});
