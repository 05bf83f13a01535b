import type { LanguageModelV3CallOptions, LanguageModelV3FunctionTool } from '@ai-sdk/provider';
import {
  at,
  isAbsent,
  listOf,
  type Member,
  objectOf,
  optionalFlag,
  optionalNumber,
  optionalText,
  textOf,
  unknownMembers,
  unsupported,
} from '../../members.ts';
import type { Effort, Feature, NeutralCall } from '../../neutral-call.ts';
import { readMessages } from './read-messages.ts';

const carried = new Set(
  (
    'model messages stream stream_options max_tokens max_completion_tokens temperature top_p top_k stop seed presence_penalty ' +
    'frequency_penalty tools tool_choice parallel_tool_calls response_format reasoning_effort user safety_identifier verbosity'
  ).split(' '),
);

/** Values that ask for nothing, so leaving them out loses nothing. */
const idle: Readonly<Record<string, (value: unknown) => boolean>> = {
  n: (value) => value === 1,
  logprobs: (value) => value === false,
  store: (value) => value === false,
  service_tier: (value) => value === 'auto' || value === 'default',
  modalities: (value) => Array.isArray(value) && value.length === 1 && value[0] === 'text',
};

const featureNames: Readonly<Partial<Record<Feature, string>>> = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  seed: 'seed',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  stopSequences: 'stop',
  responseFormat: 'response_format',
  strictSchema: 'response_format.json_schema.strict',
  toolChoice: 'tool_choice',
  reasoning: 'reasoning_effort',
  parallelTools: 'parallel_tool_calls',
  verbosity: 'verbosity',
};

/** Reads a request of OpenAI's chat completions. https://platform.openai.com/docs/api-reference/chat/create */
export function readChatCall(body: Member): NeutralCall {
  const format = readResponseFormat(at(body, 'response_format'));
  const tools = readTools(at(body, 'tools'));
  const toolChoice = readToolChoice(at(body, 'tool_choice'));
  const tokens = isAbsent(at(body, 'max_completion_tokens')) ? 'max_tokens' : 'max_completion_tokens';
  const effort = optionalText(at(body, 'reasoning_effort'));
  const user = isAbsent(at(body, 'safety_identifier')) ? 'user' : 'safety_identifier';
  const { prompt, dropped } = readMessages(at(body, 'messages'));
  return {
    options: {
      prompt,
      ...settings(body, tokens),
      ...(format === null ? {} : { responseFormat: format.format }),
      ...(tools.length === 0 ? {} : { tools: [...tools] }),
      ...(toolChoice === null ? {} : { toolChoice }),
    },
    stream: optionalFlag(at(body, 'stream')) ?? false,
    reasoning: effort === undefined ? null : { effort: effort as Effort, budgetTokens: null, shown: false },
    parallelTools: optionalFlag(at(body, 'parallel_tool_calls')) ?? null,
    user: optionalText(at(body, user)) ?? null,
    strictSchema: format?.strict ?? null,
    verbosity: optionalText(at(body, 'verbosity')) ?? null,
    toolForms: new Map(),
    names: { ...featureNames, maxOutputTokens: tokens, user },
    dropped: [
      ...unknownMembers(body, carried).filter((name) => !(idle[name]?.(objectOf(body)[name]) ?? false)),
      ...dropped,
    ],
  };
}

function settings(body: Member, tokens: string): Partial<NeutralCall['options']> {
  const stop = at(body, 'stop');
  const sequences = typeof stop.value === 'string' ? [stop.value] : listOf(stop).map(textOf);
  const numbers = {
    maxOutputTokens: optionalNumber(at(body, tokens)),
    temperature: optionalNumber(at(body, 'temperature')),
    topP: optionalNumber(at(body, 'top_p')),
    topK: optionalNumber(at(body, 'top_k')),
    seed: optionalNumber(at(body, 'seed')),
    presencePenalty: optionalNumber(at(body, 'presence_penalty')),
    frequencyPenalty: optionalNumber(at(body, 'frequency_penalty')),
  };
  return {
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)),
    ...(sequences.length === 0 ? {} : { stopSequences: sequences }),
  };
}

/** Reads OpenAI's function tools in their nested form. */
function readTools(member: Member): readonly LanguageModelV3FunctionTool[] {
  return listOf(member).map((tool) => {
    if (textOf(at(tool, 'type')) !== 'function') {
      throw unsupported(at(tool, 'type'), 'must be `function` when the call is translated.');
    }
    return readFunction(at(tool, 'function'));
  });
}

/** Reads one function's name, description and parameters. */
export function readFunction(member: Member): LanguageModelV3FunctionTool {
  const description = optionalText(at(member, 'description'));
  const strict = optionalFlag(at(member, 'strict'));
  const parameters = at(member, 'parameters');
  return {
    type: 'function',
    name: textOf(at(member, 'name')),
    inputSchema: isAbsent(parameters) ? { type: 'object', properties: {} } : objectOf(parameters),
    ...(description === undefined ? {} : { description }),
    ...(strict === undefined ? {} : { strict }),
  };
}

function readToolChoice(member: Member): NonNullable<LanguageModelV3CallOptions['toolChoice']> | null {
  if (isAbsent(member)) {
    return null;
  }
  if (member.value === 'auto' || member.value === 'none' || member.value === 'required') {
    return { type: member.value };
  }
  if (typeof member.value === 'object' && objectOf(member).type === 'function') {
    return { type: 'tool', toolName: textOf(at(at(member, 'function'), 'name')) };
  }
  throw unsupported(member, 'must be `auto`, `none`, `required` or a function.');
}

interface ReadFormat {
  readonly format: NonNullable<LanguageModelV3CallOptions['responseFormat']>;
  readonly strict: boolean | null;
}

function readResponseFormat(member: Member): ReadFormat | null {
  if (isAbsent(member)) {
    return null;
  }
  const type = textOf(at(member, 'type'));
  if (type === 'json_schema') {
    return readJsonSchema(at(member, 'json_schema'));
  }
  if (type === 'json_object') {
    return { format: { type: 'json' }, strict: null };
  }
  if (type === 'text') {
    return null;
  }
  throw unsupported(at(member, 'type'), 'must be `text`, `json_object` or `json_schema`.');
}

/** Reads a named schema with its strictness, as both of OpenAI's protocols write it. */
export function readJsonSchema(member: Member): ReadFormat {
  const name = optionalText(at(member, 'name'));
  const description = optionalText(at(member, 'description'));
  return {
    format: {
      type: 'json',
      schema: objectOf(at(member, 'schema')),
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
    },
    strict: optionalFlag(at(member, 'strict')) ?? null,
  };
}
