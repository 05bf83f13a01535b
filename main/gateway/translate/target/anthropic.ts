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

/**
 * Thinking is left off where Anthropic would refuse it: with a tool that must be called, and within a turn of tools whose
 * thoughts were lost.
 */
function options(call: NeutralCall): TargetOptions {
  const { reasoning, parallelTools, user, verbosity, options: common } = call;
  const budget = reasoning === null ? null : budgetOf(reasoning);
  const forced = common.toolChoice?.type === 'required' || common.toolChoice?.type === 'tool';
  const barred = budget !== null && budget > 0 && (forced || lacksThoughts(common.prompt));
  const thinking =
    budget === null || barred
      ? undefined
      : budget === 0
        ? { type: 'disabled' }
        : { type: 'enabled', budgetTokens: Math.max(1_024, budget) };
  return {
    providerOptions: {
      [key]: given({
        thinking,
        disableParallelToolUse: parallelTools === false ? true : undefined,
        metadata: user === null ? undefined : { userId: user },
      }),
    },
    missing: [...(barred ? (['reasoning'] as const) : []), ...(verbosity === null ? [] : (['verbosity'] as const))],
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

/** Models that think as they see fit take a word instead of a budget. */
function amend(body: JsonRecord, { reasoning }: NeutralCall): JsonRecord {
  const { thinking } = body;
  const adaptive =
    typeof thinking === 'object' && thinking !== null && 'type' in thinking && thinking.type === 'adaptive';
  const effort = efforts[reasoning?.effort ?? ''];
  if (!adaptive || effort === undefined) {
    return body;
  }
  return { ...body, output_config: { ...(body.output_config as JsonRecord | undefined), effort } };
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
