import { type DialectFormat, firstString, lastObject, lastString } from './fields.ts';
import { countWebSearches, readOpenAiUsage } from './openai-usage.ts';

const usagePaths = ['response.usage', 'usage'];
const modelPaths = ['response.model', 'model'];
const outputPaths = ['response.output', 'output'];
const tierPaths = ['response.service_tier', 'service_tier'];

/**
 * OpenAI responses, images and audio. A stream tells usage inside the `response` of its closing event (`response.completed`,
 * `.incomplete` or `.failed`), or beside it for images and transcripts.
 */
export const openAiResponses: DialectFormat = {
  marks: [
    { text: 'model', opensObject: false, keep: 'first' },
    { text: 'usage', opensObject: true, keep: 'last' },
  ],
  paths: [...usagePaths, ...modelPaths, ...outputPaths, ...tierPaths],
  usageEndsStream: true,
  read(parts) {
    const usage = lastObject(parts, usagePaths);
    const model = firstString(parts, modelPaths);
    if (usage === null) {
      return { usage: null, model };
    }
    const serviceTier = lastString(parts, tierPaths);
    return { usage: readOpenAiUsage(usage, { serviceTier, webSearches: countWebSearches(parts, outputPaths) }), model };
  },
};
