import type { ServerResponse } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import type { AliasLease, UpstreamLease } from '#shared/contract/port.ts';
import { fallbackReasons } from '#shared/model/alias.ts';
import { answer, failing, messages, rowOf, startRoutingBench } from './support/routing-bench.ts';
import type { Answer } from './support/test-upstream.ts';

const nobody = 'http://127.0.0.1:9';
const fast = `{"model":"fast",${messages}}`;
const twoProviders: readonly Partial<UpstreamLease>[] = [
  { provider: 'openai', credentialId: 'first' },
  { provider: 'groq', definition: 'groq', credentialId: 'second' },
];
const held: ServerResponse[] = [];

afterEach(() => {
  for (const response of held.splice(0)) response.destroy();
});

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

const anthropicMessage: Answer = (_request, response) => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(
    JSON.stringify({
      ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-haiku-4-5' },
      ...{ content: [{ type: 'text', text: 'Hello.' }], stop_reason: 'end_turn', stop_sequence: null },
      usage: { input_tokens: 10, output_tokens: 5 },
    }),
  );
};

describe('an alias', () => {
  const unified = { path: '/v1/chat/completions' };

  it('leads to its first model', async () => {
    const bench = await startRoutingBench(twoProviders, { aliases: [alias()] });
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
    const bench = await startRoutingBench(twoProviders, { aliases: [alias()] });
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

  it.each(['openai', 'anthropic'] as const)('goes on to a model of another protocol when %s fails', async (failed) => {
    const targets = [
      { provider: 'openai', model: 'gpt-4o-mini' },
      { provider: 'anthropic', model: 'claude-haiku-4-5' },
    ];
    const ordered = failed === 'openai' ? targets : targets.toReversed();
    const bench = await startRoutingBench(
      [
        { provider: 'openai', credentialId: 'openai' },
        { provider: 'anthropic', definition: 'anthropic', credentialId: 'anthropic' },
      ],
      { aliases: [alias({ targets: ordered })] },
    );
    answer(bench, 'anthropic', anthropicMessage);
    answer(bench, failed, failing(529, { 'retry-after': '60' }));
    for (let call = 0; call < 2; call += 1) {
      const response = await bench.call(fast, unified);
      expect(response.status).toBe(200);
      expect(await response.clone().json()).toMatchObject({ object: 'chat.completion' });
      expect(await rowOf(bench, response)).toMatchObject({ provider: ordered[1]?.provider, outcome: 'ok' });
    }
    expect(bench.served).toEqual([failed, ordered[1]?.provider, failed, ordered[1]?.provider]);
  });

  it('goes on when its first provider can\u2019t be reached at all, and says that nothing was paid there', async () => {
    const bench = await startRoutingBench([{ ...twoProviders[0], baseUrl: `${nobody}/v1` }, twoProviders[1] ?? {}], {
      aliases: [alias()],
    });
    const response = await bench.call(fast, unified);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-tollkeeper-attempts')).toBe('openai/gpt-4o-mini;status=0');
    expect((await rowOf(bench, response)).costMicroUsd).toBeGreaterThan(0);
  });

  it('goes on when the first byte takes longer than it allows, and says that the first may have been paid', async () => {
    const bench = await startRoutingBench(twoProviders, { aliases: [alias({ timeouts: { firstByteMs: 300 } })] });
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
    const bench = await startRoutingBench(
      [{ ...twoProviders[0], baseUrl: `https://127.0.0.1:${mutePort}/v1` }, twoProviders[1] ?? {}],
      { aliases: [alias({ timeouts: { connectMs: 200 } })] },
    );
    const response = await bench.call(fast, unified);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-tollkeeper-attempts')).toBe('openai/gpt-4o-mini;status=0');
  });

  it('charges what the first attempt may have cost to a grant with a budget', async () => {
    const bench = await startRoutingBench(twoProviders, {
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
    const bench = await startRoutingBench(twoProviders, { aliases: [alias()] });
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
    const bench = await startRoutingBench(twoProviders, { aliases: [alias()] });
    answer(bench, 'first', failing(status));
    expect((await bench.call(fast, unified)).status).toBe(status);
    expect(bench.served).toEqual(['first']);
  });

  it('falls back on what its user chose, and on nothing else', async () => {
    const bench = await startRoutingBench(twoProviders, { aliases: [alias({ fallbackOn: ['5xx'] })] });
    answer(bench, 'first', failing(429, { 'retry-after': '60' }));
    expect((await bench.call(fast, unified)).status).toBe(429);
    expect(await (await bench.call(fast, unified)).json()).toMatchObject({ error: { code: 'upstream_cooling_down' } });
    expect(bench.served).toEqual(['first']);
    answer(bench, 'first', failing(500));
    await bench.gateway.heal();
    expect((await bench.call(fast, unified)).status).toBe(200);
  });

  it('passes over a provider that is left alone, without calling it', async () => {
    const bench = await startRoutingBench(twoProviders, { aliases: [alias()] });
    answer(bench, 'first', failing(429, { 'retry-after': '60' }));
    for (let call = 0; call < 3; call += 1) expect((await bench.call(fast, unified)).status).toBe(200);
    expect(bench.served).toEqual(['first', 'second', 'second', 'second']);
  });

  it('gives the last failure when every model failed', async () => {
    const bench = await startRoutingBench(twoProviders, { aliases: [alias()] });
    answer(bench, 'first', failing(500));
    answer(bench, 'second', failing(503));
    const response = await bench.call(fast, unified);
    expect(response.status).toBe(503);
    expect(await rowOf(bench, response)).toMatchObject({ provider: 'groq', status: 503, outcome: 'upstream_error' });
  });

  it('leads only to models that the token covers', async () => {
    const bench = await startRoutingBench(twoProviders, { aliases: [alias()], grant: { scopes: ['groq:chat'] } });
    const response = await bench.call(fast, unified);
    expect(response.headers.get('x-tollkeeper-upstream')).toBe('groq/llama-3.3-70b-versatile;credential=second');
    expect(bench.served).toEqual(['second']);
    const { token } = await bench.gateway.grant({ scopes: ['mistral:chat'] });
    const refused = await bench.call(fast, { ...unified, token });
    expect(refused.status).toBe(403);
    expect(refused.headers.get('www-authenticate')).toContain('scope="openai:chat:gpt-4o-mini"');
  });

  it('is one use and one row, however many models were tried', async () => {
    const bench = await startRoutingBench(twoProviders, { aliases: [alias()], grant: { usesLeft: 1 } });
    answer(bench, 'first', failing(500));
    const response = await bench.call(fast, unified);
    expect(response.status).toBe(200);
    await rowOf(bench, response);
    expect(bench.gateway.rows).toHaveLength(1);
    expect((await bench.call(fast, unified)).status).toBe(409);
  });

  it('is gone with the next snapshot', async () => {
    const bench = await startRoutingBench(twoProviders, { aliases: [alias()] });
    await bench.gateway.update({ aliases: [] });
    expect(await (await bench.call(fast, unified)).json()).toMatchObject({ error: { code: 'unknown_model' } });
  });
});
