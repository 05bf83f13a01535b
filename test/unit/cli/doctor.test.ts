import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type FakeHandlers, startFakeControl } from '#test/fakes/fake-control.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { testHome } from './run-cli.ts';
import { samples } from './samples.ts';

const handlers: FakeHandlers = {
  'status.read': () => samples.status,
  'doctor.run': () => [{ id: 'clock', title: 'Clock', state: 'ok', message: 'Right.' }],
  'credential.list': () => [samples.credential],
  'provider.list': () => [],
};

interface Check {
  readonly id: string;
  readonly state: string;
  readonly message: string;
}

function find(stdout: string, id: string): Check | undefined {
  return (JSON.parse(stdout) as readonly Check[]).find((check) => check.id === id);
}

test('joins what is seen here with what control finds', async () => {
  const home = testHome();
  await startFakeControl(home.paths, handlers);
  chmodSync(home.paths.home, 0o700);
  const { code, stdout } = await home.toll(['doctor', '--json']);
  expect(code).toBe(0);
  expect(find(stdout, 'clock')).toMatchObject({ state: 'ok', message: 'Right.' });
  expect(find(stdout, 'control-socket')).toMatchObject({ state: 'ok' });
  expect(find(stdout, 'tool-codex')).toMatchObject({
    state: 'ok',
    message: expect.stringContaining('toll setup codex'),
  });
});

test('nothing running, or a failed check, is exit 1 with the findings on stdout', async () => {
  const { code, stdout } = await testHome().toll(['doctor', '--json']);
  expect(code).toBe(1);
  expect(find(stdout, 'control-socket')).toMatchObject({
    state: 'failed',
    message: expect.stringContaining('toll serve'),
  });

  const home = testHome();
  await startFakeControl(home.paths, {
    ...handlers,
    'doctor.run': () => [{ id: 'port', title: 'Port', state: 'failed', message: 'Taken.' }],
  });
  const failed = await home.toll(['doctor']);
  expect(failed.code).toBe(1);
  expect(failed.stdout).toMatch(/^failed +Port +Taken\.$/m);
});

test('names keys in the shell and in .env, never their values', async () => {
  const home = testHome();
  const key = canaryKey('openai', 'doctor');
  writeFileSync(join(home.folder, '.env'), `# x\nexport GEMINI_API_KEY=value\nOTHER=1\n`);
  const { stdout, stderr } = await home.toll(['doctor', '--json'], { environment: { OPENAI_API_KEY: key } });
  expect(find(stdout, 'shell-keys')).toMatchObject({
    state: 'warning',
    message: expect.stringContaining('OPENAI_API_KEY'),
  });
  expect(find(stdout, 'env-file')).toMatchObject({
    state: 'warning',
    message: expect.stringContaining('GEMINI_API_KEY'),
  });
  expect(stdout + stderr).not.toContain(key);
});

test('a home that others may read, another version and a changed tool are found', async () => {
  const home = testHome();
  await startFakeControl(home.paths, { ...handlers, 'status.read': () => ({ ...samples.status, version: '1.0.0' }) });
  chmodSync(home.paths.home, 0o755);
  mkdirSync(join(home.folder, '.config/zed'), { recursive: true });
  await home.toll(['setup', 'zed', '--yes']);
  writeFileSync(join(home.folder, '.config/zed/settings.json'), '{}');
  const { code, stdout } = await home.toll(['doctor', '--json']);
  expect(code).toBe(1);
  expect(find(stdout, 'home')).toMatchObject({ state: 'failed', message: expect.stringContaining('chmod 700') });
  expect(find(stdout, 'control-socket')).toMatchObject({ state: 'warning', message: expect.stringContaining('1.0.0') });
  expect(find(stdout, 'tool-zed')).toMatchObject({ state: 'warning' });
});
