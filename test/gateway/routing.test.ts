import { describe, expect, it } from 'vitest';
import type { UpstreamLease } from '#shared/contract/port.ts';
import { answer, chat, failing, fine, rowOf, startRoutingBench } from './support/routing-bench.ts';

const twoKeys: readonly Partial<UpstreamLease>[] = [
  { provider: 'openai', credentialId: 'a', weight: 3 },
  { provider: 'openai', credentialId: 'b', weight: 1 },
];

describe('the keys of a provider', () => {
  it('share its calls by weight', async () => {
    const bench = await startRoutingBench(twoKeys);
    for (let call = 0; call < 16; call += 1) await (await bench.call(chat)).arrayBuffer();
    expect(bench.served.filter((id) => id === 'a')).toHaveLength(12);
    expect(bench.served.filter((id) => id === 'b')).toHaveLength(4);
  });

  it('leave a key without a share alone, even when the other fails', async () => {
    const bench = await startRoutingBench([twoKeys[0] ?? {}, { provider: 'openai', credentialId: 'b' }]);
    answer(bench, 'a', failing(429, { 'retry-after': '9' }));
    expect((await bench.call(chat)).status).toBe(429);
    expect(bench.served).toEqual(['a']);
  });

  it('stand in for each other within one call, and the row says which served', async () => {
    const bench = await startRoutingBench(twoKeys);
    answer(bench, 'a', failing(429, { 'retry-after': '60' }));
    const response = await bench.call(chat);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-tollkeeper-upstream')).toBe('openai/gpt-4o-mini;credential=b');
    expect(response.headers.get('x-tollkeeper-attempts')).toBe('openai/gpt-4o-mini;status=429');
    expect(await rowOf(bench, response)).toMatchObject({ credentialId: 'b', provider: 'openai', outcome: 'ok' });
    expect(bench.served).toEqual(['a', 'b']);
  });

  it('are not asked again before the time that the provider named', async () => {
    const bench = await startRoutingBench(twoKeys);
    answer(bench, 'a', failing(429, { 'retry-after': '60' }));
    for (let call = 0; call < 8; call += 1) await (await bench.call(chat)).arrayBuffer();
    expect(bench.served).toEqual(['a', ...Array.from({ length: 8 }, () => 'b')]);
  });

  it('answer 429 with the soonest return when all cool down, and make no call', async () => {
    const bench = await startRoutingBench(twoKeys);
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
    const bench = await startRoutingBench(twoKeys);
    answer(bench, 'a', failing(401));
    for (let call = 0; call < 4; call += 1) expect((await bench.call(chat)).status).toBe(200);
    expect(bench.served).toEqual(['a', 'b', 'b', 'b', 'b']);
  });

  it('serve what lives in an account from the default key alone', async () => {
    const bench = await startRoutingBench(twoKeys);
    const body = '{"input":"x","model":"gpt-4o-mini","previous_response_id":"resp_1"}';
    for (let call = 0; call < 8; call += 1) {
      await (await bench.call(body, { path: '/openai/v1/responses' })).arrayBuffer();
    }
    answer(bench, 'a', failing(500));
    expect((await bench.call(body, { path: '/openai/v1/responses' })).status).toBe(500);
    expect(new Set(bench.served)).toEqual(new Set(['a']));
  });

  it('stand in for each other for a long request too, byte for byte', async () => {
    const bench = await startRoutingBench(twoKeys);
    answer(bench, 'a', failing(429, { 'retry-after': '60' }));
    answer(bench, 'b', failing(429, { 'retry-after': '60' }));
    const long = chat.replace('Hi', 'word '.repeat(60_000));
    expect((await bench.call(long)).status).toBe(429);
    expect(bench.served.toSorted()).toEqual(['a', 'b']);
    expect(bench.upstreams.b?.seen[0]?.body.toString()).toBe(long);
    expect(await (await bench.call(long)).json()).toMatchObject({ error: { code: 'upstream_cooling_down' } });
  });

  it('keep the long prompts of a grant together', async () => {
    const bench = await startRoutingBench(twoKeys);
    const long = chat.replace('Hi', 'word '.repeat(1_000));
    for (let call = 0; call < 8; call += 1) await (await bench.call(long)).arrayBuffer();
    expect(new Set(bench.served).size).toBe(1);
  });
});

describe('a circuit', () => {
  it('opens after five failures in a row, then refuses at once with the time of the next trial', async () => {
    const bench = await startRoutingBench([{ provider: 'openai', credentialId: 'a' }]);
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
    const bench = await startRoutingBench([{ provider: 'openai', credentialId: 'a' }]);
    answer(bench, 'a', failing(401));
    expect((await bench.call(chat)).status).toBe(401);
    expect(await (await bench.call(chat)).json()).toMatchObject({ error: { code: 'circuit_open' } });
    expect(bench.gateway.health.at(-1)?.health).toMatchObject({ state: 'open', reason: 'key_rejected' });
  });

  it('is not moved by what callers do wrong', async () => {
    const bench = await startRoutingBench([{ provider: 'openai', credentialId: 'a' }]);
    for (const status of [400, 403, 404, 413, 422]) {
      answer(bench, 'a', failing(status));
      for (let call = 0; call < 3; call += 1) expect((await bench.call(chat)).status).toBe(status);
    }
    expect(bench.gateway.health).toEqual([]);
  });
});
