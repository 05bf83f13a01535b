import { type DialectFormat, firstString, lastObject } from './fields.ts';
import { readOpenAiUsage } from './openai-usage.ts';

const usagePaths = ['response.usage', 'usage'];
const modelPaths = ['response.model', 'model'];

/**
 * OpenAI responses, images and audio. A stream tells usage inside the `response` of its closing event (`response.completed`,
 * `.incomplete` or `.failed`), or beside it for images and transcripts.
 */
export const openAiResponses: DialectFormat = {
  marks: [
    { text: 'model', opensObject: false, keep: 'first' },
    { text: 'usage', opensObject: true, keep: 'last' },
  ],
  paths: [...usagePaths, ...modelPaths],
  usageEndsStream: true,
  read(parts) {
    const usage = lastObject(parts, usagePaths);
    return { usage: usage === null ? null : readOpenAiUsage(usage), model: firstString(parts, modelPaths) };
  },
};
