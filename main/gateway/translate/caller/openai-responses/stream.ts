import type {
  LanguageModelV3FinishReason,
  LanguageModelV3StreamPart,
  LanguageModelV3Usage,
  SharedV3ProviderMetadata,
} from '@ai-sdk/provider';
import type { JsonRecord } from '../../members.ts';
import { event, type StreamWriter, type WriteContext } from '../caller.ts';
import { callItem, type Item, isCustom, messageItem, reasoningItem, responseOf, textContent } from './items.ts';
import { customInput } from './read-tools.ts';

type Part<T extends LanguageModelV3StreamPart['type']> = Extract<LanguageModelV3StreamPart, { type: T }>;

/** An item that is not whole yet. */
interface OpenItem {
  readonly id: string;
  readonly index: number;
  readonly kind: 'message' | 'reasoning' | 'call';
  /** The tool's name; empty for other kinds. */
  readonly name: string;
  text: string;
  metadata: SharedV3ProviderMetadata;
}

/** Writes the event stream of a response: every item is added, filled and done, and every event has its number. */
export class ResponseStreamWriter implements StreamWriter {
  readonly #context: WriteContext;
  readonly #id: string;
  readonly #open = new Map<string, OpenItem>();
  readonly #output: Item[] = [];
  readonly #written = new Set<string>();
  #items = 0;
  #sequence = 0;
  #model: string;
  #last: { readonly reason: LanguageModelV3FinishReason['unified']; readonly usage: LanguageModelV3Usage } | null =
    null;

  constructor(context: WriteContext) {
    this.#context = context;
    this.#id = `resp_${context.newId()}`;
    this.#model = context.model;
  }

  open(): string {
    const response = this.#response();
    return this.#event('response.created', { response }) + this.#event('response.in_progress', { response });
  }

  part(part: LanguageModelV3StreamPart): string {
    switch (part.type) {
      case 'response-metadata':
        this.#model = part.modelId ?? this.#model;
        return '';
      case 'text-delta':
        return part.delta === '' ? '' : this.#text(part);
      case 'text-end':
        return this.#end(`text ${part.id}`);
      case 'reasoning-start':
        return this.#startThought(part);
      case 'reasoning-delta':
        return this.#thought(part);
      case 'reasoning-end':
        return this.#endThought(part);
      case 'tool-input-start':
        return this.#context.target === 'gemini' ? '' : this.#startCall(part.id, part.toolName);
      case 'tool-input-delta':
        return this.#argumentsOf(part.id, part.delta);
      case 'tool-call':
        return this.#call(part);
      case 'finish':
        this.#last = { reason: part.finishReason.unified, usage: part.usage };
        return '';
      default:
        return '';
    }
  }

  close(): string {
    const ended = [...this.#open.keys()].map((key) => this.#end(key)).join('');
    const incomplete = this.#last?.reason === 'length' || this.#last?.reason === 'content-filter';
    const name = incomplete ? 'response.incomplete' : 'response.completed';
    return ended + this.#event(name, { response: this.#response() });
  }

  fail(message: string): string {
    const error = { code: 'server_error', message };
    return this.#event('response.failed', { response: { ...this.#response(), status: 'failed', error } });
  }

  #text({ id, delta }: Part<'text-delta'>): string {
    const [item, start] = this.#itemFor(`text ${id}`, 'message');
    const place = { item_id: item.id, output_index: item.index, content_index: 0 };
    const added = start === '' ? '' : this.#event('response.content_part.added', { ...place, part: textContent('') });
    item.text += delta;
    return start + added + this.#event('response.output_text.delta', { ...place, delta, logprobs: [] });
  }

  #startThought({ id, providerMetadata }: Part<'reasoning-start'>): string {
    const [item, start] = this.#itemFor(`thought ${id}`, 'reasoning');
    item.metadata = { ...providerMetadata };
    return start;
  }

  #thought({ id, delta, providerMetadata }: Part<'reasoning-delta'>): string {
    const [item, start] = this.#itemFor(`thought ${id}`, 'reasoning');
    item.metadata = { ...item.metadata, ...providerMetadata };
    if (delta === '') {
      return start;
    }
    const place = { item_id: item.id, output_index: item.index, summary_index: 0 };
    const part = { type: 'summary_text', text: '' };
    const added = item.text === '' ? this.#event('response.reasoning_summary_part.added', { ...place, part }) : '';
    item.text += delta;
    return start + added + this.#event('response.reasoning_summary_text.delta', { ...place, delta });
  }

  #endThought({ id, providerMetadata }: Part<'reasoning-end'>): string {
    const item = this.#open.get(`thought ${id}`);
    if (item !== undefined) {
      item.metadata = { ...item.metadata, ...providerMetadata };
    }
    return this.#end(`thought ${id}`);
  }

  #startCall(id: string, name: string, metadata: SharedV3ProviderMetadata = {}): string {
    this.#written.add(id);
    return this.#itemFor(`call ${id}`, 'call', { name, metadata })[1];
  }

  #argumentsOf(id: string, delta: string): string {
    const item = this.#open.get(`call ${id}`);
    if (item === undefined || delta === '') {
      return '';
    }
    item.text += delta;
    return isCustom(item.name, this.#context) ? '' : this.#argumentsDelta(item, delta);
  }

  #argumentsDelta({ id, index }: OpenItem, delta: string): string {
    return this.#event('response.function_call_arguments.delta', { item_id: id, output_index: index, delta });
  }

  #call(part: Part<'tool-call'>): string {
    const key = `call ${part.toolCallId}`;
    if (this.#written.has(part.toolCallId)) {
      const item = this.#open.get(key);
      if (item !== undefined) {
        item.text = part.input;
      }
      return this.#end(key);
    }
    const start = this.#startCall(part.toolCallId, part.toolName, part.providerMetadata);
    return start + this.#argumentsOf(part.toolCallId, part.input) + this.#end(key);
  }

  #itemFor(
    key: string,
    kind: OpenItem['kind'],
    tool: Pick<OpenItem, 'name' | 'metadata'> = { name: '', metadata: {} },
  ): readonly [OpenItem, string] {
    const known = this.#open.get(key);
    if (known !== undefined) {
      return [known, ''];
    }
    const prefix = { message: 'msg', reasoning: 'rs', call: 'fc' }[kind];
    const item: OpenItem = { id: `${prefix}_${this.#context.newId()}`, index: this.#items, kind, text: '', ...tool };
    this.#items += 1;
    this.#open.set(key, item);
    const added = { output_index: item.index, item: this.#itemOf(item, key, false) };
    return [item, this.#event('response.output_item.added', added)];
  }

  #itemOf(item: OpenItem, key: string, done: boolean): Item {
    switch (item.kind) {
      case 'message':
        return messageItem(item.id, item.text, done ? 'completed' : 'in_progress');
      case 'reasoning':
        return reasoningItem(item.id, { text: item.text, metadata: item.metadata, done }, this.#context);
      case 'call': {
        const call = { callId: key.slice('call '.length), name: item.name, input: item.text };
        return callItem(item.id, { ...call, metadata: item.metadata, done }, this.#context);
      }
    }
  }

  #end(key: string): string {
    const item = this.#open.get(key);
    if (item === undefined) {
      return '';
    }
    this.#open.delete(key);
    const whole = this.#itemOf(item, key, true);
    this.#output[item.index] = whole;
    return this.#closing(item) + this.#event('response.output_item.done', { output_index: item.index, item: whole });
  }

  /** The events that close what an item holds. */
  #closing(item: OpenItem): string {
    const { id, index, text } = item;
    const place = { item_id: id, output_index: index };
    if (item.kind === 'message') {
      const at = { ...place, content_index: 0 };
      return (
        this.#event('response.output_text.done', { ...at, text, logprobs: [] }) +
        this.#event('response.content_part.done', { ...at, part: textContent(text) })
      );
    }
    if (item.kind === 'reasoning') {
      const at = { ...place, summary_index: 0 };
      return text === ''
        ? ''
        : this.#event('response.reasoning_summary_text.done', { ...at, text }) +
            this.#event('response.reasoning_summary_part.done', { ...at, part: { type: 'summary_text', text } });
    }
    if (isCustom(item.name, this.#context)) {
      const input = customInput(text);
      return (
        this.#event('response.custom_tool_call_input.delta', { ...place, delta: input }) +
        this.#event('response.custom_tool_call_input.done', { ...place, input })
      );
    }
    return this.#event('response.function_call_arguments.done', { ...place, name: item.name, arguments: text });
  }

  #response(): JsonRecord {
    const { reason = null, usage = null } = this.#last ?? {};
    return responseOf(this.#id, { output: [...this.#output], model: this.#model, reason, usage }, this.#context);
  }

  #event(type: string, data: JsonRecord): string {
    const text = event({ type, sequence_number: this.#sequence, ...data }, type);
    this.#sequence += 1;
    return text;
  }
}
