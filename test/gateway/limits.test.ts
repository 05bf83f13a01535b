import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LimitLease, LimitRule, LimitSubject } from '#shared/model/limit.ts';
import { startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { chatCompletion, startUpstream, type TestUpstream } from './support/test-upstream.ts';

let upstream: TestUpstream;
let gateway: TestGateway;
let made = 0;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startTestGateway({
    upstreams: [
      { provider: 'openai', credentialId: 'cred_work', baseUrl: `${upstream.origin}/v1` },
      { provider: 'mistral', credentialId: 'cred_other', definition: 'mistral', baseUrl: upstream.origin },
      { provider: 'gemini', definition: 'gemini', baseUrl: upstream.origin },
      { provider: 'ollama', definition: 'ollama', baseUrl: upstream.origin, secret: '' },
    ],
  });
});

beforeEach(async () => {
  await gateway.update({ limits: [] });
  upstream.seen.length = 0;
  upstream.raw(null);
  upstream.answer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chatCompletion));
  });
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

/** What the answer of the upstream costs, and what such a call may cost at most, in micro-dollars. */
const cost = 450;
const ceiling = 62;
const small = '{"model":"gpt-4o-mini","max_tokens":100}';
const everything: LimitSubject = { kind: 'everything' };

function budget(amountMicroUsd: number, period: 'request' | 'day' | 'month' | 'once' = 'day'): LimitRule {
  return { kind: 'budget', amountMicroUsd, period };
}

function limit(rule: LimitRule, subject: LimitSubject = everything, used = 0): LimitLease {
  made += 1;
  return { id: `lim_${made}`, subject, rule, window: { start: 0, end: 4_102_444_800_000, used, topUpMicroUsd: 0 } };
}

async function chat(token: string, body = small, path = '/openai/v1/chat/completions') {
  const answer = await fetch(gateway.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  });
  const text = await answer.text();
  if (answer.status === 200) await gateway.row(answer.headers.get('x-tollkeeper-request-id') ?? '');
  return {
    status: answer.status,
    code: /"code":"([a-z_]+)"/.exec(text)?.[1],
    text,
    retryAfter: Number(answer.headers.get('retry-after')),
  };
}

async function statuses(token: string, calls: number): Promise<readonly number[]> {
  const seen: number[] = [];
  for (let turn = 0; turn < calls; turn += 1) seen.push((await chat(token)).status);
  return seen;
}

const event = 'data: {"model":"gpt-4o-mini","choices":[{"delta":{"content":"x"}}]}\n\n';

/** The upstream begins streams and leaves them open; the test ends them. */
function holdStreams(): ServerResponse[] {
  const held: ServerResponse[] = [];
  upstream.raw((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(event);
    held.push(response);
  });
  return held;
}

async function openStream(token: string, maxTokens = 10): Promise<IncomingMessage> {
  const request = http.request(`${gateway.url}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    agent: false,
  });
  request.end(`{"model":"gpt-4o-mini","stream":true,"max_tokens":${maxTokens}}`);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

describe('a budget for everything', () => {
  it('is shared by all tools, and the refusal names it', async () => {
    const standing = limit(budget(1_000));
    await gateway.update({ limits: [standing] });
    const [one, other] = [await gateway.grant({ tool: 'codex' }), await gateway.grant({ tool: 'claude' })];
    expect([...(await statuses(one.token, 2)), ...(await statuses(other.token, 2))]).toEqual([200, 200, 200, 402]);
    const { code, text } = await chat(one.token);
    expect(code).toBe('budget_exceeded');
    for (const told of ['a day', 'everything', 'begins anew at 2100-01-01', `toll top-up ${standing.id}`])
      expect(text).toContain(told);
  });

  it('is never overspent by calls at once', async () => {
    await gateway.update({ limits: [limit(budget(2 * ceiling))] });
    const grants = [await gateway.grant({ tool: 'codex' }), await gateway.grant({ tool: 'claude' })];
    const held: ServerResponse[] = [];
    upstream.answer((_request, response) => {
      held.push(response);
      if (held.length === 2) for (const waiting of held) waiting.end(JSON.stringify(chatCompletion));
    });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => chat(grants[index % 2]?.token ?? '')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(answers.filter(({ code }) => code === 'budget_exceeded')).toHaveLength(18);
  });

  it('goes on from what was used before the gateway knew of it', async () => {
    const grant = await gateway.grant();
    await gateway.update({ limits: [limit(budget(1_000), everything, 950)] });
    expect(await statuses(grant.token, 1)).toEqual([402]);
    await gateway.update({ limits: [limit(budget(1_000), everything, 900)] });
    expect(await statuses(grant.token, 2)).toEqual([200, 402]);
  });

  it('lets pass what costs nothing', async () => {
    const grant = await gateway.grant();
    await gateway.update({ limits: [limit(budget(1), everything, 1)] });
    expect((await chat(grant.token, small, '/openai/v1/moderations')).status).toBe(200);
    expect((await chat(grant.token, small, '/ollama/v1/chat/completions')).status).toBe(200);
  });

  it('refuses what can\u2019t be priced', async () => {
    const grant = await gateway.grant();
    await gateway.update({ limits: [limit(budget(1_000_000))] });
    const answer = await chat(grant.token, '{"model":"no-such-model"}');
    expect(answer).toMatchObject({ status: 402, code: 'price_unknown' });
    expect(answer.text).toContain('the budget of $1.00 a day for everything');
    expect(upstream.seen).toHaveLength(0);
  });

  it('for each request looks at one call alone', async () => {
    const grant = await gateway.grant();
    await gateway.update({ limits: [limit(budget(ceiling, 'request'))] });
    expect(await statuses(grant.token, 3)).toEqual([200, 200, 200]);
    expect(await chat(grant.token, '{"model":"gpt-4o-mini","max_tokens":200}')).toMatchObject({
      status: 402,
      code: 'budget_exceeded',
    });
  });

  it('no longer holds once it is removed, and holds more once it is raised', async () => {
    const grant = await gateway.grant();
    const standing = limit(budget(cost));
    await gateway.update({ limits: [standing] });
    expect(await statuses(grant.token, 2)).toEqual([200, 402]);
    await gateway.update({ limits: [{ ...standing, rule: budget(cost + ceiling) }] });
    expect(await statuses(grant.token, 2)).toEqual([200, 402]);
    const window = { ...standing.window, topUpMicroUsd: 10_000 };
    await gateway.update({ limits: [{ ...standing, window }] });
    expect(await statuses(grant.token, 1)).toEqual([200]);
    await gateway.update({ limits: [] });
    expect(await statuses(grant.token, 1)).toEqual([200]);
  });

  it('takes no use of a call that it refuses', async () => {
    const grant = await gateway.grant({ usesLeft: 1, budgetLeftMicroUsd: 100, budgetMicroUsd: 100 });
    await gateway.update({ limits: [limit(budget(1))] });
    expect(await statuses(grant.token, 3)).toEqual([402, 402, 402]);
    await gateway.update({ limits: [] });
    expect(await statuses(grant.token, 2)).toEqual([200, 409]);
  });

  it('cuts a stream that outgrows it', async () => {
    const grant = await gateway.grant();
    const standing = limit(budget(500));
    await gateway.update({ limits: [standing] });
    upstream.raw((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = (): void => {
        if (!response.destroyed) response.write(event.repeat(1_000), () => setImmediate(more));
      };
      more();
    });
    const response = await openStream(grant.token);
    response.resume();
    await once(response, 'error');
    const row = await gateway.row(String(response.headers['x-tollkeeper-request-id']));
    expect(row).toMatchObject({ outcome: 'denied', errorCode: 'budget_exceeded' });
  });

  it('that is set while a stream runs cuts it, whatever the grant has set aside', async () => {
    const grant = await gateway.grant({ budgetLeftMicroUsd: 1_000_000, budgetMicroUsd: 1_000_000 });
    upstream.raw((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const more = (): void => {
        if (!response.destroyed) response.write(event.repeat(10), () => setImmediate(more));
      };
      more();
    });
    const response = await openStream(grant.token, 1_000_000);
    response.resume();
    await gateway.update({ limits: [limit(budget(1))] });
    await once(response, 'error');
    const row = await gateway.row(String(response.headers['x-tollkeeper-request-id']));
    expect(row).toMatchObject({ outcome: 'denied', errorCode: 'budget_exceeded' });
  });

  it('that is set while a stream runs is charged for it in the end', async () => {
    const grant = await gateway.grant();
    const held = holdStreams();
    const response = await openStream(grant.token);
    await gateway.update({ limits: [limit(budget(1_000))] });
    const usage = '"usage":{"prompt_tokens":1000,"completion_tokens":1500,"total_tokens":2500}';
    held[0]?.end(`data: {"model":"gpt-4o-mini","choices":[],${usage}}\n\ndata: [DONE]\n\n`);
    response.resume();
    await gateway.row(String(response.headers['x-tollkeeper-request-id']));
    upstream.raw(null);
    expect(await statuses(grant.token, 1)).toEqual([402]);
  });
});

describe('a limit for one', () => {
  it('tool leaves the others alone', async () => {
    await gateway.update({ limits: [limit(budget(1), { kind: 'tool', tool: 'codex' })] });
    expect(await statuses((await gateway.grant({ tool: 'codex' })).token, 1)).toEqual([402]);
    expect(await statuses((await gateway.grant({ tool: 'claude' })).token, 1)).toEqual([200]);
  });

  it('key of a pool sends calls to the next, and refuses when none has room', async () => {
    const pool = await startTestGateway({
      upstreams: ['cred_a', 'cred_b'].map((credentialId) => ({
        ...{ provider: 'openai', credentialId, baseUrl: `${upstream.origin}/v1` },
        ...{ isDefault: credentialId === 'cred_a', weight: credentialId === 'cred_a' ? 100 : 0 },
      })),
    });
    const grant = await pool.grant({ usesLeft: 2, budgetLeftMicroUsd: 10_000, budgetMicroUsd: 10_000 });
    const call = async () => {
      const answer = await fetch(`${pool.url}/openai/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${grant.token}`, 'content-type': 'application/json' },
        body: small,
      });
      await answer.text();
      const row = await pool.row(answer.headers.get('x-tollkeeper-request-id') ?? '');
      return [answer.status, row.credentialId];
    };
    const limits = [limit(budget(cost), { kind: 'credential', credentialId: 'cred_a' })];
    await pool.update({ limits });
    expect(await call()).toEqual([200, 'cred_a']);
    await pool.update({ limits: [...limits, limit(budget(1), { kind: 'credential', credentialId: 'cred_b' })] });
    expect((await call())[0]).toBe(402);
    await pool.update({ limits });
    expect(await call()).toEqual([200, 'cred_b']);
    expect((await call())[0]).toBe(409);
    await pool.close();
  });

  it('key leaves the others alone', async () => {
    const grant = await gateway.grant();
    await gateway.update({ limits: [limit(budget(1), { kind: 'credential', credentialId: 'cred_other' })] });
    expect(await statuses(grant.token, 1)).toEqual([200]);
    const body = '{"model":"mistral-small-latest","max_tokens":100}';
    expect((await chat(grant.token, body, '/mistral/v1/chat/completions')).status).toBe(402);
  });
});

describe('a rate', () => {
  it('of requests says when to come back', async () => {
    const grant = await gateway.grant();
    await gateway.update({ limits: [limit({ kind: 'requests-per-minute', amount: 2 })] });
    expect(await statuses(grant.token, 2)).toEqual([200, 200]);
    const answer = await chat(grant.token);
    expect(answer).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(answer.retryAfter).toBeGreaterThan(55);
    expect(answer.retryAfter).toBeLessThanOrEqual(61);
    expect(answer.text).toContain('2 requests a minute');
    expect(upstream.seen).toHaveLength(2);
  });

  it('of tokens counts what was really used', async () => {
    const grant = await gateway.grant();
    await gateway.update({ limits: [limit({ kind: 'tokens-per-minute', amount: 3_100 })] });
    expect(await statuses(grant.token, 3)).toEqual([200, 200, 429]);
  });

  it('of tokens lets a call that is larger than itself pass when nothing else did', async () => {
    const grant = await gateway.grant();
    await gateway.update({ limits: [limit({ kind: 'tokens-per-minute', amount: 50 })] });
    expect(await statuses(grant.token, 2)).toEqual([200, 429]);
  });
});

describe('a limit of streams', () => {
  it('counts those that run, and nothing else', async () => {
    const grant = await gateway.grant();
    const held = holdStreams();
    await gateway.update({ limits: [limit({ kind: 'concurrent-streams', amount: 2 })] });
    const [first] = [await openStream(grant.token), await openStream(grant.token)];
    const refused = await openStream(grant.token);
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '2']);
    refused.resume();
    held[0]?.end('data: [DONE]\n\n');
    first.resume();
    await gateway.row(String(first.headers['x-tollkeeper-request-id']));
    expect((await openStream(grant.token)).statusCode).toBe(200);
    upstream.raw(null);
    expect(await statuses(grant.token, 1)).toEqual([200]);
    for (const response of held) response.end();
  });

  it.each([
    ['the path', '/gemini/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse', '{"contents":[]}'],
    ['the unified path', '/v1beta/models/openai/gpt-4o-mini:streamGenerateContent?alt=sse', '{"contents":[]}'],
    ['the protocol', '/ollama/api/chat', '{"model":"llama3.2"}'],
    ['the body', '/openai/v1/responses', '{"model":"gpt-4o-mini","stream":true}'],
  ])('takes what %s asks for into account', async (_by, path, body) => {
    const grant = await gateway.grant();
    holdStreams();
    await gateway.update({ limits: [limit({ kind: 'concurrent-streams', amount: 1 })] });
    const first = await openStream(grant.token);
    expect(first.statusCode).toBe(200);
    expect((await chat(grant.token, body, path)).status).toBe(429);
    first.destroy();
    await gateway.row(String(first.headers['x-tollkeeper-request-id']));
  });
});

describe('a grant\u2019s budget', () => {
  it('grows by a top-up, and by that only', async () => {
    const grant = await gateway.grant({ grantId: 'grant-topped', budgetLeftMicroUsd: 100, budgetMicroUsd: 100 });
    await gateway.update({ limits: [] });
    expect(await statuses(grant.token, 2)).toEqual([200, 402]);
    const raised = await gateway.grant({ grantId: 'grant-other' });
    await gateway.update({
      grants: [
        {
          ...{ grantId: grant.grantId, tool: 'test-tool', scopes: ['*:*'], expiresAt: Date.now() + 900_000 },
          ...{ usesLeft: null, budgetLeftMicroUsd: 500, budgetMicroUsd: 600, queryToken: false },
        },
      ],
    });
    expect(raised.token).not.toBe(grant.token);
    expect(await statuses(grant.token, 2)).toEqual([200, 402]);
  });
});
