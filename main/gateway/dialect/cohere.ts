import { asRecord, type DialectFormat, firstCount, lastObject } from './fields.ts';

const usagePaths = ['usage', 'meta', 'delta.usage', 'response.meta'];

/** Cohere, versions 1 and 2. The billed units are what is paid for; the model is not told. */
export const cohere: DialectFormat = {
  marks: [{ text: 'billed_units', opensObject: true, keep: 'last' }],
  paths: usagePaths,
  usageEndsStream: true,
  read(parts) {
    const usage = lastObject(parts, usagePaths);
    if (usage === null) {
      return { usage: null, model: null };
    }
    const billed = asRecord(usage.billed_units);
    const tokens = asRecord(usage.tokens);
    return {
      usage: {
        inputTokens: firstCount(billed.input_tokens, tokens.input_tokens),
        cachedInputTokens: firstCount(usage.cached_tokens),
        cacheWriteTokens: 0,
        outputTokens: firstCount(billed.output_tokens, tokens.output_tokens),
        reasoningTokens: 0,
      },
      model: null,
    };
  },
};
