import { EventEmitter } from 'node:events';
import { chmodSync, existsSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { TollkeeperError } from '#shared/model/error.ts';
import { type FakeControl, type FakeHandlers, startFakeControl } from '#test/fakes/fake-control.ts';
import { type CliWorld, type TestHome, testHome } from './run-cli.ts';
import { createdRequest, grantedAccess, samples } from './samples.ts';

const handlers: FakeHandlers = {
  'status.read': () => samples.status,
  'credential.list': () => [samples.credential],
  'provider.list': () => [
    {
      id: 'openai',
      name: 'OpenAI',
      local: false,
      baseUrl: 'https://api.openai.com/v1',
      basePath: '/v1',
      consoleUrl: 'https://x',
      keyExample: null,
      environment: { OPENAI_BASE_URL: '{url}', OPENAI_API_KEY: '{token}' },
      custom: false,
    },
  ],
  'request.create': () => createdRequest,
  'request.wait': () => grantedAccess,
};

async function readyHome(): Promise<{ readonly home: TestHome; readonly control: FakeControl }> {
  const home = testHome();
  return { home, control: await startFakeControl(home.paths, handlers) };
}

/** A child that runs this script with `out` as the file it reports to. */
function nodeChild(home: TestHome, script: string): { readonly words: readonly string[]; readonly out: string } {
  const out = join(home.folder, 'out');
  const file = join(home.folder, 'child.cjs');
  writeFileSync(file, `const fs = require('fs'); const out = ${JSON.stringify(out)};\n${script}`);
  return { words: [process.execPath, file], out };
}

/** Resolves when a file is there. */
function appears(home: TestHome, file: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(home.folder, () => {
      if (!existsSync(file)) return;
      watcher.close();
      resolve();
    });
    if (existsSync(file)) {
      watcher.close();
      resolve();
    }
  });
}

const interrupting: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT'];

describe('toll run', () => {
  test('gives the child base URLs and a token, and takes the user\u2019s own keys away', async () => {
    const { home, control } = await readyHome();
    const { words, out } = nodeChild(home, 'fs.writeFileSync(out, JSON.stringify(process.env))');
    const environment = {
      OPENAI_API_KEY: 'sk-own',
      ANTHROPIC_AUTH_TOKEN: 'x',
      KEEP: 'yes',
      HTTPS_PROXY: 'http://p:1',
      NO_PROXY: 'corp',
    };
    const { code, stdout, stderr } = await home.toll(['run', '--', ...words], { environment });
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('kept your own OPENAI_API_KEY');
    expect(stderr).not.toContain('sk-own');
    const seen = JSON.parse(readFileSync(out, 'utf8'));
    expect(seen).toMatchObject({
      OPENAI_BASE_URL: 'http://127.0.0.1:8377/openai/v1',
      OPENAI_API_KEY: 'the-token',
      KEEP: 'yes',
      NO_PROXY: 'corp,127.0.0.1,localhost,::1',
    });
    expect(control.calls.at(-1)?.input).toEqual({ id: 'req_bbb1', bindToConnection: true, reference: false });
    expect(control.calls.find(({ name }) => name === 'request.create')?.input).toEqual({
      tool: 'node',
      scopes: ['*:chat', '*:models', '*:embeddings'],
      ttlSeconds: 43_200,
      uses: null,
      budgetMicroUsd: null,
      purpose: null,
      endsWhen: { run: true },
      ownGrant: true,
      bind: { kind: 'run' },
    });
  });

  test('passes its own options on to control and the command\u2019s to the command', async () => {
    const { home, control } = await readyHome();
    const { words, out } = nodeChild(home, 'fs.writeFileSync(out, JSON.stringify(process.argv.slice(2)))');
    const own = ['run', '--tool', 'T', '--scope', 'openai:chat', 'openai:models', '--budget', '1.25', '--ttl', '5m'];
    expect((await home.toll([...own, ...words, '--json', '--tool', 'x', '--', 'y'])).code).toBe(0);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toEqual(['--json', '--tool', 'x', '--', 'y']);
    expect(control.calls.find(({ name }) => name === 'request.create')?.input).toMatchObject({
      tool: 'T',
      scopes: ['openai:chat', 'openai:models'],
      ttlSeconds: 300,
      budgetMicroUsd: 1_250_000,
    });
  });

  test('keeps the connection as long as the child lives, then closes it', async () => {
    const { home, control } = await readyHome();
    const { words, out } = nodeChild(home, "fs.writeFileSync(out, ''); setInterval(() => {}, 1000)");
    const signals = new EventEmitter();
    let closed = false;
    const run = home.toll(['run', '--', ...words], { signals });
    await appears(home, out);
    void control.allClosed().then(() => {
      closed = true;
    });
    expect(closed).toBe(false);
    signals.emit('SIGTERM');
    await run;
    await control.allClosed();
    expect(signals.eventNames().flatMap((name) => signals.listeners(name))).toEqual([]);
  });

  test.each([0, 1, 7, 255])('passes exit status %i on', async (status) => {
    const { home } = await readyHome();
    expect((await home.toll(['run', '--', ...nodeChild(home, `process.exit(${status})`).words])).code).toBe(status);
  });

  test.each([
    ['SIGKILL', 137],
    ['SIGTERM', 143],
  ])('a child that %s ended exits %i', async (signal, code) => {
    const { home } = await readyHome();
    const { words } = nodeChild(home, `process.kill(process.pid, '${signal}'); setInterval(() => {}, 1000)`);
    expect((await home.toll(['run', '--', ...words])).code).toBe(code);
  });

  test.each(interrupting)('passes %s on without a terminal', async (signal) => {
    const { home } = await readyHome();
    const { words, out } = nodeChild(
      home,
      `process.on('${signal}', () => process.exit(42)); setInterval(() => {}, 1000); fs.writeFileSync(out, '')`,
    );
    const signals = new EventEmitter();
    const run = home.toll(['run', '--', ...words], { signals });
    await appears(home, out);
    signals.emit(signal);
    expect((await run).code).toBe(42);
  });

  test('leaves Ctrl-C to the terminal, which sends it to the child itself', async () => {
    const { home } = await readyHome();
    const { words, out } = nodeChild(
      home,
      "process.on('SIGINT', () => process.exit(1)); process.on('SIGTERM', () => process.exit(2)); setInterval(() => {}, 1000); fs.writeFileSync(out, '')",
    );
    const signals = new EventEmitter();
    const run = home.toll(['run', '--', ...words], { signals, typed: '' });
    await appears(home, out);
    signals.emit('SIGINT');
    signals.emit('SIGTERM');
    expect((await run).code).toBe(2);
  });

  test.each<readonly [string, (home: TestHome) => string, number, CliWorld]>([
    ['a command that is not there', () => 'no-such-command-anywhere', 127, {}],
    ['an empty PATH', () => 'node', 127, { environment: { PATH: '' } }],
    ['a file that may not be run', (home) => plainFile(home), 126, {}],
  ])('%s is refused before anybody is asked', async (_what, command, code, world) => {
    const { home, control } = await readyHome();
    const result = await home.toll(['run', '--', command(home)], world);
    expect(result.code).toBe(code);
    expect(result.stderr).toMatch(/^toll: /);
    expect(control.calls).toEqual([]);
  });

  test('a denied request starts nothing', async () => {
    const home = testHome();
    await startFakeControl(home.paths, {
      ...handlers,
      'request.wait': () => {
        throw new TollkeeperError('access_denied');
      },
    });
    const { words, out } = nodeChild(home, "fs.writeFileSync(out, '')");
    const { code, stderr } = await home.toll(['run', '--json', '--', ...words]);
    expect(code).toBe(1);
    expect(JSON.parse(stderr).error.code).toBe('access_denied');
    expect(existsSync(out)).toBe(false);
  });

  test('says so when the gateway does not listen', async () => {
    const home = testHome();
    await startFakeControl(home.paths, {
      ...handlers,
      'status.read': () => ({
        ...samples.status,
        gateway: { ...samples.status.gateway, state: 'failed', url: null, message: 'Port taken.' },
      }),
    });
    expect((await home.toll(['run', '--', process.execPath])).stderr).toContain('Port taken.');
  });

  test.each([
    ['codex', true],
    ['claude', false],
  ])('%s that was not set up is told to be: %s', async (name, isTold) => {
    const { home } = await readyHome();
    const program = join(home.folder, name);
    writeFileSync(program, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    const { code, stderr } = await home.toll(['run', '--', program]);
    expect(code).toBe(0);
    expect(stderr.includes(`toll setup ${name}`)).toBe(isTold);
  });
});

function plainFile(home: TestHome): string {
  const file = join(home.folder, 'plain.txt');
  writeFileSync(file, 'x');
  chmodSync(file, 0o644);
  return file;
}
