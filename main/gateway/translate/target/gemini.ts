import type { NeutralCall } from '../neutral-call.ts';
import { budgetOf, effortOf, given, type TargetOptions, type TargetProtocol } from './target.ts';

const key = 'google';
const levels: Readonly<Record<string, string>> = { none: 'minimal', xhigh: 'high', max: 'high' };
/** Models that take a level of thinking; those before take a budget. https://ai.google.dev/gemini-api/docs/thinking */
const takesLevel = /^gemini-(?:[3-9]|\d{2,})/;
/** Addresses that Gemini fetches by itself. */
const fetched = /^https:\/\/(?:generativelanguage\.googleapis\.com\/|(?:www\.)?youtube\.com\/|youtu\.be\/)/;

function thinkingOf(
  reasoning: NonNullable<NeutralCall['reasoning']>,
  model: string,
): Readonly<Record<string, unknown>> {
  if (reasoning.effort === null && reasoning.budgetTokens === -1) {
    return { includeThoughts: true, ...(takesLevel.test(model) ? {} : { thinkingBudget: -1 }) };
  }
  if (takesLevel.test(model)) {
    const effort = reasoning.effort ?? effortOf(reasoning.budgetTokens ?? -1) ?? 'high';
    return { includeThoughts: true, thinkingLevel: levels[effort] ?? effort };
  }
  const thinkingBudget = budgetOf(reasoning);
  return { includeThoughts: thinkingBudget > 0, thinkingBudget };
}

function options({ reasoning, parallelTools, user, verbosity }: NeutralCall, model: string): TargetOptions {
  return {
    providerOptions: {
      [key]: given({ thinkingConfig: reasoning === null ? undefined : thinkingOf(reasoning, model) }),
    },
    missing: [
      ...(parallelTools === false ? (['parallelTools'] as const) : []),
      ...(user === null ? [] : (['user'] as const)),
      ...(verbosity === null ? [] : (['verbosity'] as const)),
    ],
  };
}

/** Gemini's generateContent. */
export const geminiTarget: TargetProtocol = {
  key,
  async load({ model, fetch }) {
    const { createGoogleGenerativeAI } = await import('@ai-sdk/google');
    return createGoogleGenerativeAI({ apiKey: 'set by the gateway', baseURL: 'http://upstream.invalid', fetch })(model);
  },
  options,
  path: (path, stream) => (stream ? `${path.replace(/:generateContent$/, ':streamGenerateContent')}?alt=sse` : path),
  amend: null,
  fetches: (_mediaType, url) => fetched.test(url.href),
  carries: {
    detail: false,
    cacheMarks: false,
    lateInstructions: false,
    richResults: true,
    failedResults: false,
    thoughts: 'with-state',
  },
};
