import { describe, expect, it } from 'vitest';
import { createBench, poll, startDevice } from '#test/unit/control/authorization-server/authorization-bench.ts';
import { begin, locationOf, obtain, post, prepare, refresh, registerClient } from './sign-in.ts';

const whole = {
  type: 'ai_gateway',
  providers: ['openai', 'anthropic'],
  models: ['gpt-5*', 'claude-*'],
  max_cost_usd: 2.5,
  max_requests: 20,
  expires_in: 3_600,
  purpose: 'Write the notes',
};

function asked(details: unknown): Record<string, string> {
  return { authorization_details: JSON.stringify(details) };
}

describe('authorization_details of type ai_gateway', () => {
  it('RFC 9396 §2: on the device grant, become scopes, uses, budget, lifetime and purpose', async () => {
    const bench = await createBench();
    const device = await startDevice(bench, asked([whole]));
    expect(bench.asked[0]?.demand).toEqual({
      tool: 'claude-code',
      scopes: [
        ...['openai:chat:gpt-5*', 'openai:chat:claude-*', 'openai:models'],
        ...['anthropic:chat:gpt-5*', 'anthropic:chat:claude-*', 'anthropic:models'],
      ],
      ...{ ttlSeconds: 3_600, uses: 20, budgetMicroUsd: 2_500_000, purpose: 'Write the notes' },
    });
    bench.asked[0]?.decide({ outcome: 'granted', grantId: 'grant_1' });
    expect((await poll(bench, device.device_code)).authorization_details).toEqual(
      ['openai', 'anthropic'].map((provider) => ({ ...whole, providers: [provider] })),
    );
  });

  it('RFC 9396 §7: the answer says what was granted, not what was asked, at each refresh too', async () => {
    const bench = await createBench();
    bench.granted = ['openai:chat:gpt-5-mini', 'openai:models'];
    const { client, tokens } = await obtain(bench, {
      changes: { scope: undefined, ...asked([{ type: 'ai_gateway', providers: ['openai'], models: ['gpt-5*'] }]) },
    });
    const granted = { type: 'ai_gateway', providers: ['openai'], models: ['gpt-5-mini'] };
    expect(tokens.authorization_details).toEqual([{ ...granted, expires_in: 8 * 3_600 }]);
    bench.skewMs += 60_000;
    const next = await refresh(bench, client, tokens.refresh_token);
    expect(next.authorization_details).toEqual([{ ...granted, expires_in: 8 * 3_600 - 60 }]);
  });

  it('RFC 9396 §7: an answer to a request without them has none', async () => {
    const bench = await createBench();
    expect((await obtain(bench)).tokens).not.toHaveProperty('authorization_details');
  });

  it.each([
    [
      'another provider\u2019s scope is left out',
      'openai:chat gemini:chat',
      { providers: ['openai'] },
      ['openai:chat'],
    ],
    ['models narrow a scope', 'openai:chat', { models: ['gpt-5*'] }, ['openai:chat:gpt-5*']],
    ['a scope narrows models', 'openai:chat:gpt-5-mini', { models: ['gpt-5*'] }, ['openai:chat:gpt-5-mini']],
    ['providers narrow any provider', '*:embeddings', { providers: ['openai'] }, ['openai:embeddings']],
    ['limits alone change no scope', 'openai:chat', { max_requests: 1 }, ['openai:chat']],
  ])('RFC 9396 §3.1: with scope, both must allow: %s', async (_name, scope, fields, scopes) => {
    const bench = await createBench();
    await startDevice(bench, { scope, ...asked([{ type: 'ai_gateway', ...fields }]) });
    expect(bench.asked[0]?.demand.scopes).toEqual(scopes);
  });

  it('RFC 9396 §3.1: of two limits the lower one counts', async () => {
    const bench = await createBench();
    const details = asked([{ type: 'ai_gateway', max_requests: 5, max_cost_usd: 1, expires_in: 60 }]);
    const ours = { tollkeeper_uses: '9', tollkeeper_budget: '0.5', tollkeeper_ttl: '90' };
    await startDevice(bench, { scope: 'openai:chat', ...ours, ...details });
    expect(bench.asked[0]?.demand).toMatchObject({ uses: 5, budgetMicroUsd: 500_000, ttlSeconds: 60 });
  });

  const bad: [string, unknown][] = [
    ['another type', [{ type: 'payment_initiation', providers: ['openai'] }]],
    ['no type', [{ providers: ['openai'] }]],
    ['an unknown field', [{ ...whole, locations: ['x'] }]],
    ['two objects', [whole, whole]],
    ['no object', []],
    ['what is no list', whole],
    ['a list of texts', ['ai_gateway']],
    ['no providers to name', [{ ...whole, providers: [] }]],
    ['a provider that is no name', [{ ...whole, providers: ['Open AI'] }]],
    ['a model that is no glob', [{ ...whole, models: ['gpt 5'] }]],
    ['more scopes than one can read', [{ ...whole, models: Array.from({ length: 20 }, (_, index) => `m${index}`) }]],
    ['a cost of nothing', [{ ...whole, max_cost_usd: 0 }]],
    ['a cost as a text', [{ ...whole, max_cost_usd: '2.50' }]],
    ['a cost finer than money', [{ ...whole, max_cost_usd: 0.000_000_1 }]],
    ['half a request', [{ ...whole, max_requests: 0.5 }]],
    ['more time than there is', [{ ...whole, expires_in: 43_201 }]],
    ['a purpose nobody would read', [{ ...whole, purpose: 'x'.repeat(201) }]],
  ];

  it.each(bad)('RFC 9396 §5: %s is invalid_authorization_details on both flows', async (_name, details) => {
    const bench = await createBench();
    const form = { client_id: 'tool', ...asked(details) };
    const response = await post(bench, '/oauth/device_authorization', form);
    expect([response.status, await response.json()]).toMatchObject([400, { error: 'invalid_authorization_details' }]);
    const signIn = await prepare(await registerClient(bench), { scope: undefined, ...asked(details) });
    const at = locationOf(await begin(bench, signIn));
    expect(at.searchParams.get('error')).toBe('invalid_authorization_details');
    expect(bench.asked).toEqual([]);
  });

  it.each(['{', 'null', '"ai_gateway"'])('RFC 9396 §5: the text %j is invalid_authorization_details', async (text) => {
    const bench = await createBench();
    const form = { client_id: 'tool', scope: 'openai:chat', authorization_details: text };
    const response = await post(bench, '/oauth/device_authorization', form);
    expect(await response.json()).toMatchObject({ error: 'invalid_authorization_details' });
  });

  it('RFC 9396 §5: details and scope that have nothing in common are refused', async () => {
    const bench = await createBench();
    const form = { client_id: 'tool', scope: 'gemini:chat', ...asked([{ type: 'ai_gateway', providers: ['openai'] }]) };
    const response = await post(bench, '/oauth/device_authorization', form);
    expect(await response.json()).toMatchObject({ error: 'invalid_authorization_details' });
  });

  it('RFC 9396 §10: the metadata of both servers names the type', async () => {
    const bench = await createBench();
    expect(bench.as.authorization_details_types_supported).toEqual(['ai_gateway']);
    const resource = await (await bench.fetch('/.well-known/oauth-protected-resource')).json();
    expect(resource).toMatchObject({ authorization_details_types_supported: ['ai_gateway'] });
  });
});
