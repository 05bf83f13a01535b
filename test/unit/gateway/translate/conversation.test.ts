import { describe, expect, it } from 'vitest';
import type { CallerDialect } from '#main/gateway/translate/translation.ts';
import { answers } from '#test/contract/fidelity/answers.ts';
import { events, eventsOf, json, tryCall } from '#test/fakes/translated-call.ts';

/** What one turn gave away must come back with the next, wherever the caller's protocol carried it meanwhile. */

const models: Readonly<Record<CallerDialect, string>> = {
  'openai-chat': 'some-model',
  'openai-responses': 'gpt-5',
  anthropic: 'claude-sonnet-4-5',
  gemini: 'gemini-2.5-flash',
};

/** What the upstream wants to see again, by its protocol. */
const wanted: Readonly<Record<CallerDialect, RegExp>> = {
  'openai-chat': /"reasoning_content":"thought-mark"/,
  'openai-responses': /"encrypted_content":"sealed-mark"/,
  anthropic: /"thinking":"thought-mark","signature":"sealed-mark"/,
  gemini: /"thoughtSignature":"c2VhbGVkLW1hcms="/,
};

const limits = { max_tokens: 8000 };
const ask = { role: 'user', content: 'Hi' };

/** The next turn of each caller: the whole answer as it came, and results for its two calls. */
const next: Readonly<Record<string, (answer: Record<string, never>) => unknown>> = {
  anthropic: (answer: { content?: { type: string; id: string }[] }) => ({
    ...limits,
    messages: [
      ask,
      { role: 'assistant', content: answer.content },
      {
        role: 'user',
        content: answer.content
          ?.filter(({ type }) => type === 'tool_use')
          .map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: 'done' })),
      },
    ],
  }),
  'openai-responses': (answer: { output?: { type: string; call_id: string }[] }) => ({
    input: [
      ask,
      ...(answer.output ?? []),
      ...(answer.output ?? [])
        .filter(({ type }) => type === 'function_call')
        .map(({ call_id }) => ({ type: 'function_call_output', call_id, output: 'done' })),
    ],
  }),
  'openai-chat': (answer: { choices?: { message: { tool_calls: { id: string }[] } }[] }) => ({
    messages: [
      ask,
      answer.choices?.[0]?.message,
      ...(answer.choices?.[0]?.message.tool_calls ?? []).map(({ id }) => ({
        role: 'tool',
        tool_call_id: id,
        content: 'done',
      })),
    ],
  }),
};

const first: Readonly<Record<string, unknown>> = {
  anthropic: { ...limits, messages: [ask] },
  'openai-responses': { input: [ask] },
  'openai-chat': { messages: [ask] },
};

describe.each([
  ['anthropic', 'openai-chat'],
  ['anthropic', 'openai-responses'],
  ['anthropic', 'gemini'],
  ['openai-responses', 'openai-chat'],
  ['openai-responses', 'anthropic'],
  ['openai-responses', 'gemini'],
  ['openai-chat', 'gemini'],
] as const)('%s to %s', (caller, target) => {
  const model = models[target];

  it('brings the state of thoughts back with the results', async () => {
    const one = await tryCall({
      caller,
      target,
      model,
      body: first[caller],
      answer: json(answers[target]('tool_calls').whole),
    });
    const body = next[caller]?.(JSON.parse(one.text));
    const two = await tryCall({ caller, target, model, body, answer: json(answers[target]('stop').whole) });
    const sent = JSON.stringify(two.sent[0]?.body);
    expect(sent).toMatch(wanted[target]);
    expect(sent).toMatch(/done/);
    expect(sent).not.toContain('__tk1_');
    expect(sent).not.toContain('tk1.');
  });

  it('leaves it out, and names it, when the conversation moves to another provider', async () => {
    const one = await tryCall({
      caller,
      target,
      model,
      body: first[caller],
      answer: json(answers[target]('tool_calls').whole),
    });
    const body = next[caller]?.(JSON.parse(one.text));
    const other = target === 'gemini' ? 'openai-chat' : 'gemini';
    const whole = answers[other]('stop').whole;
    const two = await tryCall({ caller, target: other, model: models[other], body, answer: json(whole) }).catch(
      () => null,
    );
    if (caller === other) return;
    const sent = JSON.stringify(two?.sent[0]?.body);
    expect(sent).toContain('done');
    expect(sent).not.toMatch(/sealed-mark|c2VhbGVk|__tk1_|tk1\./);
    if (caller !== 'openai-chat')
      expect(two?.answer).toMatchObject({ dropped: expect.arrayContaining([expect.any(String)]) });
  });
});

describe('a stream in Anthropic’s words', () => {
  const piece = (delta: unknown, reason: string | null = null) => ({
    ...{ id: '1', model: 'm' },
    choices: [{ index: 0, delta, finish_reason: reason }],
  });
  const call = (index: number, more: Readonly<Record<string, unknown>>) => piece({ tool_calls: [{ index, ...more }] });

  it('tells mixed parallel calls one after the other', async () => {
    const { text } = await tryCall({
      ...{ caller: 'anthropic', target: 'openai-chat' },
      body: { ...limits, stream: true, messages: [ask] },
      answer: events(
        call(0, { id: 'a', type: 'function', function: { name: 'one', arguments: '{"x":' } }),
        call(1, { id: 'b', type: 'function', function: { name: 'two', arguments: '{"y":' } }),
        call(0, { function: { arguments: '1}' } }),
        call(1, { function: { arguments: '2}' } }),
        piece({}, 'tool_calls'),
        '[DONE]',
      ),
    });
    const blocks = new Map<unknown, string>();
    let open: unknown = null;
    for (const event of eventsOf(text)) {
      if (event.type === 'content_block_start') {
        expect(open).toBeNull();
        open = event.index;
        blocks.set(open, '');
      } else if (event.type === 'content_block_delta') {
        expect(event.index).toBe(open);
        const { partial_json = '' } = event.delta as { partial_json?: string };
        blocks.set(open, blocks.get(open) + partial_json);
      } else if (event.type === 'content_block_stop') {
        open = null;
      }
    }
    expect([...blocks.values()]).toEqual(['{"x":1}', '{"y":2}']);
  });
});

describe('a stream of responses', () => {
  it('numbers its events, and gives free text back to the tool that takes it', async () => {
    const { text } = await tryCall({
      ...{ caller: 'openai-responses', target: 'anthropic', model: models.anthropic },
      body: { input: 'Hi', stream: true, tools: [{ type: 'custom', name: 'patch' }] },
      answer: events(
        {
          type: 'message_start',
          message: {
            id: 'm',
            type: 'message',
            role: 'assistant',
            model: 'c',
            content: [],
            stop_reason: null,
            stop_sequence: null,
            usage: { input_tokens: 1, output_tokens: 1 },
          },
        },
        {
          type: 'content_block_start',
          index: 0,
          content_block: { type: 'tool_use', id: 't', name: 'patch', input: {} },
        },
        {
          type: 'content_block_delta',
          index: 0,
          delta: { type: 'input_json_delta', partial_json: '{"input":"*** Begin"}' },
        },
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 5 } },
        { type: 'message_stop' },
      ),
    });
    const told = eventsOf(text);
    expect(told.map((event) => event.sequence_number)).toEqual(told.map((_event, index) => index));
    expect(told.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { output: [{ type: 'custom_tool_call', name: 'patch', call_id: 't', input: '*** Begin' }] },
    });
  });
});

describe('a stream in Gemini’s words', () => {
  it('is one JSON array without alt=sse', async () => {
    const { text, answer } = await tryCall({
      ...{ caller: 'gemini', target: 'openai-chat', suffix: ':streamGenerateContent', query: 'x=1' },
      body: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
      answer: events(...answers['openai-chat']('stop').stream),
    });
    expect(answer).toMatchObject({ contentType: 'application/json' });
    const pieces = JSON.parse(text) as { candidates: { content: { parts: { text: string }[] } }[] }[];
    expect(pieces.map(({ candidates }) => candidates[0]?.content.parts[0]?.text).join('|')).toContain('text-mark');
  });
});
