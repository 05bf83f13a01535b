import { type DialectFormat, firstString, lastObject, lastString } from './fields.ts';
import { readOpenAiUsage } from './openai-usage.ts';

const usagePaths = ['usage', 'x_groq.usage', 'meta.usage'];

/**
 * OpenAI chat completions, completions and embeddings, and every server that speaks them. A stream tells usage in its last chunk
 * when the caller set `stream_options.include_usage` (some servers always do), else not at all.
 */
export const openAiChat: DialectFormat = {
  marks: [
    { text: 'model', opensObject: false, keep: 'first' },
    { text: 'usage', opensObject: true, keep: 'last' },
  ],
  paths: ['model', 'service_tier', ...usagePaths],
  usageEndsStream: false,
  read(parts) {
    const usage = lastObject(parts, usagePaths);
    const serviceTier = lastString(parts, ['service_tier']);
    return {
      usage: usage === null ? null : readOpenAiUsage(usage, { serviceTier }),
      model: firstString(parts, ['model']),
    };
  },
};
