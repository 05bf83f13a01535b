import { execFileSync, fork, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { load, requestBytes } from './load.mjs';

// The whole of `toll serve` (control, the ledger's thread and the gateway) on one core, beside a bare node:http proxy. Linux.
const root = path.resolve(import.meta.dirname, '../..');
const toll = path.join(root, 'dist/cli/toll.mjs');
const port = Number(process.env.BENCH_PORT ?? 18_377);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const ticksPerSecond = 100;
const home = mkdtempSync(path.join(os.tmpdir(), 'toll-bench-'));
const env = { ...process.env, TOLLKEEPER_HOME: home };

const pin = (pid, core) => spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)]);
const run = (...args) => execFileSync(process.execPath, [toll, ...args], { env, encoding: 'utf8' });

async function started(file, args, core) {
  const child = fork(path.join(import.meta.dirname, file), args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ready = await new Promise((resolve) => child.once('message', resolve));
  pin(child.pid, core);
  return { child, pids: () => [child.pid], port: ready.port };
}

async function until(condition) {
  for (;;) {
    const value = condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function childrenOf(pid) {
  const found = spawnSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return found === '' ? [] : found.split('\n').map(Number);
}

async function startServe(upstreamPort) {
  const child = spawn(
    'taskset',
    ['-c', '0', process.execPath, toll, 'serve', '--vault', 'memory', '--port', String(port)],
    {
      env,
      stdio: 'ignore',
    },
  );
  await until(() => existsSync(path.join(home, 'run/state.json')));
  execFileSync(
    process.execPath,
    [toll, 'key', 'add', 'openai', '--base-url', `http://127.0.0.1:${upstreamPort}/v1`, '--no-verify'],
    {
      env,
      input: 'sk-bench-0123456789012345678901234567890123456789\n',
    },
  );
  const asking = spawn(process.execPath, [toll, 'token', '--tool', 'bench', '--scope', '*:chat', '--ttl', '1h'], {
    env,
  });
  let token = '';
  asking.stdout.on('data', (text) => {
    token += text;
  });
  const answered = new Promise((resolve) => asking.once('close', resolve));
  const id = await until(() => /"id": ?"([^"]+)"/.exec(run('requests', '--json'))?.[1]);
  run('approve', id, '--ttl', '1h');
  await answered;
  return { child, pids: () => [child.pid, ...childrenOf(child.pid)], port, token: token.trim() };
}

function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
}

async function measure(target, request) {
  const before = target.pids().map(cpuOf);
  const result = await load({ port: target.port, request, connections: 64, milliseconds: 2_500 });
  const after = target.pids().map(cpuOf);
  if (result.failures > 0) process.exitCode = 1;
  return { perSecond: result.perSecond, cpu: after.map((ticks, index) => (ticks - before[index]) / result.answered) };
}

const median = (values) => [...values].sort((first, second) => first - second)[Math.floor(values.length / 2)];
const upstream = await started('mock-upstream.mjs', [], 1);
const bare = await started('bare-proxy.mjs', [String(upstream.port)], 0);
const serve = await startServe(upstream.port);
pin(process.pid, 1);
const body = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'Tell me about tolls. '.repeat(45) }],
});
const targets = {
  bare: [bare, requestBytes({ ...bare, token: 'none', path: '/v1/chat/completions', body })],
  serve: [serve, requestBytes({ ...serve, path: '/openai/v1/chat/completions', body })],
};
const results = { bare: [], serve: [] };
for (const name of ['bare', 'serve']) await measure(...targets[name]);
for (let turn = 0; turn < rounds; turn += 1) {
  for (const name of ['bare', 'serve']) results[name].push(await measure(...targets[name]));
}
const rate = (name) => median(results[name].map(({ perSecond }) => perSecond));
const cpu = (name, index) => median(results[name].map((result) => result.cpu[index])).toFixed(0);
console.log(
  `requests per second: bare ${rate('bare').toFixed(0)}, toll serve ${rate('serve').toFixed(0)}, ratio ${(rate('serve') / rate('bare')).toFixed(2)}`,
);
console.log(`CPU µs per request: bare ${cpu('bare', 0)}, control ${cpu('serve', 0)}, gateway ${cpu('serve', 1)}`);
for (const { child } of [upstream, bare]) child.kill('SIGKILL');
serve.child.once('close', () => rmSync(home, { recursive: true, force: true }));
serve.child.kill('SIGTERM');
