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
import { type Effort, type Feature, type NeutralCall, noted, type ReasoningWish } from '../../neutral-call.ts';
import { cacheNotes, readAnthropicMessages, readSystem } from './read-messages.ts';

const carried = new Set(
  (
    'model messages max_tokens system stop_sequences stream temperature top_k top_p tools tool_choice thinking metadata ' +
    'output_config output_format cache_control'
  ).split(' '),
);
const idle: Readonly<Record<string, (value: unknown) => boolean>> = {
  service_tier: (value) => value === 'auto',
  mcp_servers: (value) => Array.isArray(value) && value.length === 0,
};

const featureNames: Readonly<Partial<Record<Feature, string>>> = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  stopSequences: 'stop_sequences',
  maxOutputTokens: 'max_tokens',
  toolChoice: 'tool_choice',
  parallelTools: 'tool_choice.disable_parallel_tool_use',
  user: 'metadata.user_id',
};

/** Reads a request of Anthropic's messages. https://docs.anthropic.com/en/api/messages */
export function readMessagesCall(body: Member): NeutralCall {
  const config = at(body, 'output_config');
  const isConfigured = !isAbsent(config);
  const format = isConfigured && !isAbsent(at(config, 'format')) ? at(config, 'format') : at(body, 'output_format');
  const effort = isConfigured ? optionalText(at(config, 'effort')) : undefined;
  const choice = at(body, 'tool_choice');
  const metadata = at(body, 'metadata');
  const { tools, dropped: droppedTools } = readTools(at(body, 'tools'));
  const { prompt, dropped: droppedParts } = readAnthropicMessages(at(body, 'messages'));
  const toolChoice = readToolChoice(choice);
  const oneAtATime = isAbsent(choice) ? undefined : optionalFlag(at(choice, 'disable_parallel_tool_use'));
  return {
    options: {
      prompt: [...readSystem(at(body, 'system')), ...prompt],
      ...settings(body),
      ...(isAbsent(format) ? {} : { responseFormat: readFormat(format) }),
      ...(tools.length === 0 ? {} : { tools: [...tools] }),
      ...(toolChoice === null ? {} : { toolChoice }),
    },
    stream: optionalFlag(at(body, 'stream')) ?? false,
    reasoning: readThinking(at(body, 'thinking'), effort),
    parallelTools: oneAtATime === true ? false : null,
    user: isAbsent(metadata) ? null : (optionalText(at(metadata, 'user_id')) ?? null),
    strictSchema: isAbsent(format) ? null : true,
    verbosity: null,
    toolForms: new Map(),
    names: {
      ...featureNames,
      responseFormat: format.name,
      strictSchema: format.name,
      reasoning: isAbsent(at(body, 'thinking')) ? 'output_config.effort' : 'thinking',
    },
    dropped: [
      ...unknownMembers(body, carried).filter((name) => !(idle[name]?.(objectOf(body)[name]) ?? false)),
      ...droppedTools,
      ...droppedParts,
    ],
  };
}

function settings(body: Member): Partial<NeutralCall['options']> {
  const stop = listOf(at(body, 'stop_sequences')).map(textOf);
  const numbers = {
    maxOutputTokens: optionalNumber(at(body, 'max_tokens')),
    temperature: optionalNumber(at(body, 'temperature')),
    topP: optionalNumber(at(body, 'top_p')),
    topK: optionalNumber(at(body, 'top_k')),
  };
  return {
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)),
    ...(stop.length === 0 ? {} : { stopSequences: stop }),
  };
}

function readThinking(member: Member, effort: string | undefined): ReasoningWish | null {
  if (isAbsent(member)) {
    return effort === undefined ? null : { effort: effort as Effort, budgetTokens: null, shown: false };
  }
  const type = textOf(at(member, 'type'));
  if (type === 'disabled') {
    return { effort: null, budgetTokens: 0, shown: false };
  }
  return {
    effort: (effort ?? null) as Effort | null,
    budgetTokens: type === 'enabled' ? (optionalNumber(at(member, 'budget_tokens')) ?? null) : null,
    shown: optionalText(at(member, 'display')) === 'summarized',
  };
}

function readFormat(format: Member): NonNullable<LanguageModelV3CallOptions['responseFormat']> {
  if (textOf(at(format, 'type')) !== 'json_schema') {
    throw unsupported(at(format, 'type'), 'must be `json_schema`.');
  }
  return { type: 'json', schema: objectOf(at(format, 'schema')) };
}

/** Tools with a schema are the caller's own; the others run at Anthropic or have a shape that only its models know. */
function readTools(member: Member): {
  readonly tools: readonly LanguageModelV3FunctionTool[];
  readonly dropped: readonly string[];
} {
  const tools: LanguageModelV3FunctionTool[] = [];
  const dropped: string[] = [];
  for (const tool of listOf(member)) {
    const type = optionalText(at(tool, 'type')) ?? 'custom';
    if (type !== 'custom') {
      dropped.push(tool.name);
      continue;
    }
    const description = optionalText(at(tool, 'description'));
    const strict = optionalFlag(at(tool, 'strict'));
    tools.push({
      type: 'function',
      name: textOf(at(tool, 'name')),
      inputSchema: objectOf(at(tool, 'input_schema')),
      ...(description === undefined ? {} : { description }),
      ...(strict === undefined ? {} : { strict }),
      ...noted({ member: tool.name, ...cacheNotes(tool) }),
    });
  }
  return { tools, dropped };
}

const choices: Readonly<Record<string, 'auto' | 'none' | 'required'>> = { auto: 'auto', none: 'none', any: 'required' };

function readToolChoice(member: Member): NonNullable<LanguageModelV3CallOptions['toolChoice']> | null {
  if (isAbsent(member)) {
    return null;
  }
  const type = textOf(at(member, 'type'));
  if (type === 'tool') {
    return { type: 'tool', toolName: textOf(at(member, 'name')) };
  }
  const choice = choices[type];
  if (choice === undefined) {
    throw unsupported(at(member, 'type'), 'must be `auto`, `any`, `tool` or `none`.');
  }
  return { type: choice };
}
