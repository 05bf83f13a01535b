import { describe, expect, it } from 'vitest';
import { answers } from '#test/contract/fidelity/answers.ts';
import { events, json, tryCall } from '#test/fakes/translated-call.ts';

/** What a target would refuse is not sent; what it counts otherwise is counted as the caller meant it. */

const ask = { role: 'user', content: 'Hi' };

async function toAnthropic(body: Readonly<Record<string, unknown>>, model = 'claude-sonnet-4-5') {
  const { sent, answer } = await tryCall({
    ...{ caller: 'openai-chat', target: 'anthropic', model },
    body: { messages: [ask], ...body },
    answer: json(answers.anthropic('stop').whole),
  });
  return { request: sent[0]?.body ?? {}, dropped: answer.kind === 'answer' ? answer.dropped : [] };
}

describe('thinking at Anthropic', () => {
  it.each([
    [4_000, 2_048],
    [2_000, 1_600],
  ])('counts within a limit of %i tokens', async (limit, budget) => {
    const { request } = await toAnthropic({ max_completion_tokens: limit, reasoning_effort: 'low' });
    expect(request).toMatchObject({ max_tokens: limit, thinking: { type: 'enabled', budget_tokens: budget } });
  });

  it.each([
    ['a limit too small for it', { max_completion_tokens: 500 }],
    ['a tool that must be called', { tool_choice: 'required', tools: [{ type: 'function', function: { name: 'f' } }] }],
    [
      'a turn of tools whose thoughts were lost',
      {
        messages: [
          ask,
          { role: 'assistant', tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }] },
          { role: 'tool', tool_call_id: 'c', content: 'r' },
        ],
      },
    ],
  ])('is left off, and named, with %s', async (_why, body) => {
    const { request, dropped } = await toAnthropic({ reasoning_effort: 'high', ...body });
    expect(request).not.toHaveProperty('thinking');
    expect(dropped).toContain('reasoning_effort');
  });

  it('becomes an effort where the model takes no budget', async () => {
    const { request, dropped } = await toAnthropic(
      { max_tokens: 9_000, reasoning_effort: 'high' },
      'claude-sonnet-5-5',
    );
    expect(request).toMatchObject({
      max_tokens: 9_000,
      thinking: { type: 'adaptive' },
      output_config: { effort: 'high' },
    });
    expect(dropped).not.toContain('reasoning_effort');
  });
});

describe('failures', () => {
  const call = { caller: 'anthropic', target: 'openai-chat' } as const;
  const body = { max_tokens: 9, messages: [ask], stream: true };

  it('inside a stream before a word was said is a failure with a status', async () => {
    const { answer } = await tryCall({
      ...{ ...call, body },
      answer: events({ error: { message: 'too many', code: 'rate_limit_exceeded' } }),
    });
    expect(answer).toMatchObject({ kind: 'failure', status: 429 });
    expect(JSON.parse(answer.kind === 'failure' ? answer.body : '')).toMatchObject({
      type: 'error',
      error: { type: 'rate_limit_error', message: 'too many' },
    });
  });

  it('of an answer that is no JSON is a bad gateway, without the answer’s words', async () => {
    const page = () => Promise.resolve(new Response('<html>secret</html>', { status: 200 }));
    const { answer, text } = await tryCall({ ...call, body: { ...body, stream: false }, answer: page });
    expect(answer).toMatchObject({ kind: 'failure', status: 502 });
    expect(text).not.toContain('secret');
  });

  it('to get any answer are the caller’s to judge', async () => {
    const lost = new TypeError('fetch failed');
    await expect(tryCall({ ...call, body, answer: () => Promise.reject(lost) })).rejects.toBe(lost);
  });

  it.each([
    ['messages[0].role', { messages: [{ role: 'king', content: 'x' }] }],
    ['messages', { messages: 'hi' }],
    ['max_tokens', { max_tokens: 'many' }],
    [
      'messages[0].content[0].tool_use_id',
      { messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'x' }] }] },
    ],
  ])('of the caller name %s', async (name, wrong) => {
    await expect(tryCall({ ...call, body: { ...body, ...wrong }, answer: json({}) })).rejects.toMatchObject({
      code: 'invalid_request',
      details: { member: name },
    });
  });
});

describe('a tool’s pictures where results are texts', () => {
  it('follow as words of the user, after all results', async () => {
    const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'cGl4' } };
    const { sent } = await tryCall({
      ...{ caller: 'anthropic', target: 'openai-chat' },
      body: {
        max_tokens: 9,
        messages: [
          ask,
          { role: 'assistant', content: ['a', 'b'].map((id) => ({ type: 'tool_use', id, name: 'f', input: {} })) },
          {
            role: 'user',
            content: [
              { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'seen' }, image] },
              { type: 'tool_result', tool_use_id: 'b', content: 'plain' },
            ],
          },
        ],
      },
      answer: json(answers['openai-chat']('stop').whole),
    });
    const messages = sent[0]?.body.messages as { role: string; content: unknown }[];
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool', 'user']);
    expect(messages[2]?.content).toBe('seen');
    expect(JSON.stringify(messages[4]?.content)).toContain('data:image/png;base64,cGl4');
  });
});

describe('calls at once to one model', () => {
  it('each get their own answer', async () => {
    const texts = Array.from({ length: 20 }, (_unused, index) => `answer ${index}`);
    const tried = await Promise.all(
      texts.map((content) =>
        tryCall({
          ...{ caller: 'anthropic', target: 'openai-chat' },
          body: { max_tokens: 9, messages: [{ role: 'user', content }] },
          answer: async () => json({ id: '1', choices: [{ index: 0, message: { content }, finish_reason: 'stop' }] }),
        }),
      ),
    );
    expect(tried.map(({ text }) => JSON.parse(text).content[0].text)).toEqual(texts);
    expect(tried.map(({ sent }) => JSON.stringify(sent[0]?.body))).toEqual(
      texts.map((text) => expect.stringContaining(text)),
    );
    expect(tried[0]?.sent[0]?.headers).toEqual({ 'content-type': 'application/json' });
  });
});
