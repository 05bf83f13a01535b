import type {
  LanguageModelV3FinishReason,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
  SharedV3ProviderMetadata,
} from '@ai-sdk/provider';
import { writeCallId } from '../../carried-state.ts';
import { event, type StreamWriter, type WriteContext } from '../caller.ts';
import { anthropicUsage, signatureOf, stopReasonOf } from './write.ts';

type Part<T extends LanguageModelV3StreamPart['type']> = Extract<LanguageModelV3StreamPart, { type: T }>;

/** Where the parts of one open block come from. */
interface OpenBlock {
  readonly kind: 'text' | 'thinking' | 'tool_use';
  readonly id: string;
}

/**
 * Writes Anthropic's event stream: blocks one after the other, each with its index. Parts of parallel tool calls may come mixed,
 * which this protocol has no form for; then what belongs elsewhere waits until the open call is whole.
 */
export class MessageStreamWriter implements StreamWriter {
  readonly #context: WriteContext;
  readonly #written = new Set<string>();
  /** Metadata of thoughts that have said nothing yet. */
  readonly #silent = new Map<string, SharedV3ProviderMetadata | undefined>();
  #waiting: LanguageModelV3StreamPart[] = [];
  #model: string;
  #begun = false;
  #block: OpenBlock | null = null;
  #index = 0;
  #hasCalls = false;

  constructor(context: WriteContext) {
    this.#context = context;
    this.#model = context.model;
  }

  open(): string {
    return '';
  }

  part(part: LanguageModelV3StreamPart): string {
    if (this.#block?.kind === 'tool_use' && part.type !== 'finish' && idOf(part) !== this.#block.id) {
      this.#waiting.push(part);
      return '';
    }
    return this.#write(part);
  }

  #write(part: LanguageModelV3StreamPart): string {
    switch (part.type) {
      case 'response-metadata':
        this.#model = part.modelId ?? this.#model;
        return '';
      case 'text-delta':
        return part.delta === '' ? '' : this.#text(part);
      case 'reasoning-start':
        this.#silent.set(part.id, part.providerMetadata);
        return '';
      case 'reasoning-delta':
        return this.#thought(part);
      case 'reasoning-end':
        return this.#endThought(part);
      case 'tool-input-start':
        return this.#startInput(part);
      case 'tool-input-delta':
        return this.#isOpen('tool_use', part.id) && part.delta !== ''
          ? this.#delta({ type: 'input_json_delta', partial_json: part.delta })
          : '';
      case 'tool-call':
        return this.#call(part);
      case 'finish':
        return this.#finish(part.finishReason, part.usage);
      default:
        return '';
    }
  }

  close(): string {
    return event({ type: 'message_stop' }, 'message_stop');
  }

  fail(message: string): string {
    return event({ type: 'error', error: { type: 'api_error', message } }, 'error');
  }

  #text({ id, delta }: Part<'text-delta'>): string {
    const start = this.#isOpen('text', id)
      ? ''
      : this.#start({ kind: 'text', id }, { type: 'text', text: '', citations: null });
    return start + this.#delta({ type: 'text_delta', text: delta });
  }

  #thought({ id, delta, providerMetadata }: Part<'reasoning-delta'>): string {
    if (delta === '') {
      this.#silent.set(id, { ...this.#silent.get(id), ...providerMetadata });
      return '';
    }
    const start = this.#isOpen('thinking', id)
      ? ''
      : this.#start({ kind: 'thinking', id }, { type: 'thinking', thinking: '', signature: '' });
    return start + this.#delta({ type: 'thinking_delta', thinking: delta });
  }

  #endThought({ id, providerMetadata }: Part<'reasoning-end'>): string {
    const metadata = { ...this.#silent.get(id), ...providerMetadata };
    this.#silent.delete(id);
    const signature = signatureOf(this.#context, metadata);
    if (this.#isOpen('thinking', id)) {
      return this.#delta({ type: 'signature_delta', signature }) + this.#end();
    }
    const data = Object.keys(metadata).length === 0 ? null : signature;
    return data === null
      ? ''
      : this.#start({ kind: 'thinking', id }, { type: 'redacted_thinking', data }) + this.#end();
  }

  #startInput({ id, toolName }: Part<'tool-input-start'>): string {
    if (this.#context.target === 'gemini') {
      return '';
    }
    this.#written.add(id);
    return this.#startCall(id, toolName);
  }

  #call(part: Part<'tool-call'>): string {
    if (this.#written.has(part.toolCallId)) {
      return this.#end() + this.#resume();
    }
    const start = this.#startCall(writeCallId(part.toolCallId, part.providerMetadata), part.toolName);
    return start + this.#delta({ type: 'input_json_delta', partial_json: part.input }) + this.#end();
  }

  /** Writes what waited for the end of a call. */
  #resume(): string {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting.map((part) => this.part(part)).join('');
  }

  #startCall(id: string, name: string): string {
    this.#hasCalls = true;
    return this.#start({ kind: 'tool_use', id }, { type: 'tool_use', id, name, input: {} });
  }

  #finish(reason: LanguageModelV3FinishReason, usage: LanguageModelV3Usage): string {
    let before = this.#begin() + this.#end();
    while (this.#waiting.length > 0) {
      before += this.#resume() + this.#end();
    }
    const delta = { stop_reason: stopReasonOf(reason, this.#hasCalls), stop_sequence: null };
    return before + event({ type: 'message_delta', delta, usage: anthropicUsage(usage) }, 'message_delta');
  }

  #isOpen(kind: OpenBlock['kind'], id: string): boolean {
    return this.#block?.kind === kind && this.#block.id === id;
  }

  #begin(): string {
    if (this.#begun) {
      return '';
    }
    this.#begun = true;
    const usage = { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 };
    const message = {
      ...{ id: `msg_${this.#context.newId()}`, type: 'message', role: 'assistant', model: this.#model },
      ...{ content: [], stop_reason: null, stop_sequence: null, usage },
    };
    return event({ type: 'message_start', message }, 'message_start');
  }

  #start(block: OpenBlock, content: unknown): string {
    const before = this.#begin() + this.#end();
    this.#block = block;
    const start = { type: 'content_block_start', index: this.#index, content_block: content };
    return before + event(start, 'content_block_start');
  }

  #delta(delta: unknown): string {
    return event({ type: 'content_block_delta', index: this.#index, delta }, 'content_block_delta');
  }

  #end(): string {
    if (this.#block === null) {
      return '';
    }
    this.#block = null;
    const stop = event({ type: 'content_block_stop', index: this.#index }, 'content_block_stop');
    this.#index += 1;
    return stop;
  }
}

function idOf(part: LanguageModelV3StreamPart): string | null {
  if (part.type === 'tool-call') {
    return part.toolCallId;
  }
  return 'id' in part ? (part.id ?? null) : null;
}
