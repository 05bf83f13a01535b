import type { TokenUsage } from '#shared/model/usage.ts';
import { asCount, asRecord, firstCount, type UnknownRecord } from './fields.ts';

/**
 * OpenAI's usage object, in the names of chat completions (`prompt_tokens`) and of responses (`input_tokens`), and with the
 * additions of compatible servers. Input includes cached tokens and output reasoning tokens; a server that leaves reasoning out
 * of its output count still has it in its total, so the larger of the two is taken.
 */
export function readOpenAiUsage(usage: UnknownRecord): TokenUsage {
  const inputDetails = asRecord(usage.prompt_tokens_details ?? usage.input_tokens_details);
  const outputDetails = asRecord(usage.completion_tokens_details ?? usage.output_tokens_details);
  const inputTokens = firstCount(usage.prompt_tokens, usage.input_tokens);
  const outputTokens = firstCount(usage.completion_tokens, usage.output_tokens);
  return {
    inputTokens,
    cachedInputTokens: firstCount(inputDetails.cached_tokens, usage.prompt_cache_hit_tokens, usage.cached_tokens),
    cacheWriteTokens: asCount(inputDetails.cache_write_tokens),
    outputTokens: Math.max(outputTokens, asCount(usage.total_tokens) - inputTokens),
    reasoningTokens: firstCount(outputDetails.reasoning_tokens, usage.reasoning_tokens),
  };
}
