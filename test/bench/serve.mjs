import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { load, requestBytes } from './load.mjs';

// What each part of `toll serve` takes per request: the gateway, control, and the ledger's thread. About fifteen seconds.
const root = path.resolve(import.meta.dirname, '../..');
const toll = path.join(root, 'dist/cli/toll.mjs');
const loadMs = Number(process.env.BENCH_MS ?? 4_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const connections = Number(process.env.BENCH_CONNECTIONS ?? 64);
const microsecondsPerTick = 10_000;
const home = mkdtempSync(path.join(os.tmpdir(), 'toll-serve-bench-'));
const environment = { ...process.env, TOLLKEEPER_HOME: home };

const run = (args, input = '') => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [toll, ...args], {
    env: environment,
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`toll ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
};

const upstream = spawn(process.execPath, [path.join(import.meta.dirname, 'mock-upstream.mjs')], {
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
const [{ port: upstreamPort }] = await once(upstream, 'message');
const startedAt = performance.now();
const server = spawn(process.execPath, [toll, 'serve', '--port', '0', '--vault', 'memory', '--json'], {
  env: environment,
  stdio: ['ignore', 'pipe', 'ignore'],
});
const [line] = await once(createInterface({ input: server.stdout }), 'line');
console.log(`ready after ${Math.round(performance.now() - startedAt)} ms`);
const ready = JSON.parse(line);
run(
  ['key', 'add', 'openai', '--base-url', `http://127.0.0.1:${upstreamPort}/v1`, '--no-verify'],
  `sk-${'x'.repeat(48)}`,
);
const asked = spawn(
  process.execPath,
  [toll, 'token', '--tool', 'bench', '--scope', 'openai:chat', '--budget', '100000', '--ttl', '12h'],
  {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
let waiting = [];
while (waiting.length === 0) waiting = JSON.parse(run(['requests', '--json']));
run(['approve', waiting[0].id]);
const [token] = await once(createInterface({ input: asked.stdout }), 'line');
const gatewayPid = JSON.parse(run(['status', '--json'])).gateway.pid;

const ticks = (stat) => {
  const fields = readFileSync(stat, 'utf8').split(') ')[1].split(' ');
  return Number(fields[11]) + Number(fields[12]);
};
const cpu = () => {
  const tasks = readdirSync(`/proc/${server.pid}/task`);
  const byThread = Object.fromEntries(tasks.map((id) => [id, ticks(`/proc/${server.pid}/task/${id}/stat`)]));
  return {
    gateway: ticks(`/proc/${gatewayPid}/stat`),
    serve: ticks(`/proc/${server.pid}/stat`),
    control: byThread[server.pid],
  };
};
const residentMegabytes = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
const { port } = new URL(ready.gateway);
const body = JSON.stringify({
  model: 'gpt-4o-mini',
  max_tokens: 50,
  messages: [{ role: 'user', content: 'x'.repeat(1_000) }],
});
const request = requestBytes({ port, token, path: '/openai/v1/chat/completions', body });

console.log('requests/s | gateway µs | control µs | ledger and other threads µs | gateway MB | control MB');
for (let round = 0; round < rounds; round += 1) {
  const before = cpu();
  const { answered, failures } = await load({ port: Number(port), request, connections, milliseconds: loadMs });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const after = cpu();
  const each = (ofGateway) => (((after[ofGateway] - before[ofGateway]) * microsecondsPerTick) / answered).toFixed(1);
  const rest = (
    ((after.serve - after.control - before.serve + before.control) * microsecondsPerTick) /
    answered
  ).toFixed(1);
  console.log(
    [
      Math.round((answered * 1_000) / loadMs),
      each('gateway'),
      each('control'),
      rest,
      ...[gatewayPid, server.pid].map((pid) => Math.round(residentMegabytes(pid))),
    ].join(' | '),
    failures > 0 ? `(${failures} failures)` : '',
  );
}
const rows = JSON.parse(run(['usage', '--by', 'tool', '--json']));
console.log(`rows in the ledger: ${rows[0]?.requests}`);
server.kill('SIGTERM');
await once(server, 'exit');
upstream.kill();
rmSync(home, { recursive: true, force: true });
