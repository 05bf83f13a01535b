import { fork, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { load, requestBytes } from './load.mjs';

// What the gateway adds: the built gateway and a bare node:http proxy in turn, before the same mock upstream. About a minute.
const root = path.resolve(import.meta.dirname, '../..');
const entry = path.join(root, 'dist/main/gateway-node.mjs');
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const loadMs = Number(process.env.BENCH_MS ?? 2_500);
const connections = 64;
const ticksPerSecond = 100;

if (!existsSync(entry)) {
  console.error('The gateway is not built. Run `npm run build` first.');
  process.exit(1);
}

const canPin = os.cpus().length > 1 && spawnSync('taskset', ['-V']).status === 0;

/** Starts a process of the bench; the one that is measured gets the first core, all others the rest. */
function start(file, { args = [], measured = false } = {}) {
  const child = fork(file, args, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc', 'pipe'] });
  if (canPin) pin(child.pid, measured);
  return child;
}

function pin(pid, measured) {
  spawnSync('taskset', ['-a', '-c', '-p', measured ? '0' : `1-${os.cpus().length - 1}`, String(pid)]);
}

const message = (child, wanted) =>
  new Promise((resolve) => {
    const listener = (received) => {
      if (!wanted(received)) return;
      child.off('message', listener);
      resolve(received);
    };
    child.on('message', listener);
  });

async function startGateway(upstreamPort) {
  const child = start(entry, { measured: true });
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const issuer = 'http://127.0.0.1:8377';
  const expiresAt = Date.now() + 3_600_000;
  const unlimited = { tool: 'bench', expiresAt, usesLeft: null, budgetLeftMicroUsd: null, queryToken: false };
  const listening = message(child, (received) => received.type === 'listening');
  child.send({
    type: 'configure',
    configuration: {
      port: 0,
      authorizationServerPath: '/nonexistent',
      timeouts: { connect: 5_000, firstByte: 60_000, idle: 60_000 },
      network: { proxy: null, noProxy: [], certificates: [] },
      maxBodyBytes: 1e8,
    },
    snapshot: {
      version: 1,
      issuer,
      audience: issuer,
      jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256' }] },
      upstreams: [
        {
          provider: 'openai',
          definition: 'openai',
          credentialId: 'bench',
          credentialVersion: 1,
          baseUrl: `http://127.0.0.1:${upstreamPort}/v1`,
          secret: 'sk-bench-0123456789012345678901234567890123456789',
          isDefault: true,
          weight: null,
          acceptedAt: null,
        },
      ],
      aliases: [],
      limits: [],
      grants: [
        {
          grantId: 'narrow',
          scopes: ['openai:chat:gpt-*'],
          ...unlimited,
        },
        {
          grantId: 'wide',
          scopes: ['*:chat'],
          ...unlimited,
        },
      ],
      revokedTokenIds: [],
      referenceTokens: [],
      paused: false,
    },
  });
  const tokenFor = (grantId, scope) =>
    new SignJWT({ client_id: 'bench', scope, grant_id: grantId })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'bench' })
      .setIssuer(issuer)
      .setAudience(issuer)
      .setSubject('bench')
      .setJti(grantId)
      .setIssuedAt()
      .setExpirationTime(Math.floor(expiresAt / 1_000))
      .sign(privateKey);
  const tokens = { narrow: await tokenFor('narrow', 'openai:chat:gpt-*'), wide: await tokenFor('wide', '*:chat') };
  let rows = 0;
  // Control's part: each line of facts holds its number first and its rows last, and is said to be kept.
  createInterface({ input: child.stdio[4] }).on('line', (line) => {
    const [upTo, , , settled] = JSON.parse(line);
    rows += settled.length;
    if (upTo % 500 === 0) child.send({ type: 'facts-kept', upTo });
  });
  const { port } = await listening;
  if (canPin) pin(child.pid, true);
  return { child, port, tokens, path: '/openai/v1/chat/completions', rows: () => rows };
}

async function startPlain(file, options) {
  const child = start(file, options);
  const { port } = await message(child, (received) => received.port > 0);
  if (canPin) pin(child.pid, options?.measured === true);
  return { child, port, tokens: { narrow: 'none', wide: 'none' }, path: '/v1/chat/completions' };
}

/** CPU time of a process so far, in microseconds; null where the system does not tell. */
function cpuOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6;
  } catch {
    return null;
  }
}

/** Resident memory in megabytes; null where the system does not tell. */
function residentOf(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1_024;
  } catch {
    return null;
  }
}

async function measure(target, { body, stream, token = 'narrow', count, milliseconds = loadMs }) {
  const request = requestBytes({ ...target, token: target.tokens[token], body, stream });
  const before = cpuOf(target.child.pid);
  const result = await load({ port: target.port, request, connections: count, milliseconds });
  const after = cpuOf(target.child.pid);
  if (result.failures > 0 || result.answered === 0) {
    console.error(`${result.failures} of ${result.answered} requests failed`);
    process.exitCode = 1;
  }
  return { ...result, cpu: before === null || after === null ? Number.NaN : (after - before) / result.answered };
}

const median = (values) => [...values].sort((first, second) => first - second)[Math.floor(values.length / 2)];
const round = (value, digits = 0) => value.toFixed(digits);

function bodyOf(bytes, stream = false) {
  const content = 'Tell me about tolls, roads and "bridges".\n'.repeat(Math.ceil(bytes / 42)).slice(0, bytes);
  return JSON.stringify({ model: 'gpt-4o-mini', stream, messages: [{ role: 'user', content }] });
}

const upstream = await startPlain(path.join(import.meta.dirname, 'mock-upstream.mjs'));
const bare = await startPlain(path.join(import.meta.dirname, 'bare-proxy.mjs'), {
  args: [String(upstream.port)],
  measured: true,
});
const gateway = await startGateway(upstream.port);
if (canPin) pin(process.pid, false);

const cases = [
  { name: 'JSON, 1 KB prompt', body: bodyOf(1_000), count: connections },
  { name: 'JSON, 16 KB prompt', body: bodyOf(16_000), count: connections },
  { name: 'JSON, 128 KB prompt, every byte looked at', body: bodyOf(128_000), count: 8 },
  { name: 'JSON, 128 KB prompt, passing', body: bodyOf(128_000), token: 'wide', count: 8 },
  { name: 'stream of 200 events at once', body: bodyOf(1_000, true), stream: 'burst', count: connections },
  {
    name: 'stream of 200 events, one per 5 ms',
    body: bodyOf(1_000, true),
    stream: 'paced',
    count: connections,
    milliseconds: 4_000,
  },
];

console.log(`${os.cpus()[0].model}, ${os.cpus().length} cores, Node ${process.versions.node}, load ${os.loadavg()[0]}`);
for (const target of [bare, gateway, bare, gateway]) await measure(target, { ...cases[0], milliseconds: 1_500 });
console.log(
  'case | bare per second | gateway per second | ratio | bare CPU µs | gateway CPU µs | ratio | first byte ms: bare | gateway',
);
for (const one of cases) {
  const results = { bare: [], gateway: [] };
  for (let turn = 0; turn < rounds; turn += 1) {
    results.bare.push(await measure(bare, one));
    results.gateway.push(await measure(gateway, one));
  }
  const of = (name, field) => median(results[name].map((result) => result[field]));
  console.log(
    [
      one.name,
      round(of('bare', 'perSecond')),
      round(of('gateway', 'perSecond')),
      round(of('gateway', 'perSecond') / of('bare', 'perSecond'), 2),
      round(of('bare', 'cpu')),
      round(of('gateway', 'cpu')),
      round(of('gateway', 'cpu') / of('bare', 'cpu'), 2),
      round(of('bare', 'firstP50'), 2),
      round(of('gateway', 'firstP50'), 2),
    ].join(' | '),
  );
}

const alone = { body: bodyOf(1_000), count: 1, milliseconds: 1_500 };
const added = { bare: [], gateway: [] };
for (let turn = 0; turn < rounds; turn += 1) {
  const direct = await measure(upstream, alone);
  added.bare.push((await measure(bare, alone)).p50 - direct.p50);
  added.gateway.push((await measure(gateway, alone)).p50 - direct.p50);
}
const microseconds = (name) => round(median(added[name]) * 1_000);
console.log(
  `added latency, one connection, p50: bare ${microseconds('bare')} µs, gateway ${microseconds('gateway')} µs`,
);
const megabytes = (target) => round(residentOf(target.child.pid) ?? Number.NaN);
console.log(`resident after all of it: bare ${megabytes(bare)} MB, gateway ${megabytes(gateway)} MB`);
console.log(`rows reported by the gateway: ${gateway.rows()}`);
for (const { child } of [upstream, bare, gateway]) child.kill('SIGKILL');
