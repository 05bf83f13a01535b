import Anthropic from '@anthropic-ai/sdk';
import { LLMock } from '@copilotkit/aimock';
import { GoogleGenAI } from '@google/genai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyOf, startTestGateway, type TestGateway } from './support/test-gateway.ts';

/** The official SDKs through the gateway to providers they were not made for. */
let mock: LLMock;
let gateway: TestGateway;
let token: string;

const answerText = 'The toll is three pence.';

beforeAll(async () => {
  mock = new LLMock({ port: 0, auth: { apiKeys: ['openai', 'anthropic', 'gemini', 'groq'].map(keyOf) } });
  mock.onMessage(/weather/, { toolCalls: [{ name: 'get_weather', arguments: '{"city":"Paris"}' }] });
  const counts = { prompt_tokens: 12, completion_tokens: 7, total_tokens: 19, input_tokens: 12, output_tokens: 7 };
  const usage = { ...counts, promptTokenCount: 12, candidatesTokenCount: 7, totalTokenCount: 19 };
  mock.onMessage(/structured/, { content: '{"city":"Paris"}', usage });
  mock.onMessage(/toll/, { content: answerText, usage });
  await mock.start();
  gateway = await startTestGateway({
    upstreams: [
      { provider: 'openai', baseUrl: `${mock.url}/v1` },
      { provider: 'anthropic', baseUrl: mock.url },
      { provider: 'gemini', baseUrl: mock.url },
      { provider: 'groq', baseUrl: `${mock.url}` },
    ],
  });
  token = (await gateway.grant()).token;
});

afterAll(async () => {
  await gateway.close();
  await mock.stop();
});

const models = ['openai/gpt-4o-mini', 'anthropic/claude-sonnet-4-5', 'gemini/gemini-2.5-flash'];
const parameters = { type: 'object' as const, properties: { city: { type: 'string' } }, required: ['city'] };

describe.each(models)('to %s', (model) => {
  describe('from OpenAI’s SDK', () => {
    const client = () => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: token, maxRetries: 0 });
    const messages = [{ role: 'user' as const, content: 'What is the toll?' }];

    it('chats', async () => {
      const answer = await client().chat.completions.create({ model, messages });
      expect(answer.choices[0]?.message.content).toBe(answerText);
      expect(answer.choices[0]?.finish_reason).toBe('stop');
      expect(answer.usage?.completion_tokens).toBeGreaterThan(0);
    });

    it('streams', async () => {
      const stream = client().chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
      const answer = await stream.finalChatCompletion();
      expect(answer.choices[0]?.message.content).toBe(answerText);
      expect(answer.usage?.completion_tokens).toBeGreaterThan(0);
    });

    it('streams tools', async () => {
      const stream = client().chat.completions.stream({
        model,
        messages: [{ role: 'user', content: 'How is the weather?' }],
        tools: [{ type: 'function', function: { name: 'get_weather', parameters } }],
      });
      const [call] = (await stream.finalChatCompletion()).choices[0]?.message.tool_calls ?? [];
      expect(call).toMatchObject({ function: { name: 'get_weather', arguments: '{"city":"Paris"}' } });
    });

    it('takes structured answers', async () => {
      const answer = await client().chat.completions.parse({
        model,
        messages: [{ role: 'user', content: 'Give a structured answer.' }],
        response_format: { type: 'json_schema', json_schema: { name: 'place', schema: parameters, strict: false } },
      });
      expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toEqual({ city: 'Paris' });
    });

    it('streams responses', async () => {
      const stream = client().responses.stream({ model, input: 'What is the toll?' });
      const { output, usage } = await stream.finalResponse();
      expect(output[0]).toMatchObject({ type: 'message', content: [{ text: answerText }] });
      expect(usage?.output_tokens).toBeGreaterThan(0);
    });

    it('streams tools of responses', async () => {
      const stream = client().responses.stream({
        model,
        input: 'How is the weather?',
        tools: [{ type: 'function', name: 'get_weather', parameters, strict: false }],
      });
      const { output } = await stream.finalResponse();
      expect(output.at(-1)).toMatchObject({
        type: 'function_call',
        name: 'get_weather',
        arguments: '{"city":"Paris"}',
      });
    });
  });

  describe('from Anthropic’s SDK', () => {
    const client = () => new Anthropic({ baseURL: gateway.url, apiKey: token, maxRetries: 0 });
    const body = { model, max_tokens: 100, messages: [{ role: 'user' as const, content: 'What is the toll?' }] };

    it('sends messages', async () => {
      const answer = await client().messages.create(body);
      expect(answer.content[0]).toMatchObject({ type: 'text', text: answerText });
      expect(answer.stop_reason).toBe('end_turn');
    });

    it('streams', async () => {
      const answer = await client().messages.stream(body).finalMessage();
      expect(answer.content[0]).toMatchObject({ type: 'text', text: answerText });
      expect(answer.usage.output_tokens).toBeGreaterThan(0);
    });

    it('streams tools', async () => {
      const answer = await client()
        .messages.stream({
          ...body,
          messages: [{ role: 'user', content: 'How is the weather?' }],
          tools: [{ name: 'get_weather', input_schema: parameters }],
        })
        .finalMessage();
      expect(answer.content.at(-1)).toMatchObject({ type: 'tool_use', name: 'get_weather', input: { city: 'Paris' } });
      expect(answer.stop_reason).toBe('tool_use');
    });
  });

  describe('from Google’s SDK', () => {
    const client = () => new GoogleGenAI({ apiKey: token, vertexai: false, httpOptions: { baseUrl: gateway.url } });

    it('generates', async () => {
      const answer = await client().models.generateContent({ model, contents: 'What is the toll?' });
      expect(answer.text).toBe(answerText);
      expect(answer.usageMetadata?.candidatesTokenCount).toBeGreaterThan(0);
    });

    it('streams', async () => {
      const stream = await client().models.generateContentStream({ model, contents: 'What is the toll?' });
      let text = '';
      for await (const chunk of stream) text += chunk.text ?? '';
      expect(text).toBe(answerText);
    });
  });
});
