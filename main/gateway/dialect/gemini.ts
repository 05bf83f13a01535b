import type { TokenUsage } from '#shared/model/usage.ts';
import { asCount, type DialectFormat, firstString, lastObject, type UnknownRecord } from './fields.ts';

/** `usageMetadata` of generateContent: the prompt includes cached tokens; candidates leave thoughts out. */
function readMetadata(usage: UnknownRecord): TokenUsage {
  const reasoningTokens = asCount(usage.thoughtsTokenCount);
  return {
    inputTokens: asCount(usage.promptTokenCount) + asCount(usage.toolUsePromptTokenCount),
    cachedInputTokens: asCount(usage.cachedContentTokenCount),
    cacheWriteTokens: 0,
    outputTokens: asCount(usage.candidatesTokenCount) + reasoningTokens,
    reasoningTokens,
  };
}

/** `usage` of interactions: the output leaves thoughts out. */
function readInteraction(usage: UnknownRecord): TokenUsage {
  const reasoningTokens = asCount(usage.total_thought_tokens);
  return {
    inputTokens: asCount(usage.total_input_tokens) + asCount(usage.total_tool_use_tokens),
    cachedInputTokens: asCount(usage.total_cached_tokens),
    cacheWriteTokens: 0,
    outputTokens: asCount(usage.total_output_tokens) + reasoningTokens,
    reasoningTokens,
  };
}

/** Gemini. Every chunk of a stream has the counts so far, the last one wins. Without `alt=sse` a stream is one JSON array. */
export const gemini: DialectFormat = {
  marks: [
    { text: 'modelVersion', opensObject: false, keep: 'first' },
    { text: 'usageMetadata', opensObject: true, keep: 'last' },
    { text: 'usage', opensObject: true, keep: 'last' },
  ],
  paths: ['usageMetadata', 'modelVersion', 'usage', 'model', 'interaction.usage', 'interaction.model'],
  usageEndsStream: false,
  read(parts) {
    const metadata = lastObject(parts, ['usageMetadata']);
    const interaction = lastObject(parts, ['interaction.usage', 'usage']);
    const model = firstString(parts, ['modelVersion', 'interaction.model', 'model']);
    if (metadata !== null) {
      return { usage: readMetadata(metadata), model };
    }
    return { usage: interaction === null ? null : readInteraction(interaction), model };
  },
};
