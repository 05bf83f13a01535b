import type { JsonRecord } from '../members.ts';
import type { NeutralCall } from '../neutral-call.ts';
import { effortOf, given, type TargetOptions, type TargetProtocol } from './target.ts';

const key = 'openai';
const pdf = 'application/pdf';

/** Nothing is stored at the provider: thoughts come back encrypted and travel with the conversation. */
function options({ reasoning, parallelTools, user, strictSchema, verbosity }: NeutralCall): TargetOptions {
  const effort = reasoning?.effort ?? (reasoning?.budgetTokens == null ? null : effortOf(reasoning.budgetTokens));
  return {
    providerOptions: {
      [key]: given({
        store: false,
        user,
        reasoningEffort: effort === 'max' ? 'xhigh' : effort,
        reasoningSummary: reasoning?.shown === true ? 'auto' : null,
        parallelToolCalls: parallelTools,
        textVerbosity: verbosity,
        strictJsonSchema: strictSchema ?? false,
      }),
    },
    missing: [],
  };
}

/** This protocol takes a tool without a word for strict, and its schema may then not be what it insists on. */
function amend(body: JsonRecord): JsonRecord {
  const { tools } = body;
  if (!Array.isArray(tools)) {
    return body;
  }
  const loosened = (tool: JsonRecord) => (tool.type === 'function' ? { strict: false, ...tool } : tool);
  return { ...body, tools: tools.map(loosened) };
}

/** OpenAI's responses. */
export const openAiResponsesTarget: TargetProtocol = {
  key,
  async load({ model, fetch }) {
    const { createOpenAI } = await import('@ai-sdk/openai');
    return createOpenAI({ apiKey: 'set by the gateway', baseURL: 'http://upstream.invalid', fetch }).responses(model);
  },
  options,
  path: (path) => path,
  amend,
  fetches: (mediaType) => mediaType.startsWith('image/') || mediaType === pdf,
  carries: {
    detail: true,
    cacheMarks: false,
    lateInstructions: true,
    richResults: true,
    failedResults: false,
    thoughts: 'with-state',
  },
};
