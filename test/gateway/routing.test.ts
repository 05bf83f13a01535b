import type { ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { AliasLease, GrantLease, UpstreamLease } from '#shared/contract/port.ts';
import { fallbackReasons } from '#shared/model/alias.ts';
import { startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { type Answer, chatCompletion, startUpstream, type TestUpstream } from './support/test-upstream.ts';

/** A gateway with upstreams of its own, and a token for it. */
interface Bench {
  readonly gateway: TestGateway;
  readonly upstreams: Readonly<Record<string, TestUpstream>>;
  call(body: string, options?: { readonly path?: string; readonly token?: string }): Promise<Response>;
  /** Which credential got each request so far, in order. */
  readonly served: string[];
}

const port = { nobody: 'http://127.0.0.1:9' };
/** The gateway's own deadlines, far beyond any test's. */
const patient = { connect: 600_000, firstByte: 600_000, idle: 600_000 };
const messages = '"messages":[{"role":"user","content":"Hi"}]';
const chat = `{"model":"gpt-4o-mini",${messages}}`;
const fast = `{"model":"fast",${messages}}`;

const fine: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(chatCompletion));
};

function failing(status: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(`{"error":{"code":${status}}}`);
  };
}

/** Starts an upstream for each name; a lease of that name goes to it. */
async function startBench(
  leases: readonly Partial<UpstreamLease>[],
  options: { readonly aliases?: readonly AliasLease[]; readonly grant?: Partial<GrantLease> } = {},
): Promise<Bench> {
  const served: string[] = [];
  const upstreams: Record<string, TestUpstream> = {};
  const placed: Partial<UpstreamLease>[] = [];
  for (const [index, lease] of leases.entries()) {
    const credentialId = lease.credentialId ?? '';
    const upstream = await startUpstream();
    onTestFinished(() => upstream.close());
    upstreams[credentialId] = upstream;
    const isHome = leases.findIndex(({ provider }) => provider === lease.provider) === index;
    placed.push({ baseUrl: `${upstream.origin}/v1`, isDefault: isHome, weight: isHome ? 1 : null, ...lease });
  }
  const gateway = await startTestGateway({ upstreams: placed, configuration: { timeouts: patient } });
  onTestFinished(() => gateway.close());
  if (options.aliases !== undefined) await gateway.update({ aliases: options.aliases });
  const { token } = await gateway.grant(options.grant);
  const bench: Bench = {
    gateway,
    upstreams,
    served,
    call: (body, { path = '/openai/v1/chat/completions', token: bearer = token } = {}) =>
      fetch(gateway.url + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        body,
      }),
  };
  for (const credentialId of Object.keys(upstreams)) answer(bench, credentialId, fine);
  return bench;
}

/** Sets what a credential's upstream answers from now on. */
function answer({ upstreams, served }: Bench, credentialId: string, how: Answer): void {
  upstreams[credentialId]?.answer((request, response) => {
    served.push(credentialId);
    how(request, response);
  });
}

async function rowOf({ gateway }: Bench, response: Response) {
  await response.arrayBuffer();
  return gateway.row(response.headers.get('x-tollkeeper-request-id') ?? '');
}

function alias(changes: Partial<AliasLease> = {}): AliasLease {
  return {
    name: 'fast',
    targets: [
      { provider: 'openai', model: 'gpt-4o-mini' },
      { provider: 'groq', model: 'llama-3.3-70b-versatile' },
    ],
    timeouts: {},
    fallbackOn: [...fallbackReasons],
    ...changes,
  };
}

const twoKeys: readonly Partial<UpstreamLease>[] = [
  { provider: 'openai', credentialId: 'a', weight: 3 },
  { provider: 'openai', credentialId: 'b', weight: 1 },
];
const twoProviders: readonly Partial<UpstreamLease>[] = [
  { provider: 'openai', credentialId: 'first' },
  { provider: 'groq', definition: 'groq', credentialId: 'second' },
];
const held: ServerResponse[] = [];

afterEach(() => {
  for (const response of held.splice(0)) response.destroy();
});

describe('the keys of a provider', () => {
  it('share its calls by weight', async () => {
    const bench = await startBench(twoKeys);
    for (let call = 0; call < 16; call += 1) await (await bench.call(chat)).arrayBuffer();
    expect(bench.served.filter((id) => id === 'a')).toHaveLength(12);
    expect(bench.served.filter((id) => id === 'b')).toHaveLength(4);
  });

  it('leave a key without a share alone, even when the other fails', async () => {
    const bench = await startBench([twoKeys[0] ?? {}, { provider: 'openai', credentialId: 'b' }]);
    answer(bench, 'a', failing(429, { 'retry-after': '9' }));
    expect((await bench.call(chat)).status).toBe(429);
    expect(bench.served).toEqual(['a']);
  });

  it('stand in for each other within one call, and the row says which served', async () => {
    const bench = await startBench(twoKeys);
    answer(bench, 'a', failing(429, { 'retry-after': '60' }));
    const response = await bench.call(chat);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-tollkeeper-upstream')).toBe('openai/gpt-4o-mini;credential=b');
    expect(response.headers.get('x-tollkeeper-attempts')).toBe('openai/gpt-4o-mini;status=429');
    expect(await rowOf(bench, response)).toMatchObject({ credentialId: 'b', provider: 'openai', outcome: 'ok' });
    expect(bench.served).toEqual(['a', 'b']);
  });

  it('are not asked again before the time that the provider named', async () => {
    const bench = await startBench(twoKeys);
    answer(bench, 'a', failing(429, { 'retry-after': '60' }));
    for (let call = 0; call < 8; call += 1) await (await bench.call(chat)).arrayBuffer();
    expect(bench.served).toEqual(['a', ...Array.from({ length: 8 }, () => 'b')]);
  });

  it('answer 429 with the soonest return when all cool down, and make no call', async () => {
    const bench = await startBench(twoKeys);
    answer(bench, 'a', failing(429, { 'retry-after': '60' }));
    answer(bench, 'b', failing(429, { 'retry-after': '30' }));
    expect((await bench.call(chat)).status).toBe(429);
    const refused = await bench.call(chat);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(29);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(30);
    expect(await refused.clone().json()).toMatchObject({ error: { code: 'upstream_cooling_down' } });
    expect(await rowOf(bench, refused)).toMatchObject({ outcome: 'denied', errorCode: 'upstream_cooling_down' });
    expect(bench.served).toEqual(['a', 'b']);
    const other = await bench.call(chat.replace('gpt-4o-mini', 'gpt-4.1'));
    expect(await rowOf(bench, other)).toMatchObject({ status: 429, errorCode: null });
  });

  it('replace one that the provider refuses', async () => {
    const bench = await startBench(twoKeys);
    answer(bench, 'a', failing(401));
    for (let call = 0; call < 4; call += 1) expect((await bench.call(chat)).status).toBe(200);
    expect(bench.served).toEqual(['a', 'b', 'b', 'b', 'b']);
  });

  it('serve what lives in an account from the default key alone', async () => {
    const bench = await startBench(twoKeys);
    const body = '{"input":"x","model":"gpt-4o-mini","previous_response_id":"resp_1"}';
    for (let call = 0; call < 8; call += 1) {
      await (await bench.call(body, { path: '/openai/v1/responses' })).arrayBuffer();
    }
    answer(bench, 'a', failing(500));
    expect((await bench.call(body, { path: '/openai/v1/responses' })).status).toBe(500);
    expect(new Set(bench.served)).toEqual(new Set(['a']));
  });

  it('stand in for each other for a long request too, byte for byte', async () => {
    const bench = await startBench(twoKeys);
    answer(bench, 'a', failing(429, { 'retry-after': '60' }));
    answer(bench, 'b', failing(429, { 'retry-after': '60' }));
    const long = chat.replace('Hi', 'word '.repeat(60_000));
    expect((await bench.call(long)).status).toBe(429);
    expect(bench.served.toSorted()).toEqual(['a', 'b']);
    expect(bench.upstreams.b?.seen[0]?.body.toString()).toBe(long);
    expect(await (await bench.call(long)).json()).toMatchObject({ error: { code: 'upstream_cooling_down' } });
  });

  it('keep the long prompts of a grant together', async () => {
    const bench = await startBench(twoKeys);
    const long = chat.replace('Hi', 'word '.repeat(1_000));
    for (let call = 0; call < 8; call += 1) await (await bench.call(long)).arrayBuffer();
    expect(new Set(bench.served).size).toBe(1);
  });
});

describe('a circuit', () => {
  it('opens after five failures in a row, then refuses at once with the time of the next trial', async () => {
    const bench = await startBench([{ provider: 'openai', credentialId: 'a' }]);
    answer(bench, 'a', failing(500));
    for (let call = 0; call < 5; call += 1) expect((await bench.call(chat)).status).toBe(500);
    const refused = await bench.call(chat);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await refused.json()).toMatchObject({ error: { code: 'circuit_open' } });
    expect(bench.served).toHaveLength(5);
    expect(bench.gateway.health.at(-1)).toMatchObject({
      credentialId: 'a',
      health: { state: 'open', reason: 'server_error' },
    });
    answer(bench, 'a', fine);
    await bench.gateway.heal();
    expect((await bench.call(chat)).status).toBe(200);
    expect(bench.gateway.health.at(-1)).toMatchObject({ credentialId: 'a', health: { state: 'closed' } });
  });

  it('opens at the first refusal of a key that never worked', async () => {
    const bench = await startBench([{ provider: 'openai', credentialId: 'a' }]);
    answer(bench, 'a', failing(401));
    expect((await bench.call(chat)).status).toBe(401);
    expect(await (await bench.call(chat)).json()).toMatchObject({ error: { code: 'circuit_open' } });
    expect(bench.gateway.health.at(-1)?.health).toMatchObject({ state: 'open', reason: 'key_rejected' });
  });

  it('is not moved by what callers do wrong', async () => {
    const bench = await startBench([{ provider: 'openai', credentialId: 'a' }]);
    for (const status of [400, 403, 404, 413, 422]) {
      answer(bench, 'a', failing(status));
      for (let call = 0; call < 3; call += 1) expect((await bench.call(chat)).status).toBe(status);
    }
    expect(bench.gateway.health).toEqual([]);
  });
});

describe('an alias', () => {
  const unified = { path: '/v1/chat/completions' };

  it('leads to its first model', async () => {
    const bench = await startBench(twoProviders, { aliases: [alias()] });
    const response = await bench.call(fast, unified);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-tollkeeper-upstream')).toBe('openai/gpt-4o-mini;credential=first');
    expect(response.headers.get('x-tollkeeper-attempts')).toBeNull();
    expect(bench.upstreams.first?.seen[0]?.body.toString()).toBe(fast.replace('fast', 'gpt-4o-mini'));
    expect(bench.served).toEqual(['first']);
  });

  it.each<[string, Answer]>([
    ['429', failing(429)],
    ['500', failing(500)],
    ['503', failing(503)],
    ['529', failing(529)],
    ['a connection that breaks', (_request, response) => void response.destroy()],
  ])('goes on to its next model after %s', async (_name, how) => {
    const bench = await startBench(twoProviders, { aliases: [alias()] });
    answer(bench, 'first', how);
    const response = await bench.call(fast, unified);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-tollkeeper-upstream')).toBe('groq/llama-3.3-70b-versatile;credential=second');
    expect(bench.upstreams.second?.seen[0]?.body.toString()).toBe(fast.replace('fast', 'llama-3.3-70b-versatile'));
    expect(await rowOf(bench, response)).toMatchObject({
      ...{ provider: 'groq', credentialId: 'second', status: 200, outcome: 'ok' },
    });
    expect(bench.served).toEqual(['first', 'second']);
  });

  it('goes on when its first provider can\u2019t be reached at all, and says that nothing was paid there', async () => {
    const bench = await startBench([{ ...twoProviders[0], baseUrl: `${port.nobody}/v1` }, twoProviders[1] ?? {}], {
      aliases: [alias()],
    });
    const response = await bench.call(fast, unified);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-tollkeeper-attempts')).toBe('openai/gpt-4o-mini;status=0');
    expect((await rowOf(bench, response)).costMicroUsd).toBeGreaterThan(0);
  });

  it('goes on when the first byte takes longer than it allows, and says that the first may have been paid', async () => {
    const bench = await startBench(twoProviders, { aliases: [alias({ timeouts: { firstByteMs: 300 } })] });
    answer(bench, 'first', (_request, response) => void held.push(response));
    const response = await bench.call(fast, unified);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-tollkeeper-attempts')).toBe('openai/gpt-4o-mini;status=0;paid=maybe');
    expect(await rowOf(bench, response)).toMatchObject({ provider: 'groq', costMicroUsd: null });
  });

  it('goes on when no connection comes about in the time it allows, and says that nothing was paid there', async () => {
    const mute = net.createServer(() => undefined);
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void mute.close());
    const { port: mutePort } = mute.address() as AddressInfo;
    const bench = await startBench(
      [{ ...twoProviders[0], baseUrl: `https://127.0.0.1:${mutePort}/v1` }, twoProviders[1] ?? {}],
      { aliases: [alias({ timeouts: { connectMs: 200 } })] },
    );
    const response = await bench.call(fast, unified);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-tollkeeper-attempts')).toBe('openai/gpt-4o-mini;status=0');
  });

  it('charges what the first attempt may have cost to a grant with a budget', async () => {
    const bench = await startBench(twoProviders, {
      aliases: [alias({ timeouts: { firstByteMs: 300 } })],
      grant: { budgetLeftMicroUsd: 1_000_000 },
    });
    answer(bench, 'first', (_request, response) => void held.push(response));
    const both = await rowOf(bench, await bench.call(fast.replace('}]}', '}],"max_tokens":1000}'), unified));
    answer(bench, 'first', failing(503));
    const second = await rowOf(bench, await bench.call(fast.replace('}]}', '}],"max_tokens":1000}'), unified));
    expect(second).toMatchObject({ provider: 'groq', costMicroUsd: expect.any(Number) });
    expect(both.costMicroUsd ?? 0).toBeGreaterThan(second.costMicroUsd ?? 0);
  });

  it('never goes on once a byte of answer has reached the caller', async () => {
    const bench = await startBench(twoProviders, { aliases: [alias()] });
    answer(bench, 'first', (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n', () => response.destroy());
    });
    const response = await bench.call(fast.replace('}]}', '}],"stream":true}'), unified);
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    const row = await bench.gateway.row(response.headers.get('x-tollkeeper-request-id') ?? '');
    expect(row).toMatchObject({ provider: 'openai', outcome: 'upstream_error' });
    expect(bench.served).toEqual(['first']);
  });

  it.each([400, 401, 403, 404, 422])('gives the caller the first model\u2019s %i', async (status) => {
    const bench = await startBench(twoProviders, { aliases: [alias()] });
    answer(bench, 'first', failing(status));
    expect((await bench.call(fast, unified)).status).toBe(status);
    expect(bench.served).toEqual(['first']);
  });

  it('falls back on what its user chose, and on nothing else', async () => {
    const bench = await startBench(twoProviders, { aliases: [alias({ fallbackOn: ['5xx'] })] });
    answer(bench, 'first', failing(429, { 'retry-after': '60' }));
    expect((await bench.call(fast, unified)).status).toBe(429);
    expect(await (await bench.call(fast, unified)).json()).toMatchObject({ error: { code: 'upstream_cooling_down' } });
    expect(bench.served).toEqual(['first']);
    answer(bench, 'first', failing(500));
    await bench.gateway.heal();
    expect((await bench.call(fast, unified)).status).toBe(200);
  });

  it('passes over a provider that is left alone, without calling it', async () => {
    const bench = await startBench(twoProviders, { aliases: [alias()] });
    answer(bench, 'first', failing(429, { 'retry-after': '60' }));
    for (let call = 0; call < 3; call += 1) expect((await bench.call(fast, unified)).status).toBe(200);
    expect(bench.served).toEqual(['first', 'second', 'second', 'second']);
  });

  it('gives the last failure when every model failed', async () => {
    const bench = await startBench(twoProviders, { aliases: [alias()] });
    answer(bench, 'first', failing(500));
    answer(bench, 'second', failing(503));
    const response = await bench.call(fast, unified);
    expect(response.status).toBe(503);
    expect(await rowOf(bench, response)).toMatchObject({ provider: 'groq', status: 503, outcome: 'upstream_error' });
  });

  it('leads only to models that the token covers', async () => {
    const bench = await startBench(twoProviders, { aliases: [alias()], grant: { scopes: ['groq:chat'] } });
    const response = await bench.call(fast, unified);
    expect(response.headers.get('x-tollkeeper-upstream')).toBe('groq/llama-3.3-70b-versatile;credential=second');
    expect(bench.served).toEqual(['second']);
    const { token } = await bench.gateway.grant({ scopes: ['mistral:chat'] });
    const refused = await bench.call(fast, { ...unified, token });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('scope="openai:chat:gpt-4o-mini"');
  });

  it('is one use and one row, however many models were tried', async () => {
    const bench = await startBench(twoProviders, { aliases: [alias()], grant: { usesLeft: 1 } });
    answer(bench, 'first', failing(500));
    const response = await bench.call(fast, unified);
    expect(response.status).toBe(200);
    await rowOf(bench, response);
    expect(bench.gateway.rows).toHaveLength(1);
    expect((await bench.call(fast, unified)).status).toBe(409);
  });

  it('is gone with the next snapshot', async () => {
    const bench = await startBench(twoProviders, { aliases: [alias()] });
    await bench.gateway.update({ aliases: [] });
    expect(await (await bench.call(fast, unified)).json()).toMatchObject({ error: { code: 'unknown_model' } });
  });
});
