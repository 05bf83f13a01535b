import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { UsageRecord } from '#shared/model/usage.ts';
import { shippedPrices } from '#test/fixtures/shipped-prices.ts';
import { keyOf, startTestGateway, type TestGateway } from './support/test-gateway.ts';
import { chatCompletion, startUpstream, type TestUpstream } from './support/test-upstream.ts';

let upstream: TestUpstream;
let gateway: TestGateway;
let token = '';

beforeAll(async () => {
  upstream = await startUpstream();
  const lease = (provider: string, path: string) => ({
    ...{ provider, definition: provider, credentialId: `cred-${provider}`, secret: keyOf(provider) },
    baseUrl: `${upstream.origin}${path}`,
  });
  gateway = await startTestGateway({
    upstreams: [lease('openai', '/v1'), lease('openrouter', '/api/v1'), lease('groq', '/openai/v1')],
  });
  ({ token } = await gateway.grant());
});

afterEach(() => gateway.applyPrices(shippedPrices()));

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

/** Calls a path with an upstream that answers with these members instead of its own, and waits for the row. */
async function call(path: string, answer: object, body: object = { model: 'gpt-4o-mini' }): Promise<UsageRecord> {
  upstream.answer((_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ...chatCompletion, ...answer }));
  });
  const response = await fetch(`${gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await response.arrayBuffer();
  return gateway.row(response.headers.get('x-tollkeeper-request-id') ?? '');
}

const chat = '/openai/v1/chat/completions';

describe('a call is priced', () => {
  it('by the dated model that answered, which the row names', async () => {
    const row = await call(chat, {});
    expect(row).toMatchObject({ model: 'gpt-4o-mini', pricedModel: 'gpt-4o-mini-2024-07-18', costMicroUsd: 450 });
    expect(row).not.toHaveProperty('estimated');
  });

  it('by the user\u2019s own price from the moment it is set, without a restart', async () => {
    const own = [{ provider: 'openai', model: 'gpt-4o-mini*', rates: { input: 1_000_000, output: 2_000_000 } }];
    await gateway.applyPrices(shippedPrices(own));
    expect(await call(chat, {})).toMatchObject({ costMicroUsd: 2_000, priceVersion: 'own prices 00000000' });
  });

  it('at half where the answer tells the flex tier, and not at all where it tells one of unknown price', async () => {
    expect(await call(chat, { service_tier: 'flex' })).toMatchObject({ serviceTier: 'flex', costMicroUsd: 225 });
    expect(await call(chat, { service_tier: 'priority' })).toMatchObject({
      serviceTier: 'priority',
      costMicroUsd: null,
    });
    expect(await call(chat, { service_tier: 'default' })).not.toHaveProperty('serviceTier');
  });

  it('with sound at the price of sound', async () => {
    const usage = {
      ...{ prompt_tokens: 120, completion_tokens: 90, total_tokens: 210 },
      prompt_tokens_details: { audio_tokens: 100 },
      completion_tokens_details: { audio_tokens: 70 },
    };
    // gpt-audio: $2.50 and $32 in, $10 and $64 out.
    const row = await call(chat, { model: 'gpt-audio', usage }, { model: 'gpt-audio' });
    expect(row).toMatchObject({ inputAudioTokens: 100, outputAudioTokens: 70, costMicroUsd: 50 + 3_200 + 200 + 4_480 });
  });

  it('by what the provider itself told, where it is one that does', async () => {
    const usage = { ...chatCompletion.usage, cost: 0.0123456 };
    const told = await call('/openrouter/api/v1/chat/completions', { usage }, { model: 'nobody/knows-this' });
    expect(told).toMatchObject({ costMicroUsd: 12_346, priceVersion: 'told by the provider' });
    expect((await call(chat, { usage })).costMicroUsd).toBe(450);
  });

  it('by the second, ten at least, where sound is paid by the hour', async () => {
    const answer = { model: undefined, choices: undefined, text: 'Hi', usage: { type: 'duration', seconds: 2 } };
    const row = await call('/groq/openai/v1/audio/transcriptions', answer, { model: 'whisper-large-v3' });
    expect(row).toMatchObject({ audioSeconds: 2, costMicroUsd: 308 });
  });

  it('not by the bytes of a form whose answer tells nothing', async () => {
    upstream.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).end('Hello there.');
    });
    const form = new FormData();
    form.set('model', 'gpt-4o-transcribe');
    form.set('file', new Blob([Buffer.alloc(40_000)]), 'a.wav');
    const headers = { authorization: `Bearer ${token}` };
    const url = `${gateway.url}/openai/v1/audio/transcriptions`;
    const response = await fetch(url, { method: 'POST', headers, body: form });
    await response.arrayBuffer();
    const row = await gateway.row(response.headers.get('x-tollkeeper-request-id') ?? '');
    expect(row).toMatchObject({ status: 200, inputTokens: 0, costMicroUsd: null });
  });
});

describe('an answer that tells no usage', () => {
  it('is estimated by the texts of the body and of the answer', async () => {
    const words = 'seven short words are in this sentence '.repeat(100);
    const body = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: words }] };
    const row = await call(chat, { usage: undefined }, body);
    expect(row.estimated).toBe(true);
    expect(row.inputTokens).toBeGreaterThan(600);
    expect(row.inputTokens).toBeLessThan(900);
  });

  it('is estimated by what its events hold, where they hold more than a token each', async () => {
    const event = (content: string) =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }], model: 'm'.repeat(80) })}\n\n`;
    upstream.answer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(event('') + event('word '.repeat(40)).repeat(5));
    });
    const response = await fetch(`${gateway.url}${chat}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: '{"model":"gpt-4o-mini","stream":true}',
    });
    await response.text();
    const row = await gateway.row(response.headers.get('x-tollkeeper-request-id') ?? '');
    expect(row).toMatchObject({ estimated: true, outputTokens: 250 });
  });
});
