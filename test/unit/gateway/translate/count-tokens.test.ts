import { describe, expect, it } from 'vitest';
import { json, tryCall } from '#test/fakes/translated-call.ts';

const ask = { role: 'user', content: 'Hello' };
const tools = [{ name: 'f', input_schema: { type: 'object', properties: {} } }];
const messages = { system: 'Be kind.', messages: [ask], tools };

describe('counting tokens without an answer', () => {
  it('asks OpenAI for what Anthropic would have been asked', async () => {
    const { sent, text } = await tryCall({
      ...{ caller: 'anthropic', target: 'openai-responses', model: 'gpt-5' },
      ...{ suffix: '/messages/count_tokens', path: '/responses/input_tokens' },
      body: messages,
      answer: json({ object: 'response.input_tokens', input_tokens: 42 }),
    });
    expect(JSON.parse(text)).toEqual({ input_tokens: 42 });
    expect(sent).toHaveLength(1);
    expect(sent[0]?.path).toBe('/responses/input_tokens');
    expect(sent[0]?.body).toMatchObject({ model: 'gpt-5', tools: [{ name: 'f' }] });
    expect(JSON.stringify(sent[0]?.body)).toMatch(/Be kind.*Hello/);
    expect(sent[0]?.body).not.toHaveProperty('store');
  });

  it('asks Gemini with a whole request', async () => {
    const { sent, text } = await tryCall({
      ...{ caller: 'anthropic', target: 'gemini', model: 'gemini-2.5-flash' },
      ...{ suffix: '/messages/count_tokens', path: '/v1beta/models/gemini-2.5-flash:countTokens' },
      body: messages,
      answer: json({ totalTokens: 7 }),
    });
    expect(JSON.parse(text)).toEqual({ input_tokens: 7 });
    expect(sent[0]?.body).toMatchObject({
      generateContentRequest: { model: 'models/gemini-2.5-flash', contents: [{ role: 'user' }] },
    });
  });

  it('asks Anthropic for a caller of Gemini’s, who may send contents or a whole request', async () => {
    const contents = [{ role: 'user', parts: [{ text: 'Hello' }] }];
    for (const body of [{ contents }, { generateContentRequest: { contents } }]) {
      const { sent, text } = await tryCall({
        ...{ caller: 'gemini', target: 'anthropic', model: 'claude-sonnet-4-5' },
        ...{ suffix: ':countTokens', path: '/v1/messages/count_tokens', body },
        answer: json({ input_tokens: 9 }),
      });
      expect(JSON.parse(text)).toEqual({ totalTokens: 9 });
      expect(Object.keys(sent[0]?.body ?? {}).sort()).toEqual(['messages', 'model']);
    }
  });

  it('tells a refusal in the caller’s words', async () => {
    const { answer } = await tryCall({
      ...{ caller: 'anthropic', target: 'openai-responses', suffix: '/messages/count_tokens', body: messages },
      answer: json({ error: { message: 'no such model' } }, 404),
    });
    expect(answer).toMatchObject({ kind: 'failure', status: 404 });
    expect(answer.kind === 'failure' ? answer.body : '').toContain('not_found_error');
  });
});
