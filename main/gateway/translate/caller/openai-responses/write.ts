import type { LanguageModelV3GenerateResult } from '@ai-sdk/provider';
import type { WriteContext } from '../caller.ts';
import { callItem, type Item, messageItem, reasoningItem, responseOf } from './items.ts';

/** Writes a whole answer as a `response`. */
export function writeResponse(result: LanguageModelV3GenerateResult, context: WriteContext): unknown {
  const output = result.content.flatMap((part): Item[] => {
    switch (part.type) {
      case 'text':
        return part.text === '' ? [] : [messageItem(`msg_${context.newId()}`, part.text, 'completed')];
      case 'reasoning': {
        const thought = { text: part.text, metadata: part.providerMetadata, done: true };
        return [reasoningItem(`rs_${context.newId()}`, thought, context)];
      }
      case 'tool-call': {
        const { toolCallId, toolName, input, providerMetadata } = part;
        const call = { callId: toolCallId, name: toolName, input, metadata: providerMetadata, done: true };
        return [callItem(`fc_${context.newId()}`, call, context)];
      }
      default:
        return [];
    }
  });
  return responseOf(
    `resp_${context.newId()}`,
    {
      output,
      model: result.response?.modelId ?? context.model,
      reason: result.finishReason.unified,
      usage: result.usage,
    },
    context,
  );
}
