import type { ServiceTier, TokenUsage } from '#shared/model/usage.ts';
import { asCount, asRecord, type DialectFormat, firstString, lastObject, type UnknownRecord } from './fields.ts';
import { readServiceTier, withDetails } from './usage-details.ts';

/** `speed` and `inference_geo` stand beside the tier and change the price as it does. */
function tierOf(usage: UnknownRecord): ServiceTier | null {
  if (usage.speed === 'fast') {
    return 'fast';
  }
  return readServiceTier(usage.service_tier) ?? (usage.inference_geo === 'us' ? 'regional' : null);
}

/** Counts are cumulative, and a closing event may leave some out or send 0: the larger of start and end holds. */
function readUsage(start: UnknownRecord, end: UnknownRecord): TokenUsage {
  const larger = (name: string) => Math.max(asCount(start[name]), asCount(end[name]));
  const longCacheWriteTokens = Math.max(
    ...[start, end].map((usage) => asCount(asRecord(usage.cache_creation).ephemeral_1h_input_tokens)),
  );
  const cachedInputTokens = larger('cache_read_input_tokens');
  const cacheWriteTokens = larger('cache_creation_input_tokens');
  const counted = {
    inputTokens: larger('input_tokens') + cachedInputTokens + cacheWriteTokens,
    cachedInputTokens,
    cacheWriteTokens,
    outputTokens: larger('output_tokens'),
    reasoningTokens: asCount(asRecord(end.output_tokens_details).thinking_tokens),
  };
  const webSearches = Math.max(
    ...[start, end].map((usage) => asCount(asRecord(usage.server_tool_use).web_search_requests)),
  );
  return withDetails(counted, { longCacheWriteTokens, webSearches }, tierOf(start) ?? tierOf(end));
}

/**
 * Anthropic messages. `input_tokens` there leaves cache reads and writes out. A stream tells input in `message_start` and the
 * output so far in `message_delta`, so a stream that was cut still has its input.
 */
export const anthropic: DialectFormat = {
  marks: [
    { text: 'message_start', opensObject: false, keep: 'first' },
    { text: 'message_delta', opensObject: false, keep: 'last' },
  ],
  paths: ['usage', 'model', 'message.usage', 'message.model'],
  usageEndsStream: false,
  read(parts) {
    const start = lastObject(parts, ['message.usage']);
    const end = lastObject(parts, ['usage']);
    const usage = start === null && end === null ? null : readUsage(start ?? {}, end ?? {});
    return { usage, model: firstString(parts, ['message.model', 'model']) };
  },
};
