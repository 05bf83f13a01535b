import type { TokenUsage } from '#shared/model/usage.ts';
import { asCount, asRecord, type DialectFormat, firstString, lastObject, type UnknownRecord } from './fields.ts';
import { readServiceTier, withDetails } from './usage-details.ts';

/** `usageMetadata` of generateContent and of the Live API: the prompt includes cached tokens; candidates leave thoughts out. */
function readMetadata(usage: UnknownRecord): TokenUsage {
  const reasoningTokens = asCount(usage.thoughtsTokenCount);
  const counted = {
    inputTokens: asCount(usage.promptTokenCount) + asCount(usage.toolUsePromptTokenCount),
    cachedInputTokens: asCount(usage.cachedContentTokenCount),
    cacheWriteTokens: 0,
    outputTokens: asCount(usage.candidatesTokenCount ?? usage.responseTokenCount) + reasoningTokens,
    reasoningTokens,
  };
  const input = [usage.promptTokensDetails, usage.toolUsePromptTokensDetails];
  const cached = [usage.cacheTokensDetails];
  const output = [usage.candidatesTokensDetails ?? usage.responseTokensDetails];
  return withDetails(
    counted,
    {
      inputAudioTokens: countOf('AUDIO', input),
      cachedAudioTokens: countOf('AUDIO', cached),
      inputImageTokens: countOf('IMAGE', input) + countOf('DOCUMENT', input),
      cachedImageTokens: countOf('IMAGE', cached) + countOf('DOCUMENT', cached),
      inputVideoTokens: countOf('VIDEO', input),
      outputAudioTokens: countOf('AUDIO', output),
      outputImageTokens: countOf('IMAGE', output),
      outputVideoTokens: countOf('VIDEO', output),
    },
    readServiceTier(usage.serviceTier),
  );
}

/** Tokens of one modality in lists of `ModalityTokenCount`; a kind may stand in several entries. */
function countOf(modality: string, lists: readonly unknown[]): number {
  return lists
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .map(asRecord)
    .filter((entry) => entry.modality === modality)
    .reduce((sum, entry) => sum + asCount(entry.tokenCount), 0);
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
