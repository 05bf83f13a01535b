import type { LanguageModelV3Message } from '@ai-sdk/provider';
import { readState } from '../carried-state.ts';
import type { JsonRecord } from '../members.ts';
import { type NeutralCall, notesOf } from '../neutral-call.ts';
import { budgetOf, given, type TargetOptions, type TargetProtocol } from './target.ts';

const key = 'anthropic';

/** Anthropic's words for an effort. */
const efforts: Readonly<Record<string, string>> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'xhigh',
  max: 'max',
};

/** The least that Anthropic takes as a budget of thinking. */
const leastBudget = 1_024;
/** Share of the output that thinking may take. */
const thinkingShare = 0.8;

/**
 * Thinking is left off where Anthropic would refuse it: with a tool that must be called, within a turn of tools whose thoughts
 * were lost, and under a limit too small for it. Its budget counts within the caller's limit of output tokens.
 */
function options(call: NeutralCall): TargetOptions {
  const { reasoning, parallelTools, user, verbosity, options: common } = call;
  const wanted = reasoning === null ? null : budgetOf(reasoning);
  const most = Math.floor((common.maxOutputTokens ?? Number.POSITIVE_INFINITY) * thinkingShare);
  const forced = common.toolChoice?.type === 'required' || common.toolChoice?.type === 'tool';
  const barred = wanted !== null && wanted > 0 && (forced || most < leastBudget || lacksThoughts(common.prompt));
  const budget = wanted === null || barred ? null : Math.min(most, wanted === 0 ? 0 : Math.max(leastBudget, wanted));
  const limited = common.maxOutputTokens !== undefined && budget !== null && budget > 0;
  return {
    providerOptions: {
      [key]: given({
        thinking:
          budget === null ? null : budget === 0 ? { type: 'disabled' } : { type: 'enabled', budgetTokens: budget },
        disableParallelToolUse: parallelTools === false ? true : null,
        metadata: user === null ? null : { userId: user },
      }),
    },
    missing: [...(barred ? (['reasoning'] as const) : []), ...(verbosity === null ? [] : (['verbosity'] as const))],
    ...(limited ? { maxOutputTokens: (common.maxOutputTokens ?? 0) - budget } : {}),
  };
}

/** True when the last turn called tools and its thoughts, which must be sent along, are not there. */
function lacksThoughts(prompt: readonly LanguageModelV3Message[]): boolean {
  const last = prompt.at(-1);
  const turn = prompt.findLast((message) => message.role === 'assistant');
  if (last?.role !== 'tool' || turn?.role !== 'assistant') {
    return false;
  }
  return !turn.content.some(
    (part) => part.type === 'reasoning' && readState(notesOf(part).state)?.dialect === 'anthropic',
  );
}

/** Models that think as they see fit take a word instead of a budget, and the whole limit. */
function amend(body: JsonRecord, { reasoning, options: { maxOutputTokens } }: NeutralCall): JsonRecord {
  const { thinking } = body;
  const adaptive =
    typeof thinking === 'object' && thinking !== null && 'type' in thinking && thinking.type === 'adaptive';
  if (!adaptive) {
    return body;
  }
  const effort = efforts[reasoning?.effort ?? ''];
  return {
    ...body,
    ...(maxOutputTokens === undefined ? {} : { max_tokens: maxOutputTokens }),
    ...(effort === undefined ? {} : { output_config: { ...(body.output_config as JsonRecord | undefined), effort } }),
  };
}

/** Anthropic's messages. */
export const anthropicTarget: TargetProtocol = {
  key,
  async load({ model, fetch }) {
    const { createAnthropic } = await import('@ai-sdk/anthropic');
    return createAnthropic({ apiKey: 'set by the gateway', baseURL: 'http://upstream.invalid', fetch })(model);
  },
  options,
  path: (path) => path,
  amend,
  fetches: (mediaType) => mediaType.startsWith('image/') || mediaType === 'application/pdf',
  carries: {
    detail: false,
    cacheMarks: true,
    lateInstructions: false,
    richResults: true,
    failedResults: true,
    thoughts: 'with-state',
  },
};
