import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { expect, test } from '@playwright/test';
import type { Status } from '#shared/contract/status.ts';
import type { UsageRecord } from '#shared/model/usage.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { startKeyringSession } from '#test/fixtures/keyring-session.ts';
import { launchApp } from './fixture/desktop-app.ts';
import { approvedToken, startHeadless } from './fixture/headless.ts';
import { freshFolder } from './fixture/places.ts';
import { createToll, type Toll } from './fixture/toll.ts';
import { startUpstream, type Upstream, upstreamAnswer } from './fixture/upstream.ts';

let upstream: Upstream;

test.beforeAll(async () => {
  upstream = await startUpstream({ latencyMs: 5 });
});

test.afterAll(() => upstream.stop());

async function addKey(toll: Toll): Promise<void> {
  await toll.json(['key', 'add', 'openai', '--base-url', upstream.baseUrl('openai')], canaryKey('openai'));
}

function chat(gateway: string, token: string, content = 'hello'): Promise<Response> {
  return fetch(`${gateway}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', stream: content === 'slowly', messages: [{ role: 'user', content }] }),
  });
}

async function status(toll: Toll): Promise<Status> {
  return toll.json<Status>(['status']);
}

test('the app’s gateway killed in the middle of a stream comes back at its address, with its row and its approvals', async () => {
  const app = await launchApp();
  const gateway = await app.gatewayUrl();
  await addKey(app.toll);
  const token = await approvedToken(app.toll, ['--tool', 'streamer', '--scope', 'openai:chat']);
  const { pid } = (await status(app.toll)).gateway;
  const response = await chat(gateway, token, 'slowly');
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.read();
  expect(pid).toBeGreaterThan(1);
  process.kill(pid ?? process.pid, 'SIGKILL');
  const readToTheEnd = async (): Promise<void> => {
    while (!(await reader?.read())?.done);
  };
  await expect(readToTheEnd()).rejects.toThrow();
  await expect
    .poll(async () => {
      const now = (await status(app.toll)).gateway;
      return now.state === 'running' && now.pid !== pid ? now.url : null;
    })
    .toBe(gateway);
  const again = await chat(gateway, token);
  expect(again.status).toBe(200);
  expect(await again.text()).toContain(upstreamAnswer);
  await expect
    .poll(async () => (await app.toll.json<UsageRecord[]>(['usage'])).map(({ outcome }) => outcome).sort())
    .toEqual(['ok', 'upstream_error']);
  expect(await app.toll.json<unknown[]>(['requests'])).toEqual([]);
  await app.close();
});

test('a locked keychain is shown with the way out, and all is there again once it is unlocked', async () => {
  test.skip(process.platform !== 'linux', 'The keyring of a session of its own is for Linux');
  const keyring = await startKeyringSession();
  await keyring.start();
  const environment = { DBUS_SESSION_BUS_ADDRESS: keyring.environment.DBUS_SESSION_BUS_ADDRESS };
  const home = freshFolder();
  const first = await launchApp({ home, environment });
  await first.gatewayUrl();
  await addKey(first.toll);
  await first.close();

  await keyring.lock();
  const app = await launchApp({ home, environment });
  const dashboard = await app.dashboard();
  await expect(dashboard.getByText('The keychain is locked.', { exact: false }).first()).toBeVisible();
  await expect(dashboard.getByText(/Unlock it/).first()).toBeVisible();
  await dashboard.screenshot({ path: test.info().outputPath('locked.png') });
  await expect.poll(async () => (await app.toll.run(['status', '--json'])).code).toBe(0);
  expect((await status(app.toll)).vault).toMatchObject({ kind: 'keychain', state: 'locked' });
  const refused = await app.toll.run(['key', 'list', '--json']);
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.stderr)).toMatchObject({ error: { code: 'vault_locked' } });

  await keyring.unlock();
  await expect.poll(async () => (await status(app.toll)).vault.state).toBe('ready');
  expect(await app.toll.json(['key', 'list'])).toMatchObject([{ provider: 'openai' }]);
  await expect(dashboard.getByText('The keychain is locked.', { exact: false })).toHaveCount(0);
  const token = await approvedToken(app.toll, ['--tool', 'patient', '--scope', 'openai:chat']);
  expect((await chat(await app.gatewayUrl(), token)).status).toBe(200);
  await app.close();
  keyring.stop();
});

test('a port in use is named by the app and refused by the headless gateway', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  const address = squatter.address();
  const port = String(typeof address === 'object' ? address?.port : 0);

  const headless = await createToll(freshFolder()).run(['serve', '--port', port, '--vault', 'memory', '--json']);
  expect(headless.code).toBe(1);
  expect(JSON.parse(headless.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({ error: { code: 'port_in_use' } });

  const app = await launchApp({ args: ['--port', port] });
  const dashboard = await app.dashboard();
  await expect(dashboard.getByText('The gateway is not running.')).toBeVisible();
  await expect(dashboard.getByText(new RegExp(port)).first()).toBeVisible();
  await dashboard.screenshot({ path: test.info().outputPath('port-in-use.png') });
  const { gateway } = await status(app.toll);
  expect(gateway.state).toBe('failed');
  expect(gateway.message).toContain(port);
  await app.close();
  squatter.close();
});

test('a second app brings the first one’s window to the front and ends', async () => {
  const app = await launchApp();
  await app.gatewayUrl();
  const dashboard = await app.dashboard();
  await app.electron.evaluate(({ BrowserWindow }) => {
    for (const window of BrowserWindow.getAllWindows())
      if (window.webContents.getURL().includes('dashboard')) window.hide();
  });
  const executable = process.env.TOLLKEEPER_ELECTRON ?? '';
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const root = path.resolve(import.meta.dirname, '../..');
  const second = execFileSync(executable, [...sandbox, root, '--port', '0'], {
    env: { ...process.env, TOLLKEEPER_HOME: app.home },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
  });
  expect(second.toString()).not.toContain('Gateway:');
  await expect.poll(() => dashboard.evaluate(() => document.visibilityState)).toBe('visible');
  const visible = await app.electron.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().some(
      (window) => window.webContents.getURL().includes('dashboard') && window.isVisible(),
    ),
  );
  expect(visible).toBe(true);
  await app.close();
});

test('a second headless gateway on the same home is refused, and the first goes on', async () => {
  const headless = await startHeadless();
  const second = await headless.toll.run(['serve', '--port', '0', '--vault', 'memory', '--json']);
  expect(second.code).toBe(1);
  expect(second.stdout).toBe('');
  expect(JSON.parse(second.stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
    error: { code: 'already_running' },
  });
  expect((await status(headless.toll)).gateway.state).toBe('running');
  expect(await headless.stop()).toBe(0);
});

test('with a full disk calls go on, and their rows are written when there is space again', async () => {
  test.skip(process.platform !== 'linux' || process.getuid?.() !== 0, 'Only root can mount a small disk');
  const home = mkdtempSync(path.join(process.env.TOLLKEEPER_TEST_DIR ?? '/tmp', 'd-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', home]);
  try {
    await fillTheDiskUnder(home);
  } finally {
    execFileSync('umount', ['-l', home]);
    rmSync(home, { recursive: true, force: true });
  }
});

async function fillTheDiskUnder(home: string): Promise<void> {
  const headless = await startHeadless({ home });
  const { gateway } = headless.ready;
  await addKey(headless.toll);
  const token = await approvedToken(headless.toll, ['--tool', 'full', '--scope', 'openai:chat']);
  const ballast = path.join(home, 'ballast');
  fill(ballast);
  let calls = 0;
  await expect
    .poll(
      async () => {
        const answer = await chat(gateway, token);
        expect(answer.status).toBe(200);
        expect(await answer.text()).toContain(upstreamAnswer);
        calls += 1;
        return (await status(headless.toll)).ledger.state;
      },
      { timeout: 40_000 },
    )
    .toBe('waiting');
  expect((await status(headless.toll)).ledger.pendingRows).toBeGreaterThan(0);
  rmSync(ballast);
  await expect.poll(async () => (await status(headless.toll)).ledger.state).toBe('ready');
  await expect.poll(async () => (await headless.toll.json<UsageRecord[]>(['usage'])).length).toBe(calls);
  expect(await headless.stop()).toBe(0);
}

/** Writes until the disk refuses, in ever smaller pieces. */
function fill(file: string): void {
  for (let size = 1 << 20; size >= 1; size >>= 1) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
  }
  expect(readFileSync(file).length).toBeGreaterThan(0);
}

test('an upstream that does not answer is 502 in the protocol that was called', async () => {
  const headless = await startHeadless();
  const { gateway } = headless.ready;
  const nowhere = 'http://127.0.0.1:9';
  await headless.toll.json(['key', 'add', 'openai', '--no-verify', '--base-url', `${nowhere}/v1`], canaryKey('openai'));
  await headless.toll.json(['key', 'add', 'anthropic', '--no-verify', '--base-url', nowhere], canaryKey('anthropic'));
  await headless.toll.json(['key', 'add', 'gemini', '--no-verify', '--base-url', nowhere], canaryKey('gemini'));
  const token = await approvedToken(headless.toll, ['--tool', 'offline', '--scope', '*:chat']);
  const openai = await chat(gateway, token);
  expect(openai.status).toBe(502);
  expect(await openai.json()).toMatchObject({ error: { code: 'upstream_unreachable', type: expect.any(String) } });
  const post = (place: string, body: object): Promise<Response> =>
    fetch(`${gateway}${place}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const anthropic = await post('/anthropic/v1/messages', { model: 'claude-sonnet-4-5', max_tokens: 5, messages: [] });
  expect(anthropic.status).toBe(502);
  expect(await anthropic.json()).toMatchObject({ type: 'error', error: { code: 'upstream_unreachable' } });
  const gemini = await post('/gemini/v1beta/models/gemini-2.5-flash:generateContent', { contents: [] });
  expect(gemini.status).toBe(502);
  expect(await gemini.json()).toMatchObject({ error: { code: 502, status: expect.any(String) } });
  expect(await headless.stop()).toBe(0);
});

test('wrong usage of the CLI ends with 2 and says what is wrong', async () => {
  const toll = createToll(freshFolder());
  for (const args of [
    ['nonsense'],
    ['key', 'add'],
    ['request', '--tool', 'x', '--scope', 'openai'],
    ['usage', '--by', 'moon'],
  ]) {
    const { code, stdout, stderr } = await toll.run([...args, '--json']);
    expect(code, args.join(' ')).toBe(2);
    expect(stdout).toBe('');
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'wrong_usage' } });
  }
});
