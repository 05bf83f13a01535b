import Anthropic from '@anthropic-ai/sdk';
import { LLMock } from '@copilotkit/aimock';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, startTestGateway, type TestGateway } from './support/test-gateway.ts';

/** The official SDKs through the gateway to a mock that takes no key but the real ones. */
let mock: LLMock;
let gateway: TestGateway;
let token: string;

const answerText = 'The toll is three pence.';

beforeAll(async () => {
  mock = new LLMock({ port: 0, auth: { apiKeys: ['openai', 'anthropic', 'gemini'].map(keyOf) } });
  mock.onMessage(/toll/, { content: answerText });
  await mock.start();
  gateway = await startTestGateway({
    upstreams: [
      { provider: 'openai', baseUrl: `${mock.url}/v1` },
      { provider: 'anthropic', baseUrl: mock.url },
      { provider: 'gemini', baseUrl: mock.url },
    ],
  });
  token = (await gateway.grant()).token;
});

afterAll(async () => {
  await gateway.close();
  await mock.stop();
});

async function lastRow(endpoint: string) {
  return gateway.row((row) => row.endpoint.includes(endpoint) && row.outcome === 'ok');
}

describe('openai', () => {
  const client = () => new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: token, maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'What is the toll?' }];

  it('chats', async () => {
    const answer = await client().chat.completions.create({ model: 'gpt-4o-mini', messages });
    expect(answer.choices[0]?.message.content).toBe(answerText);
    const row = await lastRow('/openai/v1/chat/completions');
    expect(row.model).toBe('gpt-4o-mini');
    expect(row.outputTokens).toBeGreaterThan(0);
  });

  it('streams', async () => {
    const stream = await client().chat.completions.create({
      ...{ model: 'gpt-4o-mini', messages, stream: true },
      stream_options: { include_usage: true },
    });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe(answerText);
  });

  it('streams responses', async () => {
    const stream = await client().responses.create({ model: 'gpt-4o-mini', input: 'What is the toll?', stream: true });
    let text = '';
    for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta;
    expect(text).toBe(answerText);
    expect((await lastRow('/openai/v1/responses')).stream).toBe(true);
  });

  it('understands a refusal', async () => {
    const refused = new OpenAI({ baseURL: `${gateway.url}/openai/v1`, apiKey: 'tk_unknown', maxRetries: 0 });
    await expect(refused.models.list()).rejects.toMatchObject({ status: 401, code: 'invalid_token' });
  });
});

describe('anthropic', () => {
  const body = {
    model: 'claude-haiku-test',
    max_tokens: 100,
    messages: [{ role: 'user' as const, content: 'What is the toll?' }],
  };

  it('sends messages with x-api-key', async () => {
    const client = new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: token, maxRetries: 0 });
    const answer = await client.messages.create(body);
    expect(answer.content[0]).toMatchObject({ type: 'text', text: answerText });
    expect((await lastRow('/anthropic/v1/messages')).model).toBe('claude-haiku-test');
  });

  it('streams with a bearer token', async () => {
    const client = new Anthropic({
      baseURL: `${gateway.url}/anthropic`,
      authToken: token,
      apiKey: null,
      maxRetries: 0,
    });
    expect(await client.messages.stream(body).finalText()).toBe(answerText);
  });

  it('understands a refusal', async () => {
    const client = new Anthropic({ baseURL: `${gateway.url}/anthropic`, apiKey: 'tk_unknown', maxRetries: 0 });
    await expect(client.messages.create(body)).rejects.toBeInstanceOf(Anthropic.AuthenticationError);
  });
});

describe('gemini', () => {
  const client = (apiKey: string) =>
    new GoogleGenAI({ apiKey, vertexai: false, httpOptions: { baseUrl: `${gateway.url}/gemini` } });

  it('generates', async () => {
    const answer = await client(token).models.generateContent({
      model: 'gemini-2.5-flash',
      contents: 'What is the toll?',
    });
    expect(answer.text).toBe(answerText);
    const row = await lastRow(':generateContent');
    expect(row).toMatchObject({ model: 'gemini-2.5-flash', stream: false });
  });

  it('streams', async () => {
    const stream = await client(token).models.generateContentStream({
      model: 'gemini-2.5-flash',
      contents: 'What is the toll?',
    });
    let text = '';
    for await (const chunk of stream) text += chunk.text ?? '';
    expect(text).toBe(answerText);
    expect((await lastRow(':streamGenerateContent')).stream).toBe(true);
  });

  it('understands a refusal', async () => {
    const call = client('tk_unknown').models.generateContent({ model: 'gemini-2.5-flash', contents: 'x' });
    await expect(call).rejects.toMatchObject({ status: 401 });
  });
});

it('the mock itself refuses every other key', async () => {
  const direct = new OpenAI({ baseURL: `${mock.url}/v1`, apiKey: token, maxRetries: 0 });
  await expect(direct.models.list()).rejects.toMatchObject({ status: 401 });
});
