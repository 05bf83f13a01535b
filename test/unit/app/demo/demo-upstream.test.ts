import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { demoText } from '#main/app/demo/demo-answer.ts';
import { startDemoUpstream } from '#main/app/demo/demo-upstream.ts';

const key = 'demo-key';

async function upstream(): Promise<string> {
  const started = await startDemoUpstream({ key, wordDelayMs: 0 });
  onTestFinished(() => started.close());
  return started.url;
}

const messages = [{ role: 'user' as const, content: 'hello' }];

test('the OpenAI SDK understands it, streaming and not', async () => {
  const client = new OpenAI({ baseURL: `${await upstream()}/v1`, apiKey: key, maxRetries: 0 });
  const whole = await client.chat.completions.create({ model: 'gpt-5-mini', messages });
  expect(whole.choices[0]?.message.content).toBe(demoText);
  expect(whole.usage?.completion_tokens).toBeGreaterThan(0);
  let streamed = '';
  let tokens = 0;
  for await (const part of await client.chat.completions.create({ model: 'gpt-5-mini', messages, stream: true })) {
    streamed += part.choices[0]?.delta.content ?? '';
    tokens = part.usage?.completion_tokens ?? tokens;
  }
  expect(streamed).toBe(demoText);
  expect(tokens).toBe(whole.usage?.completion_tokens);
  expect((await client.responses.create({ model: 'gpt-5-mini', input: 'hello' })).output_text).toBe(demoText);
  const types: string[] = [];
  let spoken = '';
  for await (const event of await client.responses.create({ model: 'gpt-5-mini', input: 'hello', stream: true })) {
    types.push(event.type);
    if (event.type === 'response.output_text.delta') spoken += event.delta;
  }
  expect(spoken).toBe(demoText);
  expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed']);
  expect((await client.models.list()).data.map(({ id }) => id)).toContain('gpt-5-mini');
});

test('the Anthropic SDK understands it, streaming and not', async () => {
  const client = new Anthropic({ baseURL: await upstream(), apiKey: key, maxRetries: 0 });
  const question = { model: 'claude-opus-5-5', max_tokens: 100, messages };
  expect((await client.messages.create(question)).content[0]).toMatchObject({ type: 'text', text: demoText });
  const stream = client.messages.stream(question);
  expect(await stream.finalText()).toBe(demoText);
  expect((await stream.finalMessage()).usage.output_tokens).toBeGreaterThan(0);
});

test('the Google SDK understands it, streaming and not', async () => {
  const client = new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: await upstream() } });
  const question = { model: 'gemini-2.5-flash', contents: 'hello' };
  expect((await client.models.generateContent(question)).text).toBe(demoText);
  let streamed = '';
  for await (const part of await client.models.generateContentStream(question)) streamed += part.text ?? '';
  expect(streamed).toBe(demoText);
});

test('refuses every key but its own, and what it does not know', async () => {
  const url = await upstream();
  const call = (headers: Record<string, string>, path = '/v1/models') => fetch(`${url}${path}`, { headers });
  expect((await call({})).status).toBe(401);
  expect((await call({ authorization: 'Bearer demo-kez' })).status).toBe(401);
  expect((await call({ 'x-api-key': `${key}x` })).status).toBe(401);
  expect((await call({ 'x-api-key': key })).status).toBe(200);
  expect((await call({ 'x-goog-api-key': key }, '/v1/files')).status).toBe(404);
});
