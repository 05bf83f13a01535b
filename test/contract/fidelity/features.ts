import type { CallerDialect } from '#main/gateway/translate/translation.ts';

/** Members of a request, in one caller's protocol. */
export interface Wording {
  /** Merged into the caller's plain request. */
  readonly members: Readonly<Record<string, unknown>>;
  /** How `x-tollkeeper-dropped` would name it. */
  readonly name: string;
}

/** Something a caller may ask for, and how it shows in what the upstream gets. */
export interface Feature {
  readonly label: string;
  /** By caller; a protocol that has no word for it is left out. */
  readonly words: Readonly<Partial<Record<CallerDialect, Wording>>>;
  /** What the upstream's request must hold, by protocol or for all. */
  readonly seen: RegExp | Readonly<Record<CallerDialect, RegExp>>;
  /** True where only a reasoning model takes it. */
  readonly reasoning?: boolean;
  /** True for a feature that asks for a stream. */
  readonly stream?: boolean;
}

const pixel = 'aWNvbi1tYXJr';
const document = 'cGRmLW1hcms=';
const address = 'https://example.com/mark.png';
const schema = {
  type: 'object',
  properties: { mark: { type: 'string' } },
  required: ['mark'],
  additionalProperties: false,
};
const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const openSchema = { type: 'OBJECT', properties: { mark: { type: 'STRING' } }, required: ['mark'] };
const openParameters = { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] };

const chatTool = (more = {}) => ({
  type: 'function',
  function: { name: 'mark_tool', description: 'Finds.', parameters, ...more },
});
const responseTool = (more = {}) => ({
  type: 'function',
  name: 'mark_tool',
  description: 'Finds.',
  parameters,
  ...more,
});
const messageTool = (more = {}) => ({ name: 'mark_tool', description: 'Finds.', input_schema: parameters, ...more });
const geminiTools = [
  { functionDeclarations: [{ name: 'mark_tool', description: 'Finds.', parameters: openParameters }] },
];

const ask = { role: 'user', content: 'Hello' };
const askGemini = { role: 'user', parts: [{ text: 'Hello' }] };
const withText = (...content: unknown[]) => [{ role: 'user', content }];

/** A setting with one name and one value per protocol. */
function setting(
  label: string,
  words: Readonly<Partial<Record<CallerDialect, readonly [string, unknown]>>>,
  seen: Feature['seen'],
): Feature {
  const entries = Object.entries(words).map(([caller, [name, value]]) => {
    const [first = '', second] = name.split('.');
    return [caller, { members: { [first]: second === undefined ? value : { [second]: value } }, name }];
  });
  return { label, words: Object.fromEntries(entries), seen };
}

const settings: readonly Feature[] = [
  setting(
    'output limit',
    {
      'openai-chat': ['max_completion_tokens', 3771],
      'openai-responses': ['max_output_tokens', 3771],
      anthropic: ['max_tokens', 3771],
      gemini: ['generationConfig.maxOutputTokens', 3771],
    },
    /3771/,
  ),
  setting(
    'temperature',
    {
      'openai-chat': ['temperature', 0.37],
      'openai-responses': ['temperature', 0.37],
      anthropic: ['temperature', 0.37],
      gemini: ['generationConfig.temperature', 0.37],
    },
    /"temperature":0\.37/,
  ),
  setting(
    'top p',
    {
      'openai-chat': ['top_p', 0.61],
      'openai-responses': ['top_p', 0.61],
      anthropic: ['top_p', 0.61],
      gemini: ['generationConfig.topP', 0.61],
    },
    /"top_?[pP]":0\.61/,
  ),
  setting('top k', { anthropic: ['top_k', 17], gemini: ['generationConfig.topK', 17] }, /"top_?[kK]":17/),
  setting('seed', { 'openai-chat': ['seed', 4711], gemini: ['generationConfig.seed', 4711] }, /"seed":4711/),
  setting(
    'presence penalty',
    { 'openai-chat': ['presence_penalty', 0.29], gemini: ['generationConfig.presencePenalty', 0.29] },
    /0\.29/,
  ),
  setting(
    'frequency penalty',
    { 'openai-chat': ['frequency_penalty', 0.31], gemini: ['generationConfig.frequencyPenalty', 0.31] },
    /0\.31/,
  ),
  setting(
    'stop sequences',
    {
      'openai-chat': ['stop', ['stop-mark']],
      anthropic: ['stop_sequences', ['stop-mark']],
      gemini: ['generationConfig.stopSequences', ['stop-mark']],
    },
    /stop-mark/,
  ),
  setting(
    'end user',
    {
      'openai-chat': ['user', 'user-mark'],
      'openai-responses': ['user', 'user-mark'],
      anthropic: ['metadata.user_id', 'user-mark'],
    },
    /user-mark/,
  ),
  setting(
    'verbosity',
    { 'openai-chat': ['verbosity', 'low'], 'openai-responses': ['text.verbosity', 'low'] },
    /"verbosity":"low"/,
  ),
  setting('several answers', { 'openai-chat': ['n', 2], gemini: ['generationConfig.candidateCount', 2] }, /"n":2/),
  setting(
    'log probabilities',
    {
      'openai-chat': ['logprobs', true],
      'openai-responses': ['top_logprobs', 3],
      gemini: ['generationConfig.responseLogprobs', true],
    },
    /logprobs/i,
  ),
  setting('token bias', { 'openai-chat': ['logit_bias', { 50256: -100 }] }, /50256/),
  setting(
    'class of service',
    { 'openai-chat': ['service_tier', 'flex'], 'openai-responses': ['service_tier', 'flex'] },
    /flex/,
  ),
  setting(
    'storing at the provider',
    { 'openai-chat': ['store', true], 'openai-responses': ['store', true] },
    /"store":true/,
  ),
  setting('an earlier response by id', { 'openai-responses': ['previous_response_id', 'resp_mark'] }, /resp_mark/),
  setting(
    'safety settings',
    { gemini: ['safetySettings', [{ category: 'HARM_CATEGORY_MARK', threshold: 'OFF' }]] },
    /_MARK/,
  ),
];

const streaming: readonly Feature[] = [
  {
    label: 'streaming',
    words: {
      'openai-chat': { members: { stream: true }, name: 'stream' },
      'openai-responses': { members: { stream: true }, name: 'stream' },
      anthropic: { members: { stream: true }, name: 'stream' },
      gemini: { members: {}, name: 'stream' },
    },
    seen: {
      'openai-chat': /"stream":true/,
      'openai-responses': /"stream":true/,
      anthropic: /"stream":true/,
      gemini: /streamGenerateContent\?alt=sse/,
    },
    stream: true,
  },
];

const instructions: readonly Feature[] = [
  {
    label: 'system instructions',
    words: {
      'openai-chat': { members: { messages: [{ role: 'system', content: 'system-mark' }, ask] }, name: 'messages[0]' },
      'openai-responses': { members: { instructions: 'system-mark' }, name: 'instructions' },
      anthropic: { members: { system: 'system-mark' }, name: 'system' },
      gemini: { members: { systemInstruction: { parts: [{ text: 'system-mark' }] } }, name: 'systemInstruction' },
    },
    seen: /system-mark/,
  },
  {
    label: 'developer messages',
    words: {
      'openai-chat': { members: { messages: [{ role: 'developer', content: 'dev-mark' }, ask] }, name: 'messages[0]' },
      'openai-responses': { members: { input: [{ role: 'developer', content: 'dev-mark' }, ask] }, name: 'input[0]' },
    },
    seen: /dev-mark/,
  },
  {
    label: 'instructions in mid-conversation, as instructions',
    words: {
      'openai-chat': {
        members: { messages: [ask, { role: 'system', content: 'late-mark' }] },
        name: 'messages[1].role',
      },
      'openai-responses': {
        members: { input: [ask, { role: 'system', content: 'late-mark' }] },
        name: 'input[1].role',
      },
    },
    seen: /"role":"(?:system|developer)","content":"late-mark"/,
  },
  {
    label: 'marks that ask for a cached prompt',
    words: {
      anthropic: {
        members: {
          messages: withText({ type: 'text', text: 'Hello', cache_control: { type: 'ephemeral', ttl: '1h' } }),
        },
        name: 'messages[0].content[0].cache_control',
      },
    },
    seen: /cache_control/,
  },
];

const chatImage = (url: string, more = {}) => withText({ type: 'image_url', image_url: { url, ...more } });
const responseImage = (url: string, more = {}) => withText({ type: 'input_image', image_url: url, ...more });

const media: readonly Feature[] = [
  {
    label: 'images as data',
    words: {
      'openai-chat': {
        members: { messages: chatImage(`data:image/png;base64,${pixel}`) },
        name: 'messages[0].content[0]',
      },
      'openai-responses': {
        members: { input: responseImage(`data:image/png;base64,${pixel}`) },
        name: 'input[0].content[0]',
      },
      anthropic: {
        members: {
          messages: withText({ type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } }),
        },
        name: 'messages[0].content[0]',
      },
      gemini: {
        members: { contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: pixel } }] }] },
        name: 'contents[0].parts[0]',
      },
    },
    seen: new RegExp(pixel),
  },
  {
    label: 'images by address',
    words: {
      'openai-chat': { members: { messages: chatImage(address) }, name: 'messages[0].content[0]' },
      'openai-responses': { members: { input: responseImage(address) }, name: 'input[0].content[0]' },
      anthropic: {
        members: { messages: withText({ type: 'image', source: { type: 'url', url: address } }) },
        name: 'messages[0].content[0]',
      },
      gemini: {
        members: { contents: [{ role: 'user', parts: [{ fileData: { mimeType: 'image/png', fileUri: address } }] }] },
        name: 'contents[0].parts[0]',
      },
    },
    seen: /example\.com\/mark\.png/,
  },
  {
    label: 'how closely an image is looked at',
    words: {
      'openai-chat': {
        members: { messages: chatImage(`data:image/png;base64,${pixel}`, { detail: 'low' }) },
        name: 'messages[0].content[0].image_url.detail',
      },
      'openai-responses': {
        members: { input: responseImage(`data:image/png;base64,${pixel}`, { detail: 'low' }) },
        name: 'input[0].content[0].detail',
      },
    },
    seen: /"detail":"low"/,
  },
  {
    label: 'PDF files as data',
    words: {
      'openai-chat': {
        members: {
          messages: withText({
            type: 'file',
            file: { filename: 'mark.pdf', file_data: `data:application/pdf;base64,${document}` },
          }),
        },
        name: 'messages[0].content[0]',
      },
      'openai-responses': {
        members: {
          input: withText({
            type: 'input_file',
            filename: 'mark.pdf',
            file_data: `data:application/pdf;base64,${document}`,
          }),
        },
        name: 'input[0].content[0]',
      },
      anthropic: {
        members: {
          messages: withText({
            type: 'document',
            source: { type: 'base64', media_type: 'application/pdf', data: document },
          }),
        },
        name: 'messages[0].content[0]',
      },
      gemini: {
        members: {
          contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'application/pdf', data: document } }] }],
        },
        name: 'contents[0].parts[0]',
      },
    },
    seen: new RegExp(document),
  },
  {
    label: 'sound as data',
    words: {
      'openai-chat': {
        members: { messages: withText({ type: 'input_audio', input_audio: { data: pixel, format: 'wav' } }) },
        name: 'messages[0].content[0]',
      },
      gemini: {
        members: { contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'audio/wav', data: pixel } }] }] },
        name: 'contents[0].parts[0]',
      },
    },
    seen: new RegExp(pixel),
  },
  {
    label: 'files kept at the provider',
    words: {
      'openai-chat': {
        members: { messages: withText({ type: 'file', file: { file_id: 'file-mark' } }) },
        name: 'messages[0].content[0].file.file_id',
      },
      'openai-responses': {
        members: { input: withText({ type: 'input_file', file_id: 'file-mark' }) },
        name: 'input[0].content[0].file_id',
      },
      anthropic: {
        members: { messages: withText({ type: 'document', source: { type: 'file', file_id: 'file-mark' } }) },
        name: 'messages[0].content[0].source',
      },
    },
    seen: /file-mark/,
  },
];

const forced = {
  'openai-chat': /"tool_choice":"required"/,
  'openai-responses': /"tool_choice":"required"/,
  anthropic: /"tool_choice":\{"type":"any"/,
  gemini: /"mode":"ANY"/,
};
const named = {
  'openai-chat': /"tool_choice":\{[^}]*"name":"mark_tool"/,
  'openai-responses': /"tool_choice":\{[^}]*"name":"mark_tool"/,
  anthropic: /"tool_choice":\{"type":"tool","name":"mark_tool"/,
  gemini: /"allowedFunctionNames":\["mark_tool"\]/,
};

function toolWords(
  choice: Readonly<Record<CallerDialect, Readonly<Record<string, unknown>> | null>>,
  name: Readonly<Record<CallerDialect, string>>,
): Feature['words'] {
  const tools: Readonly<Record<CallerDialect, unknown>> = {
    'openai-chat': [chatTool()],
    'openai-responses': [responseTool()],
    anthropic: [messageTool()],
    gemini: geminiTools,
  };
  const callers = Object.keys(tools) as CallerDialect[];
  const words = callers
    .filter((caller) => choice[caller] !== null)
    .map((caller) => [caller, { members: { tools: tools[caller], ...choice[caller] }, name: name[caller] }]);
  return Object.fromEntries(words);
}

const toolNames = {
  'openai-chat': 'tools[0]',
  'openai-responses': 'tools[0]',
  anthropic: 'tools[0]',
  gemini: 'tools[0]',
};
const choiceNames = {
  'openai-chat': 'tool_choice',
  'openai-responses': 'tool_choice',
  anthropic: 'tool_choice',
  gemini: 'toolConfig',
};

const tools: readonly Feature[] = [
  {
    label: 'tools',
    words: toolWords({ 'openai-chat': {}, 'openai-responses': {}, anthropic: {}, gemini: {} }, toolNames),
    seen: /mark_tool.*Finds\..*city/,
  },
  {
    label: 'a tool that must be called',
    words: toolWords(
      {
        'openai-chat': { tool_choice: 'required' },
        'openai-responses': { tool_choice: 'required' },
        anthropic: { tool_choice: { type: 'any' } },
        gemini: { toolConfig: { functionCallingConfig: { mode: 'ANY' } } },
      },
      choiceNames,
    ),
    seen: forced,
  },
  {
    label: 'one tool that must be called',
    words: toolWords(
      {
        'openai-chat': { tool_choice: { type: 'function', function: { name: 'mark_tool' } } },
        'openai-responses': { tool_choice: { type: 'function', name: 'mark_tool' } },
        anthropic: { tool_choice: { type: 'tool', name: 'mark_tool' } },
        gemini: { toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['mark_tool'] } } },
      },
      choiceNames,
    ),
    seen: named,
  },
  {
    label: 'at most one tool per turn',
    words: toolWords(
      {
        'openai-chat': { parallel_tool_calls: false },
        'openai-responses': { parallel_tool_calls: false },
        anthropic: { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
        gemini: null,
      },
      {
        'openai-chat': 'parallel_tool_calls',
        'openai-responses': 'parallel_tool_calls',
        anthropic: 'tool_choice.disable_parallel_tool_use',
        gemini: '',
      },
    ),
    seen: /"parallel_tool_calls":false|"disable_parallel_tool_use":true/,
  },
  {
    label: 'tools whose arguments keep to the schema',
    words: {
      'openai-chat': { members: { tools: [chatTool({ strict: true })] }, name: 'tools[0].strict' },
      'openai-responses': { members: { tools: [responseTool({ strict: true })] }, name: 'tools[0].strict' },
      anthropic: { members: { tools: [messageTool({ strict: true })] }, name: 'tools[0].strict' },
    },
    seen: /"strict":true|"mode":"VALIDATED"/,
  },
  {
    label: 'tools with free text',
    words: {
      'openai-responses': {
        members: { tools: [{ type: 'custom', name: 'mark_tool', description: 'Finds.' }] },
        name: 'tools[0]',
      },
    },
    seen: /mark_tool/,
  },
  {
    label: 'tools that run at the provider',
    words: {
      'openai-responses': { members: { tools: [{ type: 'web_search' }] }, name: 'tools[0]' },
      anthropic: { members: { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, name: 'tools[0]' },
      gemini: { members: { tools: [{ googleSearch: {} }] }, name: 'tools[0].googleSearch' },
    },
    seen: /web_search|googleSearch/,
  },
];

const chatTurn = [
  ask,
  {
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'call_1', type: 'function', function: { name: 'mark_tool', arguments: '{"city":"Oslo"}' } },
      { id: 'call_2', type: 'function', function: { name: 'mark_tool', arguments: '{"city":"Rome"}' } },
    ],
  },
  { role: 'tool', tool_call_id: 'call_1', content: 'result-one' },
  { role: 'tool', tool_call_id: 'call_2', content: 'result-two' },
];
const responseTurn = [
  ask,
  { type: 'function_call', call_id: 'call_1', name: 'mark_tool', arguments: '{"city":"Oslo"}' },
  { type: 'function_call', call_id: 'call_2', name: 'mark_tool', arguments: '{"city":"Rome"}' },
  { type: 'function_call_output', call_id: 'call_1', output: 'result-one' },
  { type: 'function_call_output', call_id: 'call_2', output: 'result-two' },
];
const messageTurn = (result: Readonly<Record<string, unknown>>) => [
  ask,
  {
    role: 'assistant',
    content: [
      { type: 'tool_use', id: 'call_1', name: 'mark_tool', input: { city: 'Oslo' } },
      { type: 'tool_use', id: 'call_2', name: 'mark_tool', input: { city: 'Rome' } },
    ],
  },
  {
    role: 'user',
    content: [
      { type: 'tool_result', tool_use_id: 'call_1', ...result },
      { type: 'tool_result', tool_use_id: 'call_2', content: 'result-two' },
    ],
  },
];
const geminiTurn = [
  askGemini,
  {
    role: 'model',
    parts: [
      { functionCall: { name: 'mark_tool', args: { city: 'Oslo' } } },
      { functionCall: { name: 'mark_tool', args: { city: 'Rome' } } },
    ],
  },
  {
    role: 'user',
    parts: [
      { functionResponse: { name: 'mark_tool', response: { output: 'result-one' } } },
      { functionResponse: { name: 'mark_tool', response: { output: 'result-two' } } },
    ],
  },
];
const picture = [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } }];

const results: readonly Feature[] = [
  {
    label: 'parallel calls and their results',
    words: {
      'openai-chat': { members: { messages: chatTurn }, name: 'messages' },
      'openai-responses': { members: { input: responseTurn }, name: 'input' },
      anthropic: { members: { messages: messageTurn({ content: 'result-one' }) }, name: 'messages' },
      gemini: { members: { contents: geminiTurn }, name: 'contents' },
    },
    seen: /Oslo.*Rome.*result-one.*result-two/,
  },
  {
    label: 'pictures in results',
    words: {
      'openai-responses': {
        members: {
          input: [
            ...responseTurn.slice(0, 3),
            {
              type: 'function_call_output',
              call_id: 'call_1',
              output: [{ type: 'input_image', image_url: `data:image/png;base64,${pixel}` }],
            },
            responseTurn[4],
          ],
        },
        name: 'input[3]',
      },
      anthropic: { members: { messages: messageTurn({ content: picture }) }, name: 'messages[2].content[0]' },
    },
    seen: new RegExp(pixel),
  },
  {
    label: 'results of tools that failed, as failed',
    words: {
      anthropic: {
        members: { messages: messageTurn({ content: 'result-one', is_error: true }) },
        name: 'messages[2].content[0].is_error',
      },
    },
    seen: /"is_error":true/,
  },
];

const output: readonly Feature[] = [
  {
    label: 'answers that keep to a schema',
    words: {
      'openai-chat': {
        members: { response_format: { type: 'json_schema', json_schema: { name: 'marked', schema, strict: true } } },
        name: 'response_format',
      },
      'openai-responses': {
        members: { text: { format: { type: 'json_schema', name: 'marked', schema, strict: true } } },
        name: 'text.format',
      },
      anthropic: {
        members: { output_config: { format: { type: 'json_schema', schema } } },
        name: 'output_config.format',
      },
      gemini: {
        members: { generationConfig: { responseMimeType: 'application/json', responseSchema: openSchema } },
        name: 'generationConfig.responseSchema',
      },
    },
    seen: /"mark":\{"type":"string"/,
  },
  {
    label: 'answers in JSON of any shape',
    words: {
      'openai-chat': { members: { response_format: { type: 'json_object' } }, name: 'response_format' },
      'openai-responses': { members: { text: { format: { type: 'json_object' } } }, name: 'text.format' },
      gemini: {
        members: { generationConfig: { responseMimeType: 'application/json' } },
        name: 'generationConfig.responseMimeType',
      },
    },
    seen: /json_object|application\/json/,
  },
];

const thoughtful: readonly Feature[] = [
  {
    label: 'thinking, as an effort',
    words: {
      'openai-chat': { members: { reasoning_effort: 'low' }, name: 'reasoning_effort' },
      'openai-responses': { members: { reasoning: { effort: 'low' } }, name: 'reasoning' },
      anthropic: { members: { output_config: { effort: 'low' } }, name: 'output_config.effort' },
      gemini: {
        members: { generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } } },
        name: 'generationConfig.thinkingConfig',
      },
    },
    seen: {
      'openai-chat': /"reasoning_effort":"low"/,
      'openai-responses': /"effort":"low"/,
      anthropic: /"budget_tokens":2048/,
      gemini: /"thinkingBudget":2048|"thinkingLevel":"low"/,
    },
    reasoning: true,
  },
  {
    label: 'thinking, as a budget of tokens',
    words: {
      anthropic: { members: { thinking: { type: 'enabled', budget_tokens: 3000 } }, name: 'thinking' },
      gemini: {
        members: { generationConfig: { thinkingConfig: { thinkingBudget: 3000 } } },
        name: 'generationConfig.thinkingConfig',
      },
    },
    seen: {
      'openai-chat': /3000/,
      'openai-responses': /"effort":"low"/,
      anthropic: /"budget_tokens":3000/,
      gemini: /"thinkingBudget":3000/,
    },
    reasoning: true,
  },
];

/** Everything that is tried on every pair, in the order of the page. */
export const features: readonly Feature[] = [
  ...streaming,
  ...instructions,
  ...media,
  ...tools,
  ...results,
  ...output,
  ...thoughtful,
  ...settings,
];

/** The smallest request of each caller. */
export const plainRequests: Readonly<Record<CallerDialect, Readonly<Record<string, unknown>>>> = {
  'openai-chat': { model: 'm', messages: [ask] },
  'openai-responses': { model: 'm', input: [ask] },
  anthropic: { model: 'm', max_tokens: 8000, messages: [ask] },
  gemini: { contents: [askGemini] },
};
