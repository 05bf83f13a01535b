import type { CallerDialect } from '#main/gateway/translate/translation.ts';

/** What an upstream says, in its own protocol. */
export interface UpstreamAnswer {
  readonly whole: unknown;
  /** Data of its events. */
  readonly stream: readonly unknown[];
}

const chatUsage = {
  prompt_tokens: 100,
  completion_tokens: 30,
  total_tokens: 130,
  prompt_tokens_details: { cached_tokens: 40 },
  completion_tokens_details: { reasoning_tokens: 10 },
};
const chatCalls = ['Oslo', 'Rome'].map((city, index) => ({
  index,
  id: `call_${index}`,
  type: 'function',
  function: { name: 'mark_tool', arguments: JSON.stringify({ city }) },
}));

function chat(reason: string): UpstreamAnswer {
  const calls = reason === 'tool_calls' ? { tool_calls: chatCalls } : {};
  const head = { id: 'chatcmpl-1', created: 1, model: 'upstream-model' };
  const chunk = (delta: unknown, finish: string | null = null) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  return {
    whole: {
      ...head,
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', reasoning_content: 'thought-mark', content: 'text-mark', ...calls },
          finish_reason: reason,
        },
      ],
      usage: chatUsage,
    },
    stream: [
      chunk({ role: 'assistant', content: '' }),
      chunk({ reasoning_content: 'thought-mark' }),
      chunk({ content: 'text-mark' }),
      ...(reason === 'tool_calls' ? chatCalls.map((call) => chunk({ tool_calls: [call] })) : []),
      chunk({}, reason),
      { ...head, object: 'chat.completion.chunk', choices: [], usage: chatUsage },
      '[DONE]',
    ],
  };
}

const responseUsage = {
  input_tokens: 100,
  output_tokens: 30,
  total_tokens: 130,
  input_tokens_details: { cached_tokens: 40 },
  output_tokens_details: { reasoning_tokens: 10 },
};

function response(reason: string): UpstreamAnswer {
  const calls = ['Oslo', 'Rome'].map((city, index) => ({
    type: 'function_call',
    id: `fc_${index}`,
    call_id: `call_${index}`,
    name: 'mark_tool',
    arguments: JSON.stringify({ city }),
    status: 'completed',
  }));
  const summary = [{ type: 'summary_text', text: 'thought-mark' }];
  const thought = { type: 'reasoning', id: 'rs_1', summary, encrypted_content: 'sealed-mark' };
  const content = [{ type: 'output_text', text: 'text-mark', annotations: [] }];
  const message = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content };
  const output = [thought, message, ...(reason === 'tool_calls' ? calls : [])];
  const incomplete = reason === 'length' ? { reason: 'max_output_tokens' } : null;
  const head = { id: 'resp_1', created_at: 1, model: 'upstream-model', service_tier: 'default' };
  const ending = { ...head, object: 'response', output, incomplete_details: incomplete, usage: responseUsage };
  const callEvents = calls.flatMap((item, index) => {
    const place = { output_index: index + 2, item_id: item.id };
    return [
      { type: 'response.output_item.added', output_index: index + 2, item: { ...item, arguments: '' } },
      { type: 'response.function_call_arguments.delta', ...place, delta: item.arguments },
      { type: 'response.output_item.done', output_index: index + 2, item },
    ];
  });
  const part = { item_id: 'rs_1', output_index: 0, summary_index: 0 };
  return {
    whole: { ...ending, status: incomplete === null ? 'completed' : 'incomplete', error: null },
    stream: [
      { type: 'response.created', response: head },
      {
        type: 'response.output_item.added',
        output_index: 0,
        item: { ...thought, summary: [], encrypted_content: null },
      },
      { type: 'response.reasoning_summary_part.added', ...part },
      { type: 'response.reasoning_summary_text.delta', ...part, delta: 'thought-mark' },
      { type: 'response.reasoning_summary_part.done', ...part },
      { type: 'response.output_item.done', output_index: 0, item: thought },
      { type: 'response.output_item.added', output_index: 1, item: { ...message, content: [] } },
      { type: 'response.output_text.delta', item_id: 'msg_1', output_index: 1, content_index: 0, delta: 'text-mark' },
      { type: 'response.output_item.done', output_index: 1, item: message },
      ...(reason === 'tool_calls' ? callEvents : []),
      { type: incomplete === null ? 'response.completed' : 'response.incomplete', response: ending },
    ],
  };
}

const messageReasons: Readonly<Record<string, string>> = {
  tool_calls: 'tool_use',
  length: 'max_tokens',
  stop: 'end_turn',
};

function message(reason: string): UpstreamAnswer {
  const usage = {
    input_tokens: 60,
    cache_read_input_tokens: 40,
    cache_creation_input_tokens: 0,
    output_tokens: 30,
    output_tokens_details: { thinking_tokens: 10 },
  };
  const calls = ['Oslo', 'Rome'].map((city, index) => ({
    type: 'tool_use',
    id: `call_${index}`,
    name: 'mark_tool',
    input: { city },
  }));
  const thought = { type: 'thinking', thinking: 'thought-mark', signature: 'sealed-mark' };
  const content = [thought, { type: 'text', text: 'text-mark' }, ...(reason === 'tool_calls' ? calls : [])];
  const head = { type: 'message', id: 'msg_1', role: 'assistant', model: 'upstream-model', stop_sequence: null };
  const stop = messageReasons[reason];
  const blocks = [
    [
      { ...thought, thinking: '', signature: '' },
      { type: 'thinking_delta', thinking: 'thought-mark' },
      { type: 'signature_delta', signature: 'sealed-mark' },
    ],
    [
      { type: 'text', text: '' },
      { type: 'text_delta', text: 'text-mark' },
    ],
    ...(reason === 'tool_calls' ? calls : []).map((call) => [
      { ...call, input: {} },
      { type: 'input_json_delta', partial_json: JSON.stringify(call.input) },
    ]),
  ];
  return {
    whole: { ...head, content, stop_reason: stop, usage },
    stream: [
      { type: 'message_start', message: { ...head, content: [], stop_reason: null, usage } },
      ...blocks.flatMap(([start, ...deltas], index) => [
        { type: 'content_block_start', index, content_block: start },
        ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
        { type: 'content_block_stop', index },
      ]),
      { type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage },
      { type: 'message_stop' },
    ],
  };
}

function generated(reason: string): UpstreamAnswer {
  const usageMetadata = {
    ...{ promptTokenCount: 100, candidatesTokenCount: 20, thoughtsTokenCount: 10, totalTokenCount: 130 },
    cachedContentTokenCount: 40,
  };
  const calls = ['Oslo', 'Rome'].map((city, index) => ({
    functionCall: { name: 'mark_tool', args: { city } },
    ...(index === 0 ? { thoughtSignature: 'c2VhbGVkLW1hcms=' } : {}),
  }));
  const parts = [
    { text: 'thought-mark', thought: true },
    { text: 'text-mark' },
    ...(reason === 'tool_calls' ? calls : []),
  ];
  const finishReason = reason === 'length' ? 'MAX_TOKENS' : 'STOP';
  const piece = (part: unknown) => ({ candidates: [{ content: { role: 'model', parts: [part] }, index: 0 }] });
  const last = {
    candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, finishReason, index: 0 }],
    usageMetadata,
  };
  return {
    whole: {
      candidates: [{ content: { role: 'model', parts }, finishReason, index: 0 }],
      usageMetadata,
      modelVersion: 'upstream-model',
    },
    stream: [...parts.map(piece), last],
  };
}

/** Answers by protocol and by why they ended: `stop`, `length` or `tool_calls`. */
export const answers: Readonly<Record<CallerDialect, (reason: string) => UpstreamAnswer>> = {
  'openai-chat': chat,
  'openai-responses': response,
  anthropic: message,
  gemini: generated,
};

/** A refusal for being over the limit, by protocol. */
export const refusals: Readonly<Record<CallerDialect, unknown>> = {
  'openai-chat': {
    error: { message: 'limit-mark', type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null },
  },
  'openai-responses': {
    error: { message: 'limit-mark', type: 'rate_limit_error', code: 'rate_limit_exceeded', param: null },
  },
  anthropic: { type: 'error', error: { type: 'rate_limit_error', message: 'limit-mark' } },
  gemini: { error: { code: 429, message: 'limit-mark', status: 'RESOURCE_EXHAUSTED' } },
};

/** Something an answer tells, and how it shows in each caller's protocol. */
export interface AnswerFeature {
  readonly label: string;
  readonly reason: string;
  readonly shown: Readonly<Record<CallerDialect, RegExp>>;
}

/** Everything of an answer that is tried on every pair, whole and streamed. */
export const answerFeatures: readonly AnswerFeature[] = [
  {
    label: 'text',
    reason: 'stop',
    shown: {
      'openai-chat': /"content":"text-mark"/,
      'openai-responses': /"type":"output_text","text":"text-mark"/,
      anthropic: /"text":"text-mark"/,
      gemini: /"text":"text-mark"/,
    },
  },
  {
    label: 'thoughts',
    reason: 'stop',
    shown: {
      'openai-chat': /"reasoning_content":"thought-mark"/,
      'openai-responses': /"type":"summary_text","text":"thought-mark"/,
      anthropic: /"thinking":"thought-mark"/,
      gemini: /"text":"thought-mark","thought":true/,
    },
  },
  {
    label: 'the state of thoughts, for the next turn',
    reason: 'tool_calls',
    shown: {
      'openai-chat': /__tk1_/,
      'openai-responses': /"encrypted_content":"tk1\.|__tk1_/,
      anthropic: /"signature":"tk1\.|__tk1_/,
      gemini: /"thoughtSignature":"dGsx/,
    },
  },
  {
    label: 'parallel tool calls',
    reason: 'tool_calls',
    shown: {
      'openai-chat': /mark_tool.*Oslo.*mark_tool.*Rome/s,
      'openai-responses': /Oslo.*Rome/s,
      anthropic: /mark_tool.*Oslo.*mark_tool.*Rome/s,
      gemini: /mark_tool.*Oslo.*mark_tool.*Rome/s,
    },
  },
  {
    label: 'ended to call tools',
    reason: 'tool_calls',
    shown: {
      'openai-chat': /"finish_reason":"tool_calls"/,
      'openai-responses': /"status":"completed"/,
      anthropic: /"stop_reason":"tool_use"/,
      gemini: /"finishReason":"STOP"/,
    },
  },
  {
    label: 'ended at the output limit',
    reason: 'length',
    shown: {
      'openai-chat': /"finish_reason":"length"/,
      'openai-responses': /"incomplete_details":\{"reason":"max_output_tokens"\}/,
      anthropic: /"stop_reason":"max_tokens"/,
      gemini: /"finishReason":"MAX_TOKENS"/,
    },
  },
  {
    label: 'input and output tokens',
    reason: 'stop',
    shown: {
      'openai-chat': /"prompt_tokens":100,"completion_tokens":30/,
      'openai-responses': /"input_tokens":100,.*"output_tokens":30/,
      anthropic: /"input_tokens":60,.*"output_tokens":30/,
      gemini: /"promptTokenCount":100,"candidatesTokenCount":[23]0/,
    },
  },
  {
    label: 'cached tokens',
    reason: 'stop',
    shown: {
      'openai-chat': /"cached_tokens":40/,
      'openai-responses': /"cached_tokens":40/,
      anthropic: /"cache_read_input_tokens":40/,
      gemini: /"cachedContentTokenCount":40/,
    },
  },
  {
    label: 'reasoning tokens',
    reason: 'stop',
    shown: {
      'openai-chat': /"reasoning_tokens":10/,
      'openai-responses': /"reasoning_tokens":10/,
      anthropic: /"thinking_tokens":10/,
      gemini: /"thoughtsTokenCount":10/,
    },
  },
];
