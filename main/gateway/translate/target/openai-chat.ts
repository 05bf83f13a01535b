import type { NeutralCall } from '../neutral-call.ts';
import { given, type TargetOptions, type TargetProtocol } from './target.ts';

const key = 'upstream';

/** A budget in tokens has no word here that every such server takes, so only an effort that the caller spelled out is sent. */
function options({ reasoning, parallelTools, user, strictSchema, verbosity }: NeutralCall): TargetOptions {
  const effort = reasoning?.effort === 'max' ? 'high' : reasoning?.effort;
  return {
    providerOptions: {
      [key]: given({
        user,
        reasoningEffort: effort,
        textVerbosity: verbosity,
        strictJsonSchema: strictSchema ?? false,
        parallel_tool_calls: parallelTools,
      }),
    },
    missing: reasoning !== null && reasoning.effort === null ? ['reasoning'] : [],
  };
}

/** OpenAI's chat completions as the servers of many speak them. */
export const openAiChatTarget: TargetProtocol = {
  key,
  async load({ model, fetch }) {
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    return createOpenAICompatible({
      name: key,
      baseURL: 'http://upstream.invalid',
      fetch,
      includeUsage: true,
      supportsStructuredOutputs: true,
    }).chatModel(model);
  },
  options,
  path: (path) => path,
  amend: null,
  fetches: (mediaType) => mediaType.startsWith('image/'),
  carries: {
    detail: false,
    cacheMarks: false,
    lateInstructions: true,
    richResults: false,
    failedResults: false,
    thoughts: 'this-turn',
  },
};
