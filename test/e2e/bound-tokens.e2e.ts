import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, test } from '@playwright/test';
import type { Alert } from '#shared/model/alert.ts';
import type { AuditEntry } from '#shared/model/audit.ts';
import { canaryKey } from '#test/fixtures/canary.ts';
import { approvedToken, type Headless, startHeadless, waitingRequest } from './fixture/headless.ts';
import { startUpstream, type Upstream } from './fixture/upstream.ts';

/** Tells its token, then the statuses of its own call and of one by a process whose parent has ended. */
const script = `
echo "$OPENAI_API_KEY"
call='fetch(process.env.OPENAI_BASE_URL + "/models", { headers: { authorization: "Bearer " + process.env.OPENAI_API_KEY } }).then(({ status }) => console.log(process.argv[1] + " " + status))'
"$NODE" -e "$call" child
mkfifo "$FIFO"
( setsid sh -c 'read line < "$FIFO"; "$NODE" -e "$0" orphan' "$call" & )
echo > "$FIFO"
read line
`;

let upstream: Upstream;
let headless: Headless;

test.beforeAll(async () => {
  upstream = await startUpstream();
  headless = await startHeadless();
  await headless.toll.json(['key', 'add', 'openai', '--base-url', upstream.baseUrl('openai')], canaryKey('openai'));
});

test.afterAll(async () => {
  expect(await headless.stop()).toBe(0);
  await upstream.stop();
});

async function statusWith(token: string): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(`${headless.ready.gateway}/openai/v1/models`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: answer.status, text: await answer.text() };
}

async function post(path: string, form: Readonly<Record<string, string>>, token: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${headless.ready.gateway}${path}`, {
    ...{ method: 'POST', headers, body: new URLSearchParams(form) },
  });
  return answer.json();
}

const handedOnFrom = (token: string): Promise<unknown> =>
  post(
    '/oauth/token',
    {
      ...{ grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', client_id: 'thief', subject_token: token },
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    },
    token,
  );

const describedBy = (token: string): Promise<unknown> => post('/oauth/introspect', { token }, token);

async function strangers(): Promise<readonly AuditEntry[]> {
  const log = await headless.toll.json<AuditEntry[]>(['log']);
  return log.filter(({ event }) => event === 'token-used-elsewhere');
}

test('a token copied out of toll run is worth nothing elsewhere, and the audit log names both processes', async () => {
  test.skip(process.platform !== 'linux', 'Elsewhere orphans are not kept in the tree');
  const run = headless.toll.start(['run', '--', 'bash', '-c', script], {
    NODE: process.execPath,
    FIFO: `${headless.home}/fifo`,
  });
  if (!run.stdout) throw new Error('No standard output');
  const lines = createInterface({ input: run.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  await headless.toll.json(['approve', await waitingRequest(headless.toll)]);
  const token = await next();
  expect(await next()).toBe('child 200');
  expect(await next()).toBe('orphan 200');
  expect(await strangers()).toEqual([]);

  const { status, text } = await statusWith(token);
  expect([status, JSON.parse(text).error.code]).toEqual([401, 'invalid_token']);
  expect(text).toContain('works only for the program it was given to');
  expect(await handedOnFrom(token)).toMatchObject({ error: 'invalid_request' });
  expect(await describedBy(token)).toMatchObject({ error: 'invalid_token' });
  expect(await strangers()).toMatchObject([
    { detail: { tool: 'bash', verdict: 'outside-tree', boundTo: { pid: run.pid }, usedBy: { pid: process.pid } } },
  ]);
  const [alert] = await headless.toll.json<Alert[]>(['alerts']);
  expect(alert).toMatchObject({ rule: 'foreign-process', tool: 'bash' });
  const ended = once(run, 'exit');
  run.stdin?.end('\n');
  expect(await ended).toEqual([0, null]);
});

test('a token bound to a program is refused from others, and an unbound one is not', async () => {
  const ask = ['--tool', 'script', '--scope', 'openai:models'];
  const own = await approvedToken(headless.toll, [...ask, '--bind', `exe:${process.execPath}`]);
  expect((await statusWith(own)).status).toBe(200);
  const foreign = await approvedToken(headless.toll, [...ask, '--bind', 'exe:/bin/sh']);
  expect((await statusWith(foreign)).text).toContain('the calling process runs another');
  expect((await statusWith(await approvedToken(headless.toll, ask))).status).toBe(200);
});
