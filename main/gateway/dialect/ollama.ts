import { asCount, type DialectFormat, firstString } from './fields.ts';

/** Ollama's own API: newline-delimited JSON whose last line has the counts; an embedding has only the prompt's. */
export const ollama: DialectFormat = {
  marks: [
    { text: 'model', opensObject: false, keep: 'first' },
    { text: 'prompt_eval_count', opensObject: false, keep: 'last' },
    { text: 'eval_count', opensObject: false, keep: 'last' },
  ],
  paths: ['model', 'prompt_eval_count', 'eval_count'],
  usageEndsStream: true,
  read(parts) {
    const count = (path: string) => Math.max(0, ...parts.map((part) => asCount(part.get(path))));
    const told = parts.some((part) => part.has('prompt_eval_count') || part.has('eval_count'));
    const usage = {
      inputTokens: count('prompt_eval_count'),
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: count('eval_count'),
      reasoningTokens: 0,
    };
    return { usage: told ? usage : null, model: firstString(parts, ['model']) };
  },
};
