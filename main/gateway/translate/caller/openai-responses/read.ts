import type { LanguageModelV3CallOptions } from '@ai-sdk/provider';
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
import type { Effort, Feature, NeutralCall, ReasoningWish } from '../../neutral-call.ts';
import { readJsonSchema } from '../openai-chat/read.ts';
import { readInput } from './read-input.ts';
import { readResponseTools } from './read-tools.ts';

const carried = new Set(
  (
    'model input instructions stream stream_options max_output_tokens temperature top_p tools tool_choice parallel_tool_calls ' +
    'text reasoning user safety_identifier include metadata'
  ).split(' '),
);

/** Values that ask for nothing, so leaving them out loses nothing. */
const idle: Readonly<Record<string, (value: unknown) => boolean>> = {
  store: (value) => value === false,
  background: (value) => value === false,
  truncation: (value) => value === 'disabled',
  service_tier: (value) => value === 'auto' || value === 'default',
  top_logprobs: (value) => value === 0,
};

/** Members that stand for things kept at OpenAI; without those the call would mean something else. */
const kept = ['previous_response_id', 'conversation', 'prompt'] as const;

const featureNames: Readonly<Partial<Record<Feature, string>>> = {
  temperature: 'temperature',
  topP: 'top_p',
  maxOutputTokens: 'max_output_tokens',
  responseFormat: 'text.format',
  strictSchema: 'text.format.strict',
  toolChoice: 'tool_choice',
  reasoning: 'reasoning',
  parallelTools: 'parallel_tool_calls',
  verbosity: 'text.verbosity',
};

/** Reads a request of OpenAI's responses. https://platform.openai.com/docs/api-reference/responses/create */
export function readResponsesCall(body: Member): NeutralCall {
  refuseKept(body);
  const text = isAbsent(at(body, 'text')) ? null : at(body, 'text');
  const format = text === null ? null : readFormat(at(text, 'format'));
  const { tools, forms, dropped: droppedTools } = readResponseTools(at(body, 'tools'));
  const toolChoice = readToolChoice(at(body, 'tool_choice'));
  const { prompt, dropped: droppedItems } = readInput(at(body, 'input'), optionalText(at(body, 'instructions')));
  const user = isAbsent(at(body, 'safety_identifier')) ? 'user' : 'safety_identifier';
  return {
    options: {
      prompt,
      ...settings(body),
      ...(format === null ? {} : { responseFormat: format.format }),
      ...(tools.length === 0 ? {} : { tools: [...tools] }),
      ...(toolChoice === null || tools.length === 0 ? {} : { toolChoice }),
    },
    stream: optionalFlag(at(body, 'stream')) ?? false,
    reasoning: readReasoning(at(body, 'reasoning')),
    parallelTools: optionalFlag(at(body, 'parallel_tool_calls')) ?? null,
    user: optionalText(at(body, user)) ?? null,
    strictSchema: format?.strict ?? null,
    verbosity: text === null ? null : (optionalText(at(text, 'verbosity')) ?? null),
    toolForms: forms,
    names: { ...featureNames, user },
    dropped: [
      ...unknownMembers(body, carried).filter((name) => !(idle[name]?.(objectOf(body)[name]) ?? false)),
      ...listOf(at(body, 'include'))
        .filter(({ value }) => value !== 'reasoning.encrypted_content')
        .map(({ name }) => name),
      ...droppedTools,
      ...droppedItems,
    ],
  };
}

function refuseKept(body: Member): void {
  for (const key of kept) {
    if (!isAbsent(at(body, key))) {
      throw unsupported(at(body, key), 'is kept at OpenAI and unknown to this provider. Send the whole input.');
    }
  }
  if (at(body, 'background').value === true) {
    throw unsupported(at(body, 'background'), 'is not offered by this provider.');
  }
}

function settings(body: Member): Partial<NeutralCall['options']> {
  const numbers = {
    maxOutputTokens: optionalNumber(at(body, 'max_output_tokens')),
    temperature: optionalNumber(at(body, 'temperature')),
    topP: optionalNumber(at(body, 'top_p')),
  };
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
}

function readReasoning(member: Member): ReasoningWish | null {
  if (isAbsent(member)) {
    return null;
  }
  const effort = optionalText(at(member, 'effort'));
  const shown = !isAbsent(at(member, 'summary'));
  return effort === undefined && !shown
    ? null
    : { effort: (effort ?? null) as Effort | null, budgetTokens: null, shown };
}

function readFormat(member: Member): ReturnType<typeof readJsonSchema> | null {
  if (isAbsent(member)) {
    return null;
  }
  switch (textOf(at(member, 'type'))) {
    case 'json_schema':
      return readJsonSchema(member);
    case 'json_object':
      return { format: { type: 'json' }, strict: null };
    case 'text':
      return null;
    default:
      throw unsupported(at(member, 'type'), 'must be `text`, `json_object` or `json_schema`.');
  }
}

function readToolChoice(member: Member): NonNullable<LanguageModelV3CallOptions['toolChoice']> | null {
  if (isAbsent(member)) {
    return null;
  }
  if (member.value === 'auto' || member.value === 'none' || member.value === 'required') {
    return { type: member.value };
  }
  const type = textOf(at(member, 'type'));
  if (type === 'function' || type === 'custom') {
    return { type: 'tool', toolName: textOf(at(member, 'name')) };
  }
  throw unsupported(member, 'must be `auto`, `none`, `required` or a function.');
}
