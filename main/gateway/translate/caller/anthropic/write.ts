import type {
  LanguageModelV3FinishReason,
  LanguageModelV3GenerateResult,
  LanguageModelV3Usage,
  SharedV3ProviderMetadata,
} from '@ai-sdk/provider';
import { writeCallId, writeState } from '../../carried-state.ts';
import { parseLoosely } from '../../members.ts';
import type { WriteContext } from '../caller.ts';

/** Anthropic's word for why an answer ended. */
export function stopReasonOf(reason: LanguageModelV3FinishReason, hasCalls: boolean): string {
  if (hasCalls) {
    return 'tool_use';
  }
  switch (reason.unified) {
    case 'length':
      return 'max_tokens';
    case 'content-filter':
      return 'refusal';
    default:
      return 'end_turn';
  }
}

/** Usage in Anthropic's counting, where `input_tokens` leaves cached ones out. */
export function anthropicUsage(usage: LanguageModelV3Usage): Readonly<Record<string, unknown>> {
  const { total = 0, noCache, cacheRead = 0, cacheWrite = 0 } = usage.inputTokens;
  const thinking = usage.outputTokens.reasoning;
  return {
    input_tokens: noCache ?? Math.max(0, total - cacheRead - cacheWrite),
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    output_tokens: usage.outputTokens.total ?? 0,
    ...(thinking === undefined ? {} : { output_tokens_details: { thinking_tokens: thinking } }),
  };
}

/** The signature of thoughts: the provider's state, in a form that this caller's protocol hands back. */
export function signatureOf(context: WriteContext, metadata: SharedV3ProviderMetadata | undefined): string {
  return writeState({ dialect: context.target, metadata: metadata ?? {} });
}

/** Writes a whole answer as a `message`. Thoughts without words become `redacted_thinking`, so that their state comes back. */
export function writeMessage(result: LanguageModelV3GenerateResult, context: WriteContext): unknown {
  const content = result.content.flatMap((part): unknown[] => {
    switch (part.type) {
      case 'text':
        return part.text === '' ? [] : [{ type: 'text', text: part.text, citations: null }];
      case 'reasoning': {
        const signature = signatureOf(context, part.providerMetadata);
        return part.text === ''
          ? [{ type: 'redacted_thinking', data: signature }]
          : [{ type: 'thinking', thinking: part.text, signature }];
      }
      case 'tool-call': {
        const id = writeCallId(part.toolCallId, part.providerMetadata);
        return [{ type: 'tool_use', id, name: part.toolName, input: parseLoosely(part.input) }];
      }
      default:
        return [];
    }
  });
  const hasCalls = result.content.some((part) => part.type === 'tool-call');
  return {
    id: `msg_${context.newId()}`,
    type: 'message',
    role: 'assistant',
    model: result.response?.modelId ?? context.model,
    content,
    stop_reason: stopReasonOf(result.finishReason, hasCalls),
    stop_sequence: null,
    usage: anthropicUsage(result.usage),
  };
}
