import type {
  LanguageModelV3FinishReason,
  LanguageModelV3GenerateResult,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
} from '@ai-sdk/provider';
import { writeCallId } from '../../carried-state.ts';
import { objectOf } from '../../members.ts';
import { event, type StreamWriter, type WriteContext } from '../caller.ts';

const finishReasons: Readonly<Record<LanguageModelV3FinishReason['unified'], string>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content_filter',
  'tool-calls': 'tool_calls',
  error: 'stop',
  other: 'stop',
};

function usageOf(usage: LanguageModelV3Usage): unknown {
  const input = usage.inputTokens.total ?? 0;
  const output = usage.outputTokens.total ?? 0;
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: usage.inputTokens.cacheRead ?? 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: usage.outputTokens.reasoning ?? 0, audio_tokens: 0 },
  };
}

/** Writes a whole answer as a `chat.completion`. Thoughts go into `reasoning_content`, where many servers put them. */
export function writeChatDocument(result: LanguageModelV3GenerateResult, context: WriteContext): unknown {
  const { content } = result;
  const texts = content.filter((part) => part.type === 'text').map((part) => part.text);
  const thoughts = content.filter((part) => part.type === 'reasoning').map((part) => part.text);
  const calls = content.filter((part) => part.type === 'tool-call');
  return {
    id: `chatcmpl-${context.newId()}`,
    object: 'chat.completion',
    created: Math.floor(context.startedAt / 1_000),
    model: result.response?.modelId ?? context.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: texts.length === 0 ? null : texts.join(''),
          refusal: null,
          ...(thoughts.join('') === '' ? {} : { reasoning_content: thoughts.join('') }),
          ...(calls.length === 0
            ? {}
            : {
                tool_calls: calls.map((call) => ({
                  id: writeCallId(call.toolCallId, call.providerMetadata),
                  type: 'function',
                  function: { name: call.toolName, arguments: call.input },
                })),
              }),
        },
        logprobs: null,
        finish_reason: calls.length > 0 ? 'tool_calls' : finishReasons[result.finishReason.unified],
      },
    ],
    usage: usageOf(result.usage),
  };
}

/**
 * Writes a stream of `chat.completion.chunk`. A tool call whose id must carry a signature is told when it is whole, because the
 * signature comes last; others are told as their arguments come.
 */
export class ChatStreamWriter implements StreamWriter {
  readonly #context: WriteContext;
  readonly #id: string;
  readonly #includeUsage: boolean;
  readonly #indexes = new Map<string, number>();
  #model: string;

  constructor(context: WriteContext) {
    this.#context = context;
    this.#id = `chatcmpl-${context.newId()}`;
    this.#model = context.model;
    const options = objectOf(context.body).stream_options;
    this.#includeUsage =
      typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true;
  }

  open(): string {
    return this.#chunk({ role: 'assistant', content: '', refusal: null });
  }

  part(part: LanguageModelV3StreamPart): string {
    switch (part.type) {
      case 'response-metadata':
        this.#model = part.modelId ?? this.#model;
        return '';
      case 'text-delta':
        return part.delta === '' ? '' : this.#chunk({ content: part.delta });
      case 'reasoning-delta':
        return part.delta === '' ? '' : this.#chunk({ reasoning_content: part.delta });
      case 'tool-input-start':
        return this.#context.target === 'gemini' ? '' : this.#startCall(part.id, part.toolName);
      case 'tool-input-delta':
        return this.#argumentsOf(part.id, part.delta);
      case 'tool-call':
        return this.#indexes.has(part.toolCallId)
          ? ''
          : this.#startCall(writeCallId(part.toolCallId, part.providerMetadata), part.toolName, part.input);
      case 'finish':
        return this.#finish(part.finishReason, part.usage);
      default:
        return '';
    }
  }

  close(): string {
    return 'data: [DONE]\n\n';
  }

  fail(message: string): string {
    return event({ error: { message, type: 'server_error', param: null, code: 'upstream_error' } });
  }

  #startCall(id: string, name: string, input = ''): string {
    const index = this.#indexes.size;
    this.#indexes.set(id, index);
    return this.#chunk({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: input } }] });
  }

  #argumentsOf(id: string, delta: string): string {
    const index = this.#indexes.get(id);
    return index === undefined || delta === ''
      ? ''
      : this.#chunk({ tool_calls: [{ index, function: { arguments: delta } }] });
  }

  #finish(reason: LanguageModelV3FinishReason, usage: LanguageModelV3Usage): string {
    const word = this.#indexes.size > 0 ? 'tool_calls' : finishReasons[reason.unified];
    const last = this.#chunk({}, word);
    return this.#includeUsage ? last + event({ ...this.#head(), choices: [], usage: usageOf(usage) }) : last;
  }

  #chunk(delta: unknown, finishReason: string | null = null): string {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
    return event({ ...this.#head(), choices, ...(this.#includeUsage ? { usage: null } : {}) });
  }

  #head(): Readonly<Record<string, unknown>> {
    const created = Math.floor(this.#context.startedAt / 1_000);
    return { id: this.#id, object: 'chat.completion.chunk', created, model: this.#model };
  }
}
