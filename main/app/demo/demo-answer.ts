/** What the pretend provider says: honest about what it is. */
export const demoText =
  'Hello! I am the demo: a pretend provider on your own machine, so nothing left it and nothing was paid. ' +
  'The key I was called with is in Tollkeeper; the tool that asked has only a token that ends soon. ' +
  'With a real key the answer would come from the real model, along the same way.';

/** Token counts of one pretend answer. */
export interface DemoUsage {
  readonly input: number;
  readonly output: number;
}

/** The events of one streamed answer and the whole answer at once, in one wire format. */
export interface DemoAnswer {
  /** Each with its event name, or null where the format has none. */
  readonly events: readonly { readonly event: string | null; readonly data: unknown }[];
  readonly whole: unknown;
  /** Written after the last event. */
  readonly end: string;
}

type Shape = (model: string, words: readonly string[], usage: DemoUsage) => DemoAnswer;

const chat: Shape = (model, words, { input, output }) => {
  const usage = { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
  const part = (delta: object, finish: string | null) => ({ index: 0, delta, finish_reason: finish });
  const chunk = (choices: readonly object[], extra: object = {}) => ({
    event: null,
    data: { id: 'chatcmpl-demo', object: 'chat.completion.chunk', created: 0, model, choices, ...extra },
  });
  return {
    events: [
      chunk([part({ role: 'assistant', content: '' }, null)]),
      ...words.map((content) => chunk([part({ content }, null)])),
      chunk([part({}, 'stop')]),
      chunk([], { usage }),
    ],
    whole: {
      id: 'chatcmpl-demo',
      object: 'chat.completion',
      created: 0,
      model,
      choices: [{ index: 0, message: { role: 'assistant', content: words.join('') }, finish_reason: 'stop' }],
      usage,
    },
    end: 'data: [DONE]\n\n',
  };
};

const responses: Shape = (model, words, { input, output }) => {
  const message = {
    id: 'msg_demo',
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text: words.join(''), annotations: [] }],
  };
  const usage = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
  const response = (status: string, rest: object) => ({
    id: 'resp_demo',
    object: 'response',
    created_at: 0,
    model,
    status,
    ...rest,
  });
  const place = { item_id: message.id, output_index: 0, content_index: 0 };
  const whole = response('completed', { output: [message], usage });
  const named = (type: string, rest: object) => ({ event: type, data: { type, ...rest } });
  return {
    events: [
      named('response.created', { response: response('in_progress', { output: [] }) }),
      named('response.output_item.added', {
        output_index: 0,
        item: { ...message, status: 'in_progress', content: [] },
      }),
      named('response.content_part.added', { ...place, part: { type: 'output_text', text: '', annotations: [] } }),
      ...words.map((delta) => named('response.output_text.delta', { ...place, delta })),
      named('response.output_text.done', { ...place, text: words.join('') }),
      named('response.output_item.done', { output_index: 0, item: message }),
      named('response.completed', { response: whole }),
    ],
    whole,
    end: '',
  };
};

const messages: Shape = (model, words, { input, output }) => {
  const message = { id: 'msg_demo', type: 'message', role: 'assistant', model, stop_sequence: null };
  const named = (type: string, rest: object) => ({ event: type, data: { type, ...rest } });
  return {
    events: [
      named('message_start', {
        message: { ...message, content: [], stop_reason: null, usage: { input_tokens: input, output_tokens: 1 } },
      }),
      named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
      ...words.map((text) => named('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
      named('content_block_stop', { index: 0 }),
      named('message_delta', {
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: output },
      }),
      named('message_stop', {}),
    ],
    whole: {
      ...message,
      content: [{ type: 'text', text: words.join('') }],
      stop_reason: 'end_turn',
      usage: { input_tokens: input, output_tokens: output },
    },
    end: '',
  };
};

const content: Shape = (model, words, { input, output }) => {
  const usageMetadata = { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output };
  const part = (text: string, finished: boolean) => ({
    candidates: [
      { index: 0, content: { role: 'model', parts: [{ text }] }, ...(finished ? { finishReason: 'STOP' } : {}) },
    ],
    modelVersion: model,
    ...(finished ? { usageMetadata } : {}),
  });
  return {
    events: words.map((text, index) => ({ event: null, data: part(text, index === words.length - 1) })),
    whole: part(words.join(''), true),
    end: '',
  };
};

const shapes: readonly { readonly path: RegExp; readonly shape: Shape }[] = [
  { path: /\/chat\/completions$/, shape: chat },
  { path: /\/responses$/, shape: responses },
  { path: /\/messages$/, shape: messages },
  { path: /\/models\/[^/]+:(?:streamG|g)enerateContent$/, shape: content },
];

/** The pretend answer to a call of `path`, or null when the pretend provider does not know it. */
export function answerTo(
  path: string,
  request: { readonly model: string; readonly characters: number },
): DemoAnswer | null {
  const words = demoText.match(/\S+\s*/g) ?? [];
  const usage = { input: Math.max(1, Math.ceil(request.characters / 4)), output: Math.ceil(demoText.length / 4) };
  return shapes.find(({ path: pattern }) => pattern.test(path))?.shape(request.model, words, usage) ?? null;
}
