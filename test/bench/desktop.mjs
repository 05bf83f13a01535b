import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { _electron } from '@playwright/test';
import { load, requestBytes } from './load.mjs';

// How soon the desktop app is there: tray, window with data, prompt, and a long ledger. Needs a build and a desktop:
//   npm run build && npm run desktop -- node test/bench/desktop.mjs
const root = path.resolve(import.meta.dirname, '../..');
const starts = Number(process.env.BENCH_STARTS ?? 5);
const rows = Number(process.env.BENCH_ROWS ?? 100_000);
const home = mkdtempSync(path.join(os.tmpdir(), 'tk-bench-'));
const environment = { ...process.env, TOLLKEEPER_HOME: home };
const logFile = path.join(home, 'log/app.log');

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

function events(name) {
  if (!existsSync(logFile)) return [];
  const lines = readFileSync(logFile, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line)).filter(({ event }) => event === name);
}

async function toll(args, input = '') {
  const child = spawn(process.execPath, [path.join(root, 'dist/cli/toll.mjs'), ...args], { env: environment });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`toll ${args[0]} ended with ${code}`);
  return output.trim();
}

async function launch() {
  const startedAt = Date.now();
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const app = await _electron.launch({
    executablePath: process.env.TOLLKEEPER_ELECTRON,
    args: [...sandbox, root, '--port', '0'],
    env: environment,
    cwd: root,
  });
  let page = app.windows().find((window) => window.url().includes('dashboard.html'));
  while (!page) {
    const next = await app.waitForEvent('window');
    if (next.url().includes('dashboard.html')) page = next;
    else page = app.windows().find((window) => window.url().includes('dashboard.html'));
  }
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.getByRole('region').first().waitFor();
  return { app, page, afterMs: Date.now() - startedAt };
}

async function measureStarts() {
  const windows = [];
  const paints = [];
  for (let index = 0; index < starts; index += 1) {
    const { app, page, afterMs } = await launch();
    windows.push(afterMs);
    paints.push(await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0));
    await app.close();
  }
  return {
    trayMs: median(events('tray-shown').map(({ afterStartMs }) => afterStartMs)),
    windowWithDataMs: median(windows),
    firstPaintAfterNavigationMs: Math.round(median(paints)),
  };
}

async function gatewayUrl() {
  for (;;) {
    const url = await toll(['status', '--json']).then(
      (text) => JSON.parse(text).gateway.url,
      () => null,
    );
    if (url) return url;
  }
}

async function measurePrompts() {
  for (let index = 0; index < starts; index += 1) {
    const asking = toll(['request', '--tool', `bench-${index}`, '--scope', 'openai:chat', '--json']);
    const { id } = JSON.parse(await asking);
    while (!events('prompt-shown').some(({ requestId }) => requestId === id))
      await new Promise((resolve) => setImmediate(resolve));
    await toll(['deny', id]);
  }
  return { promptMs: median(events('prompt-shown').map(({ afterMs }) => afterMs)) };
}

async function fillLedger(upstreamPort) {
  await toll(
    ['key', 'add', 'openai', '--no-verify', '--base-url', `http://127.0.0.1:${upstreamPort}/v1`],
    'sk-bench-0123456789012345678901234567890123456789',
  );
  const asking = toll(['token', '--tool', 'bench', '--scope', 'openai:chat', '--ttl', '1h']);
  for (let waiting = []; waiting.length === 0; ) {
    waiting = JSON.parse(await toll(['requests', '--json']));
    if (waiting[0]) await toll(['approve', waiting[0].id]);
  }
  const token = await asking;
  const port = Number(new URL(await gatewayUrl()).port);
  const body = JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'hello' }] });
  const request = requestBytes({ port, path: '/openai/v1/chat/completions', token, body });
  const count = async () => JSON.parse(await toll(['usage', '--by', 'tool', '--json']))[0]?.requests ?? 0;
  while ((await count()) < rows) await load({ port, request, connections: 32, milliseconds: 2_000 });
  return count();
}

async function measureLedger(page) {
  const startedAt = Date.now();
  await page.getByRole('link', { name: 'Activity' }).click();
  await page.getByText('gpt-4o').first().waitFor();
  const activityMs = Date.now() - startedAt;
  const back = Date.now();
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('row', { name: /bench gpt-4o/ }).waitFor();
  return { activityMs, overviewMs: Date.now() - back };
}

const upstream = spawn(process.execPath, [path.join(root, 'test/bench/mock-upstream.mjs')], {
  stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
});
const [{ port: upstreamPort }] = await once(upstream, 'message');
try {
  const startResults = await measureStarts();
  const { app, page } = await launch();
  await gatewayUrl();
  const promptResults = await measurePrompts();
  const filled = await fillLedger(upstreamPort);
  const ledgerResults = await measureLedger(page);
  await app.close();
  console.log(JSON.stringify({ starts, rows: filled, ...startResults, ...promptResults, ...ledgerResults }, null, 2));
} finally {
  upstream.kill();
  rmSync(home, { recursive: true, force: true });
}
