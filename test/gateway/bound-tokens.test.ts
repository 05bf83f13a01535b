import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, realpathSync } from 'node:fs';
import http from 'node:http';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createCallerInspector } from '#main/control/binding/caller-inspector.ts';
import { createPeerIdentifier } from '#main/host/peer/identify-peer.ts';
import type { AuditFact } from '#main/store/audit/audit-log.ts';
import type { GrantBinding } from '#shared/model/binding.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';
import { grantRecord } from '#test/fixtures/registry-records.ts';
import { startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { startUpstream, type TestUpstream } from './support/test-upstream.ts';

/** A process that starts another for each line it reads, which makes the calls the line tells and prints their statuses. */
const runner = `
const { spawn } = require('node:child_process');
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  spawn(process.execPath, ['-e', process.env.CALLS, line], { stdio: ['ignore', 'inherit', 'inherit'] });
});
`;

/** Calls so many times over one connection. */
const calls = `
const { url, token, times } = JSON.parse(process.argv[1]);
const agent = new (require('node:http').Agent)({ keepAlive: true, maxSockets: 1 });
const statuses = [];
const next = () => require('node:http').get(url, { agent, headers: { authorization: 'Bearer ' + token } }, (answer) => {
  answer.resume();
  answer.on('end', () => {
    statuses.push(answer.statusCode);
    if (statuses.length < times) return next();
    console.log(statuses.join(' '));
    agent.destroy();
  });
});
next();
`;

const peers = createPeerIdentifier();
const bindings = new Map<string, GrantBinding>();
const facts: AuditFact[] = [];
const inspected: string[] = [];
const inspector = createCallerInspector({
  peers,
  grants: () => ({ find: (id) => grantRecord({ id, binding: bindings.get(id) ?? null }) }),
  recorder: { record: (fact) => void facts.push(fact) },
  clock: createFakeClock(),
});

let upstream: TestUpstream;
let gateway: TestGateway;
let tree: ChildProcess;
let root: GrantBinding;

describe.runIf(process.platform === 'linux')('a token that is bound', () => {
  beforeAll(async () => {
    upstream = await startUpstream();
    upstream.answer((_request, response) => response.end('{"object":"list","data":[]}'));
    gateway = await startTestGateway({
      upstreams: [{ provider: 'openai', baseUrl: `${upstream.origin}/v1` }],
      checkCaller(grantId, connection) {
        inspected.push(grantId);
        return inspector.inspect(grantId, connection);
      },
    });
  });

  beforeEach(async () => {
    tree = spawn(process.execPath, ['-e', runner], { stdio: ['pipe', 'pipe', 'inherit'], env: { CALLS: calls } });
    await once(tree, 'spawn');
    root = { kind: 'tree', name: 'runner', root: await markOf(tree.pid ?? 0) };
    facts.length = 0;
    inspected.length = 0;
  });

  afterEach(() => void tree.kill('SIGKILL'));

  afterAll(async () => {
    await gateway.close();
    await upstream.close();
  });

  test('to a tree passes from what the tree started, and its caller is looked for once for each connection', async () => {
    const { token, grantId } = await bound(root);
    expect(await callFromTree(token, 3)).toBe('200 200 200');
    expect(inspected).toEqual([grantId]);
    expect(await callFromTree(token, 1)).toBe('200');
    expect(inspected).toEqual([grantId, grantId]);
    expect(facts).toEqual([]);
  });

  test('to a tree is refused from a stranger, and both are written down', async () => {
    const { token, grantId } = await bound(root);
    const { status, challenge, body } = await call(token);
    expect([status, body.error.code]).toEqual([401, 'invalid_token']);
    expect(body.error.message).toContain('works only for the program it was given to and what that program starts');
    expect(challenge).toContain('error="invalid_token"');
    expect(facts).toMatchObject([
      {
        event: 'token-used-elsewhere',
        subject: grantId,
        detail: {
          verdict: 'outside-tree',
          boundTo: { name: 'runner', pid: tree.pid },
          usedBy: { pid: process.pid, executable: realpathSync(process.execPath) },
        },
      },
    ]);
    expect(JSON.stringify(facts)).not.toContain(token);
    expect(upstream.seen).toHaveLength(0);
  });

  test('to a process whose pid another has now is refused', async () => {
    const marks: GrantBinding = { kind: 'tree', name: 'runner', root: { pid: tree.pid ?? 0, startedAt: '1@00000000' } };
    const { token } = await bound(marks);
    expect(await callFromTree(token, 2)).toBe('401 401');
  });

  test('to a program passes from it alone, with the contents it had', async () => {
    const path = realpathSync(process.execPath);
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    const own = await bound({ kind: 'executable', path, sha256 });
    expect((await call(own.token)).status).toBe(200);
    const changed = await bound({ kind: 'executable', path, sha256: '0'.repeat(64) });
    expect((await call(changed.token)).body.error.message).toContain('whose file has changed');
    const other = await bound({ kind: 'executable', path: '/usr/bin/other', sha256 });
    expect((await call(other.token)).body.error.message).toContain('the calling process runs another');
    expect(facts.map(({ detail }) => detail?.verdict)).toEqual(['changed-executable', 'other-executable']);
  });

  test('does not make a connection good for another bound token', async () => {
    const good = await bound({ kind: 'tree', name: 'vitest', root: await markOf(process.pid) });
    const foreign = await bound(root);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    expect((await call(good.token, agent)).status).toBe(200);
    expect((await call(foreign.token, agent)).status).toBe(401);
    expect((await call(good.token, agent)).status).toBe(200);
    agent.destroy();
    expect(inspected).toEqual([good.grantId, foreign.grantId]);
  });

  test('to nothing is asked about by nobody', async () => {
    const { token } = await gateway.grant();
    expect((await call(token)).status).toBe(200);
    expect(inspected).toEqual([]);
  });

  test('ends while its caller is looked for, and lets nobody in', async () => {
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const slow = await startTestGateway({
      upstreams: [{ provider: 'openai', baseUrl: `${upstream.origin}/v1` }],
      checkCaller: () => {
        answer();
        return new Promise(() => undefined);
      },
    });
    const { token, grantId } = await slow.grant({ bound: true });
    const answered = call(token, undefined, slow.url);
    await asked;
    await slow.revoke(grantId);
    expect(await answered).toMatchObject({ status: 401, body: { error: { code: 'invalid_token' } } });
    await slow.close();
  });
});

async function bound(binding: GrantBinding) {
  const grant = await gateway.grant({ bound: true });
  bindings.set(grant.grantId, binding);
  upstream.seen.length = 0;
  return grant;
}

async function markOf(pid: number) {
  const startTicks = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[19];
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  return { pid, startedAt: `${startTicks}@${bootId}` };
}

async function callFromTree(token: string, times: number): Promise<string> {
  const { stdin, stdout } = tree;
  if (stdin === null || stdout === null) throw new Error('The runner has no pipes');
  const lines = createInterface({ input: stdout });
  stdin.write(`${JSON.stringify({ url: `${gateway.url}/openai/v1/models`, token, times })}\n`);
  const [line] = (await once(lines, 'line')) as [string];
  lines.close();
  return line;
}

interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}

function call(token: string, agent: http.Agent = new http.Agent(), url = gateway.url) {
  return new Promise<{ status: number | undefined; challenge: string | undefined; body: ErrorBody }>(
    (resolve, reject) => {
      const request = http.get(`${url}/openai/v1/models`, { agent, headers: { authorization: `Bearer ${token}` } });
      request.once('error', reject);
      request.once('response', async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as ErrorBody;
        resolve({ status: answer.statusCode, challenge: answer.headers['www-authenticate'], body });
      });
    },
  );
}
