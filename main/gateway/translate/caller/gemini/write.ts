import type {
  LanguageModelV3FinishReason,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
  SharedV3ProviderMetadata,
} from '@ai-sdk/provider';
import { writeState } from '../../carried-state.ts';
import { type JsonRecord, parseLoosely } from '../../members.ts';
import { event, type StreamWriter, type WriteContext } from '../caller.ts';
import { writeSignature } from './read-contents.ts';

const finishReasons: Readonly<Record<LanguageModelV3FinishReason['unified'], string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  'content-filter': 'SAFETY',
  'tool-calls': 'STOP',
  error: 'OTHER',
  other: 'STOP',
};

function usageOf(usage: LanguageModelV3Usage): JsonRecord {
  const input = usage.inputTokens.total ?? 0;
  const output = usage.outputTokens.total ?? 0;
  const thoughts = usage.outputTokens.reasoning ?? 0;
  const cached = usage.inputTokens.cacheRead ?? 0;
  return {
    promptTokenCount: input,
    candidatesTokenCount: output - thoughts,
    totalTokenCount: input + output,
    ...(thoughts > 0 ? { thoughtsTokenCount: thoughts } : {}),
    ...(cached > 0 ? { cachedContentTokenCount: cached } : {}),
  };
}

function signature(context: WriteContext, metadata: SharedV3ProviderMetadata | undefined): JsonRecord {
  return { thoughtSignature: writeSignature(writeState({ dialect: context.target, metadata: metadata ?? {} })) };
}

function callPart(call: {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input: string;
}): JsonRecord {
  return { functionCall: { id: call.toolCallId, name: call.toolName, args: parseLoosely(call.input) } };
}

/** One answer, or one piece of it. */
function answer(
  parts: readonly JsonRecord[],
  ending: { readonly reason: LanguageModelV3FinishReason; readonly usage: LanguageModelV3Usage } | null,
  about: { readonly model: string; readonly id: string },
): JsonRecord {
  return {
    candidates: [
      {
        content: { parts, role: 'model' },
        ...(ending === null ? {} : { finishReason: finishReasons[ending.reason.unified] }),
        index: 0,
      },
    ],
    ...(ending === null ? {} : { usageMetadata: usageOf(ending.usage) }),
    modelVersion: about.model,
    responseId: about.id,
  };
}

/** Writes a whole answer as a GenerateContentResponse. */
export function writeGenerated(result: LanguageModelV3GenerateResult, context: WriteContext): unknown {
  const parts = result.content.flatMap((part): JsonRecord[] => {
    switch (part.type) {
      case 'text':
        return part.text === '' ? [] : [{ text: part.text }];
      case 'reasoning':
        return [{ text: part.text, thought: true, ...signature(context, part.providerMetadata) }];
      case 'tool-call':
        return [callPart(part)];
      case 'file':
        return typeof part.data === 'string' ? [{ inlineData: { mimeType: part.mediaType, data: part.data } }] : [];
      default:
        return [];
    }
  });
  const about = { model: result.response?.modelId ?? context.model, id: context.newId() };
  return answer(parts, { reason: result.finishReason, usage: result.usage }, about);
}

/** Writes a stream of answers, as events or as one JSON array; calls come whole, as this protocol has them. */
export class GeneratedStreamWriter implements StreamWriter {
  readonly #context: WriteContext;
  readonly #id: string;
  readonly #thoughts = new Map<string, SharedV3ProviderMetadata>();
  #model: string;
  #isFirst = true;

  constructor(context: WriteContext) {
    this.#context = context;
    this.#id = context.newId();
    this.#model = context.model;
  }

  open(): string {
    return this.#context.asArray ? '[' : '';
  }

  part(part: LanguageModelV3StreamPart): string {
    switch (part.type) {
      case 'response-metadata':
        this.#model = part.modelId ?? this.#model;
        return '';
      case 'text-delta':
        return part.delta === '' ? '' : this.#piece([{ text: part.delta }]);
      case 'reasoning-start':
        this.#thoughts.set(part.id, { ...part.providerMetadata });
        return '';
      case 'reasoning-delta':
        this.#thoughts.set(part.id, { ...this.#thoughts.get(part.id), ...part.providerMetadata });
        return part.delta === '' ? '' : this.#piece([{ text: part.delta, thought: true }]);
      case 'reasoning-end': {
        const metadata = { ...this.#thoughts.get(part.id), ...part.providerMetadata };
        this.#thoughts.delete(part.id);
        return this.#piece([{ text: '', thought: true, ...signature(this.#context, metadata) }]);
      }
      case 'tool-call':
        return this.#piece([callPart(part)]);
      case 'finish':
        return this.#piece([], { reason: part.finishReason, usage: part.usage });
      default:
        return '';
    }
  }

  close(): string {
    return this.#context.asArray ? ']' : '';
  }

  fail(message: string): string {
    const text = this.#frame({ error: { code: 502, message, status: 'UNAVAILABLE' } });
    return this.#context.asArray ? `${text}]` : text;
  }

  #piece(parts: readonly JsonRecord[], ending: Parameters<typeof answer>[1] = null): string {
    return this.#frame(answer(parts, ending, { model: this.#model, id: this.#id }));
  }

  #frame(value: JsonRecord): string {
    const separator = this.#isFirst ? '' : ',\n';
    this.#isFirst = false;
    return this.#context.asArray ? separator + JSON.stringify(value) : event(value);
  }
}
