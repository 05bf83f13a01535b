import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

// A long mixed load through the whole of `toll serve`: does memory, do handles grow? SOAK_REQUESTS says how many requests.
const root = path.resolve(import.meta.dirname, '../..');
const toll = path.join(root, 'dist/cli/toll.mjs');
const total = Number(process.env.SOAK_REQUESTS ?? 1_000_000);
const connections = Number(process.env.SOAK_CONNECTIONS ?? 32);
const samples = 20;
/** How much more the last quarter may have than the second. */
const growthAllowed = { memory: 0.1, handles: 4 };
const home = mkdtempSync(path.join(os.tmpdir(), 'toll-soak-'));
const environment = { ...process.env, TOLLKEEPER_HOME: home };

function run(args, input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [toll, ...args], {
    env: environment,
    input,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`toll ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

const upstream = spawn(process.execPath, [path.join(import.meta.dirname, 'mock-upstream.mjs')], {
  stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
});
const [{ port: upstreamPort }] = await once(upstream, 'message');
const server = spawn(
  process.execPath,
  ['--inspect=127.0.0.1:0', toll, 'serve', '--port', '0', '--vault', 'memory', '--json'],
  { env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
);
process.once('exit', () => {
  server.kill('SIGKILL');
  upstream.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const debuggers = [];
const errors = createInterface({ input: server.stderr });
errors.on('line', (line) => {
  const url = /Debugger listening on (ws:[\w:/.-]+)/.exec(line)?.[1];
  if (url !== undefined) debuggers.push(url);
});
const [line] = await once(createInterface({ input: server.stdout }), 'line');
const { port } = new URL(JSON.parse(line).gateway);
run(
  ['key', 'add', 'openai', '--base-url', `http://127.0.0.1:${upstreamPort}/v1`, '--no-verify'],
  `sk-${'x'.repeat(48)}`,
);
run(['limit', 'set', '--everything', '--budget', '1000000', '--per', 'month']);
run(['limit', 'set', '--tool', 'soak', '--streams', '100000']);
const asked = spawn(
  process.execPath,
  [toll, 'token', '--tool', 'soak', '--scope', 'openai:chat', '--budget', '100000', '--ttl', '12h'],
  { env: environment, stdio: ['ignore', 'pipe', 'inherit'] },
);
let waiting = [];
while (waiting.length === 0) waiting = JSON.parse(run(['requests', '--json']));
run(['approve', waiting[0].id]);
const [token] = await once(createInterface({ input: asked.stdout }), 'line');
const gatewayPid = JSON.parse(run(['status', '--json'])).gateway.pid;
const pids = { gateway: gatewayPid, control: server.pid };
while (debuggers.length < 1) await once(errors, 'line');
// Its debugger has one port only, which somebody else's may have for the moment.
while (debuggers.length < 2) {
  process.kill(gatewayPid, 'SIGUSR1');
  await once(errors, 'line');
  await new Promise((resolve) => setTimeout(resolve, 500));
}
const inspectors = { control: debuggers[0], gateway: debuggers[1] };

/** The heap in use once all garbage is gone, in megabytes. */
async function heapMegabytes(url) {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  const ask = async (id, method) => {
    socket.send(JSON.stringify({ id, method }));
    for (;;) {
      const answer = JSON.parse(String((await once(socket, 'message'))[0]));
      if (answer.id === id) return answer.result;
    }
  };
  await ask(1, 'HeapProfiler.collectGarbage');
  const { usedSize } = await ask(2, 'Runtime.getHeapUsage');
  socket.terminate();
  return usedSize / 2 ** 20;
}

const resident = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1_024;
const handles = (pid) => readdirSync(`/proc/${pid}/fd`).length;

function bytesOf({ content, stream, path: target = '/openai/v1/chat/completions', authorized = true }) {
  const body = JSON.stringify({
    model: 'gpt-4o-mini',
    max_tokens: 200,
    stream: stream !== undefined,
    messages: [{ role: 'user', content }],
  });
  const head = [
    `POST ${target} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    ...(authorized ? [`Authorization: Bearer ${token}`] : []),
    'Content-Type: application/json',
    ...(stream === undefined ? [] : [`X-Bench: ${stream}`]),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

const whole = bytesOf({ content: 'x'.repeat(1_000) });
const large = bytesOf({ content: 'x'.repeat(100_000) });
const streamed = bytesOf({ content: 'x'.repeat(1_000), stream: 'short' });
/** What each of a hundred requests in turn is: its bytes, the status it must have, and after what the caller leaves. */
const kinds = {
  json: { bytes: whole, status: 200 },
  large: { bytes: large, status: 200 },
  stream: { bytes: streamed, status: 200 },
  'out of scope': { bytes: bytesOf({ content: 'x', path: '/openai/v1/embeddings' }), status: 403 },
  'without a token': { bytes: bytesOf({ content: 'x', authorized: false }), status: 401 },
  'left in the stream': { bytes: streamed, status: 200, leave: 'at the first byte' },
  'left before the answer': { bytes: whole, status: 200, leave: 'once sent' },
  'left in the body': { bytes: large.subarray(0, 50_000), status: 200, leave: 'once sent' },
};
const shares = { large: 2, stream: 12, 'out of scope': 4, 'without a token': 1 };
const departures = { 'left in the stream': 4, 'left before the answer': 1, 'left in the body': 1 };
const hundred = Object.entries({ ...shares, ...departures }).flatMap(([kind, count]) => Array(count).fill(kind));
while (hundred.length < 100) hundred.push('json');
const counts = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, 0]));
const unexpected = {};
let started = 0;
let goal = 0;

function fail(how) {
  unexpected[how] = (unexpected[how] ?? 0) + 1;
}

const headEnd = Buffer.from('\r\n\r\n');
const lastChunk = Buffer.from('0\r\n\r\n');

/** One caller after the other on a slot; `resolve` once the goal has been reached. */
function occupySlot(resolve) {
  let socket = null;
  let kind = '';
  let head = null;
  let received = 0;
  let tail = Buffer.alloc(0);

  function next() {
    if (started >= goal) {
      const own = socket;
      socket = null;
      own?.destroy();
      resolve();
      return;
    }
    kind = hundred[(started * 37) % 100];
    started += 1;
    counts[kind] += 1;
    head = null;
    received = 0;
    tail = Buffer.alloc(0);
    if (socket === null) connect();
    socket.write(kinds[kind].bytes, kinds[kind].leave === 'once sent' ? leave : undefined);
  }

  function leave() {
    socket.destroy();
    socket = null;
    setImmediate(next);
  }

  function finish() {
    if (head.status !== kinds[kind].status) fail(`${kind} ${head.status}`);
    if (head.closes) leave();
    else next();
  }

  function connect() {
    const own = net.connect(Number(port), '127.0.0.1');
    socket = own;
    own.setNoDelay(true);
    own.on('error', () => undefined);
    own.on('data', (data) => {
      if (socket === own) take(data);
    });
    own.on('close', () => {
      if (socket !== own) return;
      fail(`${kind} cut`);
      socket = null;
      next();
    });
  }

  function take(data) {
    let body = data;
    if (head === null) {
      const end = data.indexOf(headEnd);
      const text = data.latin1Slice(0, end).toLowerCase();
      const length = /content-length: (\d+)/.exec(text);
      head = {
        status: Number(text.slice(9, 12)),
        length: length === null ? null : Number(length[1]),
        closes: text.includes('connection: close'),
      };
      body = data.subarray(end + 4);
    }
    if (kinds[kind].leave === 'at the first byte') {
      leave();
      return;
    }
    received += body.length;
    tail = Buffer.concat([tail, body]).subarray(-lastChunk.length);
    if (head.length === null ? tail.equals(lastChunk) : received >= head.length) finish();
  }

  next();
}

async function sample(requests) {
  const rows = JSON.parse(run(['usage', '--by', 'tool', '--json']));
  return {
    requests,
    rows: rows.reduce((sum, row) => sum + row.requests, 0),
    gatewayMb: resident(pids.gateway),
    gatewayHeapMb: await heapMegabytes(inspectors.gateway),
    gatewayHandles: handles(pids.gateway),
    controlMb: resident(pids.control),
    controlHeapMb: await heapMegabytes(inspectors.control),
    controlHandles: handles(pids.control),
  };
}

console.log(
  '| requests | rows | gateway RSS, MB | its heap, MB | its handles | control RSS, MB | its heap, MB | its handles |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
const taken = [];
const begun = performance.now();
for (let index = 1; index <= samples; index += 1) {
  goal = Math.round((total * index) / samples);
  await Promise.all(Array.from({ length: connections }, () => new Promise(occupySlot)));
  const one = await sample(goal);
  taken.push(one);
  const cells = Object.entries(one).map(([name, value]) => (name.endsWith('Mb') ? value.toFixed(1) : value));
  console.log(`| ${cells.join(' | ')} |`);
}
const seconds = (performance.now() - begun) / 1_000;

const mean = (name, from, to) =>
  taken.slice(from, to).reduce((sum, one) => sum + one[name], 0) / Math.max(1, to - from);
const quarter = samples / 4;
let grown = false;
for (const name of Object.keys(taken[0]).filter((field) => /Mb|Handles/.test(field))) {
  const second = mean(name, quarter, 2 * quarter);
  const last = mean(name, 3 * quarter, samples);
  const limit = name.endsWith('Mb') ? second * (1 + growthAllowed.memory) : second + growthAllowed.handles;
  const verdict = last <= limit ? 'flat' : 'GROWS';
  grown ||= last > limit;
  console.log(`${name}: ${second.toFixed(1)} in the second quarter, ${last.toFixed(1)} in the last: ${verdict}`);
}
const limits = JSON.parse(run(['limit', 'list', '--json']));
const held = limits.reduce((sum, { running, reserved = 0 }) => sum + running + reserved, 0);
const expected = [total - counts['without a token'], total];
let lastRows = taken.at(-1).rows;
for (let tries = 0; tries < 20 && lastRows < expected[0]; tries += 1) {
  await new Promise((resolve) => setTimeout(resolve, 500));
  lastRows = (await sample(total)).rows;
}
const rowsFit = lastRows >= expected[0] && lastRows <= expected[1];
console.log(`${Math.round(seconds)} s, ${Math.round(total / seconds)} requests/s: ${JSON.stringify(counts)}`);
console.log(
  `unexpected answers: ${JSON.stringify(unexpected)}; rows: ${lastRows} of ${expected.join(' to ')}; still held: ${held}`,
);
server.kill('SIGTERM');
const [code] = await once(server, 'exit');
upstream.kill();
rmSync(home, { recursive: true, force: true });
process.exitCode = grown || Object.keys(unexpected).length > 0 || held > 0 || !rowsFit || code !== 0 ? 1 : 0;
