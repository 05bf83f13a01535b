import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mostHeldCalls } from '#main/gateway/state/call-hold.ts';
import type { Snapshot } from '#shared/contract/port.ts';
import { keyOf, leaseOf, startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { chatCompletion, startUpstream, type TestUpstream } from './support/test-upstream.ts';

let upstream: TestUpstream;
let gateway: TestGateway;
let leases: Snapshot['upstreams'];

const event = 'data: {"model":"gpt-4o-mini","choices":[{"delta":{"content":"x"}}]}\n\n';
const body = '{"model":"gpt-4o-mini","max_tokens":100}';

beforeAll(async () => {
  upstream = await startUpstream();
  leases = [{ provider: 'openai', baseUrl: `${upstream.origin}/v1` }].map(leaseOf);
  gateway = await startTestGateway({ upstreams: leases });
});

beforeEach(async () => {
  upstream.seen.length = 0;
  upstream.answer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chatCompletion));
  });
  await back();
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const leave = (mode: 'wait' | 'refuse', waitMs = 60_000): Promise<void> =>
  gateway.update({ upstreams: [], hold: { mode, waitMs } });
const back = (): Promise<void> => gateway.update({ upstreams: leases, hold: null, paused: false });

/** Sends a call. */
function call(token: string) {
  const request = http.request(`${gateway.url}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    agent: false,
  });
  const answer = once(request, 'response').then(async ([response]) => {
    const message = response as IncomingMessage;
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    return { status: message.statusCode, headers: message.headers, code: /"code":"([a-z_]+)"/.exec(text)?.[1] };
  });
  answer.catch(() => undefined);
  const sent = once(request, 'finish');
  request.end(body);
  return { request, answer, sent };
}

/** Sends a call and resolves when the gateway holds it: what was written before an exchange began was read before its answer. */
async function heldCall(token: string) {
  const held = call(token);
  await held.sent;
  for (let turn = 0; turn < 2; turn += 1) await (await fetch(`${gateway.url}/healthz`)).text();
  return held;
}

/** A grant whose token the gateway has seen: checking it again takes no time. */
async function usedGrant(options: { readonly tool?: string } = {}) {
  const grant = await gateway.grant(options);
  await call(grant.token).answer;
  upstream.seen.length = 0;
  return grant;
}

describe('while the owner is away', () => {
  it('calls wait without a key, and go on by themselves with the same token', async () => {
    const { token } = await usedGrant();
    await leave('wait');
    const held = [await heldCall(token), await heldCall(token)];
    expect(upstream.seen).toHaveLength(0);
    await back();
    const answers = await Promise.all(held.map(({ answer }) => answer));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(upstream.seen[0]?.headers.authorization).toBe(`Bearer ${keyOf('openai')}`);
  });

  it('a call that has waited its time gets 503, Retry-After and one row', async () => {
    const { token } = await usedGrant();
    await leave('wait', 20);
    const { status, headers, code } = await call(token).answer;
    expect([status, code, headers['retry-after']]).toEqual([503, 'owner_away', '30']);
    const row = await gateway.row(String(headers['x-tollkeeper-request-id']));
    expect(row).toMatchObject({ status: 503, outcome: 'denied', errorCode: 'owner_away' });
    expect(upstream.seen).toHaveLength(0);
  });

  it('calls are refused at once where nobody is to wait, and so are those that waited', async () => {
    const { token } = await usedGrant();
    await leave('wait');
    const waiting = await heldCall(token);
    await leave('refuse');
    expect((await waiting.answer).code).toBe('owner_away');
    expect((await call(token).answer).code).toBe('owner_away');
  });

  it('a bad token is refused at once, not held', async () => {
    await leave('wait');
    expect((await call('nonsense').answer).code).toBe('invalid_token');
  });

  it('a grant that ends while its call waits ends the call', async () => {
    const { token, grantId } = await usedGrant();
    await leave('wait');
    const held = await heldCall(token);
    await gateway.revoke(grantId);
    expect((await held.answer).code).toBe('invalid_token');
    await back();
    expect(upstream.seen).toHaveLength(0);
  });

  it('a caller that leaves is forgotten, and leaves its row', async () => {
    const { token } = await usedGrant({ tool: 'leaver' });
    await leave('wait');
    const held = await heldCall(token);
    held.request.destroy();
    const row = await gateway.row(({ tool, outcome }) => tool === 'leaver' && outcome !== 'ok');
    expect(row.outcome).toBe('client_aborted');
    await back();
    expect(upstream.seen).toHaveLength(0);
  });

  it('pausing refuses those that wait', async () => {
    const { token } = await usedGrant();
    await leave('wait');
    const held = await heldCall(token);
    await gateway.update({ paused: true });
    expect((await held.answer).code).toBe('gateway_paused');
  });

  it('no more than so many wait at once', async () => {
    const { token } = await usedGrant();
    await leave('wait');
    const held = Array.from({ length: mostHeldCalls + 1 }, () => call(token).answer);
    expect((await Promise.race(held)).code).toBe('owner_away');
    await back();
    const answers = await Promise.all(held);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(mostHeldCalls);
  });

  it('a stream that runs goes on to its end', async () => {
    const { token } = await usedGrant();
    let finish: () => void = () => undefined;
    upstream.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event);
      finish = () => response.end('data: [DONE]\n\n');
    });
    const request = http.request(`${gateway.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      agent: false,
    });
    request.end('{"model":"gpt-4o-mini","stream":true}');
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(response, 'data');
    await leave('refuse');
    finish();
    await once(response, 'end');
    expect(Buffer.concat(chunks).toString()).toContain('[DONE]');
  });
});
