import type { LanguageModelV3CallOptions, LanguageModelV3FunctionTool } from '@ai-sdk/provider';
import {
  at,
  either,
  isAbsent,
  type JsonRecord,
  listOf,
  type Member,
  objectOf,
  optionalFlag,
  optionalNumber,
  optionalText,
  textOf,
  unsupported,
} from '../../members.ts';
import type { Effort, Feature, NeutralCall, ReasoningWish } from '../../neutral-call.ts';
import type { ReadContext } from '../caller.ts';
import { readContents, readSystemInstruction } from './read-contents.ts';
import { jsonSchemaOf } from './schema.ts';

const carried = new Set(['model', 'contents', 'systeminstruction', 'tools', 'toolconfig', 'generationconfig']);
const carriedSettings = new Set(
  (
    'temperature topp topk seed presencepenalty frequencypenalty maxoutputtokens stopsequences responsemimetype ' +
    'responseschema responsejsonschema thinkingconfig'
  ).split(' '),
);
const idleSettings: Readonly<Record<string, (value: unknown) => boolean>> = {
  candidatecount: (value) => value === 1,
  responselogprobs: (value) => value === false,
  responsemodalities: (value) =>
    Array.isArray(value) && value.length === 1 && String(value[0]).toUpperCase() === 'TEXT',
};

const settingNames = {
  temperature: 'temperature',
  topP: 'topP',
  topK: 'topK',
  seed: 'seed',
  presencePenalty: 'presencePenalty',
  frequencyPenalty: 'frequencyPenalty',
  maxOutputTokens: 'maxOutputTokens',
} as const;

/** One word for camel and snake case. */
const plain = (key: string): string => key.replaceAll('_', '').toLowerCase();

/** Members that are set and not among the known ones, in camel or snake case. */
function unknown(parent: Member, known: ReadonlySet<string>, idle: typeof idleSettings = {}): readonly string[] {
  return Object.entries(objectOf(parent))
    .filter(([key, value]) => value !== null && !known.has(plain(key)) && !(idle[plain(key)]?.(value) ?? false))
    .map(([key]) => at(parent, key).name);
}

/** Reads a request of Gemini's generateContent. https://ai.google.dev/api/generate-content */
export function readGenerateCall(body: Member, { streamed }: ReadContext): NeutralCall {
  if (!isAbsent(either(body, 'cachedContent'))) {
    throw unsupported(either(body, 'cachedContent'), 'is kept at Google and unknown to this provider.');
  }
  const given = either(body, 'generationConfig');
  const config: Member = isAbsent(given) ? { value: {}, name: 'generationConfig' } : given;
  const { tools, dropped: droppedTools } = readTools(either(body, 'tools'));
  const { choice, dropped: droppedChoice } = readToolConfig(either(body, 'toolConfig'));
  const { prompt, dropped: droppedParts } = readContents(at(body, 'contents'));
  const format = readFormat(config);
  return {
    options: {
      prompt: [...readSystemInstruction(either(body, 'systemInstruction')), ...prompt],
      ...settings(config),
      ...(format === null ? {} : { responseFormat: format }),
      ...(tools.length === 0 ? {} : { tools: [...tools] }),
      ...(choice === null || tools.length === 0 ? {} : { toolChoice: choice }),
    },
    stream: streamed,
    reasoning: readThinking(either(config, 'thinkingConfig')),
    parallelTools: null,
    user: null,
    strictSchema: null,
    verbosity: null,
    toolForms: new Map(),
    names: namesIn(config),
    dropped: [
      ...unknown(body, carried),
      ...unknown(config, carriedSettings, idleSettings),
      ...droppedTools,
      ...droppedChoice,
      ...droppedParts,
    ],
  };
}

function namesIn(config: Member): Readonly<Partial<Record<Feature, string>>> {
  const names = Object.entries(settingNames).map(([feature, key]) => [feature, either(config, key).name]);
  return {
    ...Object.fromEntries(names),
    stopSequences: either(config, 'stopSequences').name,
    responseFormat: isAbsent(either(config, 'responseSchema'))
      ? either(config, 'responseMimeType').name
      : either(config, 'responseSchema').name,
    reasoning: either(config, 'thinkingConfig').name,
    toolChoice: 'toolConfig',
  };
}

function settings(config: Member): Partial<NeutralCall['options']> {
  const stop = listOf(either(config, 'stopSequences')).map(textOf);
  const numbers = Object.entries(settingNames).map(([feature, key]) => [feature, optionalNumber(either(config, key))]);
  return {
    ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)),
    ...(stop.length === 0 ? {} : { stopSequences: stop }),
  };
}

function readThinking(member: Member): ReasoningWish | null {
  if (isAbsent(member)) {
    return null;
  }
  const level = optionalText(either(member, 'thinkingLevel'))?.toLowerCase();
  const budgetTokens = optionalNumber(either(member, 'thinkingBudget')) ?? null;
  const shown = optionalFlag(either(member, 'includeThoughts')) ?? false;
  return level === undefined && budgetTokens === null && !shown
    ? null
    : { effort: (level ?? null) as Effort | null, budgetTokens, shown };
}

function readFormat(config: Member): NonNullable<LanguageModelV3CallOptions['responseFormat']> | null {
  const type = optionalText(either(config, 'responseMimeType'));
  if (type === undefined || type === 'text/plain') {
    return null;
  }
  if (type !== 'application/json') {
    throw unsupported(either(config, 'responseMimeType'), 'must be `text/plain` or `application/json`.');
  }
  const schema = either(config, 'responseJsonSchema');
  const open = either(config, 'responseSchema');
  if (!isAbsent(schema)) {
    return { type: 'json', schema: objectOf(schema) };
  }
  return isAbsent(open) ? { type: 'json' } : { type: 'json', schema: jsonSchemaOf(objectOf(open)) };
}

/** Functions are the caller's own; every other tool runs at Google. */
function readTools(member: Member): {
  readonly tools: readonly LanguageModelV3FunctionTool[];
  readonly dropped: readonly string[];
} {
  const sets = listOf(member);
  return {
    tools: sets.flatMap((set) => listOf(either(set, 'functionDeclarations')).map(readDeclaration)),
    dropped: sets.flatMap((set) => unknown(set, new Set(['functiondeclarations']))),
  };
}

function readDeclaration(member: Member): LanguageModelV3FunctionTool {
  const description = optionalText(at(member, 'description'));
  const schema = either(member, 'parametersJsonSchema');
  const open = at(member, 'parameters');
  const inputSchema: JsonRecord = !isAbsent(schema)
    ? objectOf(schema)
    : isAbsent(open)
      ? { type: 'object', properties: {} }
      : jsonSchemaOf(objectOf(open));
  return {
    type: 'function',
    name: textOf(at(member, 'name')),
    inputSchema,
    ...(description === undefined ? {} : { description }),
  };
}

const modes: Readonly<Record<string, 'auto' | 'required' | 'none'>> = {
  AUTO: 'auto',
  VALIDATED: 'auto',
  ANY: 'required',
  NONE: 'none',
};

function readToolConfig(member: Member): {
  readonly choice: NonNullable<LanguageModelV3CallOptions['toolChoice']> | null;
  readonly dropped: readonly string[];
} {
  const config = isAbsent(member) ? null : either(member, 'functionCallingConfig');
  if (config === null || isAbsent(config)) {
    return { choice: null, dropped: isAbsent(member) ? [] : unknown(member, new Set(['functioncallingconfig'])) };
  }
  const mode = modes[(optionalText(at(config, 'mode')) ?? 'AUTO').toUpperCase()] ?? 'auto';
  const names = listOf(either(config, 'allowedFunctionNames')).map(textOf);
  const [only] = names;
  if (mode === 'required' && names.length === 1 && only !== undefined) {
    return { choice: { type: 'tool', toolName: only }, dropped: [] };
  }
  return { choice: { type: mode }, dropped: names.length === 0 ? [] : [either(config, 'allowedFunctionNames').name] };
}
