import type { TokenUsage } from '#shared/model/usage.ts';
import { asCount, asRecord, type Fields, firstCount, type UnknownRecord } from './fields.ts';
import { readServiceTier, withDetails } from './usage-details.ts';

const microUsdPerUsd = 1_000_000;
/** xAI tells money in ticks: https://docs.x.ai/developers/cost-tracking */
const ticksPerMicroUsd = 10_000;

/** What an answer tells beside its usage object. */
export interface BesideUsage {
  readonly serviceTier?: unknown;
  readonly webSearches?: number;
}

/**
 * OpenAI's usage object, in the names of chat completions (`prompt_tokens`), of responses (`input_tokens`) and of realtime
 * (`input_token_details`), and with the additions of compatible servers. Input includes cached tokens and output reasoning tokens; a
 * server that leaves reasoning out of its output count still has it in its total, so the larger of the two is taken.
 */
export function readOpenAiUsage(usage: UnknownRecord, beside: BesideUsage = {}): TokenUsage {
  const inputDetails = asRecord(usage.prompt_tokens_details ?? usage.input_tokens_details ?? usage.input_token_details);
  const outputDetails = asRecord(
    usage.completion_tokens_details ?? usage.output_tokens_details ?? usage.output_token_details,
  );
  const inputTokens = firstCount(usage.prompt_tokens, usage.input_tokens);
  const outputTokens = Math.max(
    firstCount(usage.completion_tokens, usage.output_tokens),
    asCount(usage.total_tokens) - inputTokens,
  );
  const counted = {
    inputTokens,
    cachedInputTokens: firstCount(inputDetails.cached_tokens, usage.prompt_cache_hit_tokens, usage.cached_tokens),
    cacheWriteTokens: asCount(inputDetails.cache_write_tokens),
    outputTokens,
    reasoningTokens: firstCount(outputDetails.reasoning_tokens, usage.reasoning_tokens),
  };
  const cached = asRecord(inputDetails.cached_tokens_details);
  return withDetails(
    counted,
    {
      inputAudioTokens: asCount(inputDetails.audio_tokens),
      cachedAudioTokens: asCount(cached.audio_tokens),
      inputImageTokens: asCount(inputDetails.image_tokens),
      cachedImageTokens: asCount(cached.image_tokens),
      inputVideoTokens: asCount(inputDetails.video_tokens),
      outputAudioTokens: asCount(outputDetails.audio_tokens),
      outputImageTokens: outputImageTokens(usage, outputTokens),
      webSearches: beside.webSearches ?? asCount(asRecord(usage.server_tool_use).web_search_requests),
      audioSeconds: audioSeconds(usage),
      toldCostMicroUsd: toldCost(usage),
    },
    readServiceTier(beside.serviceTier),
  );
}

/** Image models part their input by kind and put out pictures, unless they say otherwise (Images API, `usage`). */
function outputImageTokens(usage: UnknownRecord, outputTokens: number): number {
  const details = asRecord(usage.output_tokens_details ?? usage.completion_tokens_details);
  if (typeof details.image_tokens === 'number') {
    return asCount(details.image_tokens);
  }
  const makesImages = typeof asRecord(usage.input_tokens_details).image_tokens === 'number';
  return makesImages && usage.output_tokens_details === undefined ? outputTokens : 0;
}

/** Transcripts of models that are paid by the minute: `{"type": "duration", "seconds": 9}`; Mistral adds seconds to its tokens. */
function audioSeconds(usage: UnknownRecord): number {
  const told = usage.type === 'duration' ? usage.seconds : usage.prompt_audio_seconds;
  return typeof told === 'number' && Number.isFinite(told) && told > 0 ? told : 0;
}

/**
 * What the provider says the call cost, in micro-dollars: xAI's ticks, OpenRouter's `cost` (with the other account's part, where the
 * user's own key with another provider was used), Perplexity's `cost.total_cost`. 0 where none is told.
 */
function toldCost(usage: UnknownRecord): number {
  if (typeof usage.cost_in_usd_ticks === 'number') {
    return asCount(usage.cost_in_usd_ticks / ticksPerMicroUsd);
  }
  if (typeof usage.cost === 'number') {
    const elsewhere = usage.is_byok === true ? asRecord(usage.cost_details).upstream_inference_cost : 0;
    return asCount((usage.cost + (typeof elsewhere === 'number' ? elsewhere : 0)) * microUsdPerUsd);
  }
  const { total_cost: total } = asRecord(usage.cost);
  return typeof total === 'number' ? asCount(total * microUsdPerUsd) : 0;
}

/** Searches among the output items of a response; opening and reading a page costs nothing. */
export function countWebSearches(parts: readonly Fields[], paths: readonly string[]): number {
  for (const part of parts.toReversed()) {
    for (const path of paths) {
      const items = part.get(path);
      if (Array.isArray(items)) {
        return items.filter(isWebSearch).length;
      }
    }
  }
  return 0;
}

function isWebSearch(item: unknown): boolean {
  const { type, status, action } = asRecord(item);
  return type === 'web_search_call' && status !== 'failed' && (asRecord(action).type ?? 'search') === 'search';
}
