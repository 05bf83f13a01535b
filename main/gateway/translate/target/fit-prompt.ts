import type {
  LanguageModelV3FilePart,
  LanguageModelV3Message,
  LanguageModelV3ReasoningPart,
  LanguageModelV3ToolResultPart,
} from '@ai-sdk/provider';
import { TollkeeperError } from '#shared/model/error.ts';
import type { DialectId } from '#shared/model/provider.ts';
import { readState } from '../carried-state.ts';
import { notesOf, type PromptPart } from '../neutral-call.ts';
import type { TargetProtocol } from './target.ts';

/** A prompt that a target takes, and what had to be left out of it. */
export interface FittedPrompt {
  readonly prompt: LanguageModelV3Message[];
  readonly dropped: readonly string[];
}

type Message<R extends LanguageModelV3Message['role']> = Extract<LanguageModelV3Message, { role: R }>;

type AssistantContent = Message<'assistant'>['content'];

/** Fits a prompt to one target: what its protocol has no place for is moved where it fits, or left out and named. */
export class PromptFitter {
  readonly #dialect: DialectId;
  readonly #target: TargetProtocol;
  readonly #dropped: string[] = [];
  #lastUser = -1;

  constructor(dialect: DialectId, target: TargetProtocol) {
    this.#dialect = dialect;
    this.#target = target;
  }

  fit(prompt: readonly LanguageModelV3Message[]): FittedPrompt {
    this.#lastUser = prompt.findLastIndex((message) => message.role === 'user');
    const begun = prompt.findIndex((message) => message.role !== 'system');
    const fitted = prompt.flatMap((message, index) =>
      this.#fitMessage(message, { index, late: begun !== -1 && index > begun }),
    );
    return { prompt: fitted, dropped: this.#dropped };
  }

  #fitMessage(
    message: LanguageModelV3Message,
    place: { readonly index: number; readonly late: boolean },
  ): LanguageModelV3Message[] {
    switch (message.role) {
      case 'system':
        return [this.#fitSystem(message, place.late)];
      case 'user':
        return [{ ...message, content: message.content.map((part) => this.#fitPart(part)) }];
      case 'assistant':
        return this.#fitAssistant(message, place.index);
      case 'tool':
        return this.#fitResults(message);
    }
  }

  /** Instructions in the middle become words of the user where the protocol takes none there. */
  #fitSystem(message: Message<'system'>, late: boolean): LanguageModelV3Message {
    const marked = this.#mark(message);
    if (!late || this.#target.carries.lateInstructions) {
      return marked;
    }
    this.#dropped.push(`${notesOf(message).member}.role`);
    return { role: 'user', content: [{ type: 'text', text: message.content }] };
  }

  #fitPart<T extends PromptPart>(part: T): T {
    if (part.type === 'file') {
      this.#checkFile(part);
    }
    return this.#mark(part);
  }

  /** The upstream fetches files by itself or not at all: the gateway opens no address that a caller names. */
  #checkFile(part: LanguageModelV3FilePart): void {
    if (part.data instanceof URL && !this.#target.fetches(part.mediaType, part.data)) {
      const { member } = notesOf(part);
      throw new TollkeeperError(
        'invalid_request',
        `\`${member}\` names an address that this provider does not fetch. Send the file itself, as base64.`,
        { details: { member } },
      );
    }
  }

  #mark<T extends PromptPart | Message<'system'>>(part: T): T {
    const { member, cached, detail } = notesOf(part);
    const options = { ...part.providerOptions };
    if (cached !== undefined && this.#target.carries.cacheMarks) {
      const cacheControl = { type: 'ephemeral', ...(cached.ttl === null ? {} : { ttl: cached.ttl }) };
      options[this.#target.key] = { ...options[this.#target.key], cacheControl };
    } else if (cached !== undefined) {
      this.#dropped.push(`${member}.cache_control`);
    }
    if (detail !== undefined && this.#target.carries.detail) {
      options[this.#target.key] = { ...options[this.#target.key], imageDetail: detail.value };
    } else if (detail !== undefined) {
      this.#dropped.push(detail.member);
    }
    return { ...part, providerOptions: options };
  }

  #fitAssistant(message: Message<'assistant'>, index: number): LanguageModelV3Message[] {
    const content = message.content.flatMap((part): AssistantContent => {
      if (part.type === 'reasoning') {
        return this.#fitThought(part, index);
      }
      if (part.type === 'tool-call' && this.#dialect !== 'gemini') {
        const { google: _signature, ...options } = part.providerOptions ?? {};
        return [this.#fitPart({ ...part, providerOptions: options })];
      }
      return [this.#fitPart(part)];
    });
    return content.length === 0 ? [] : [{ ...message, content }];
  }

  /** Thoughts go back only to the protocol that had them, with the state it gave; a signature of another is worth nothing there. */
  #fitThought(part: LanguageModelV3ReasoningPart, index: number): LanguageModelV3ReasoningPart[] {
    const { state, member } = notesOf(part);
    const carried = readState(state);
    const thisTurn = this.#target.carries.thoughts === 'with-state' || index > this.#lastUser;
    if (carried?.dialect === this.#dialect && thisTurn) {
      return [{ ...part, providerOptions: { ...part.providerOptions, ...carried.metadata } }];
    }
    this.#dropped.push(member);
    return [];
  }

  /** Where a tool's result is a text, its pictures follow as words of the user. */
  #fitResults(message: Message<'tool'>): LanguageModelV3Message[] {
    const files: LanguageModelV3FilePart[] = [];
    const content = message.content.map((part) => {
      if (part.type !== 'tool-result') {
        return part;
      }
      const { member, failed } = notesOf(part);
      if (failed === true && !this.#target.carries.failedResults) {
        this.#dropped.push(`${member}.is_error`);
      }
      const marked = this.#mark(part);
      return this.#target.carries.richResults ? marked : flatten(marked, files);
    });
    const results: LanguageModelV3Message = { ...message, content };
    return files.length === 0 ? [results] : [results, { role: 'user', content: files }];
  }
}

function flatten(part: LanguageModelV3ToolResultPart, files: LanguageModelV3FilePart[]): LanguageModelV3ToolResultPart {
  if (part.output.type !== 'content') {
    return part;
  }
  const texts: string[] = [];
  for (const piece of part.output.value) {
    if (piece.type === 'text') {
      texts.push(piece.text);
    } else if (piece.type === 'image-data' || piece.type === 'file-data') {
      files.push({ type: 'file', data: piece.data, mediaType: piece.mediaType });
    } else if (piece.type === 'image-url') {
      files.push({ type: 'file', data: new URL(piece.url), mediaType: 'image/*' });
    }
  }
  if (texts.length === 0) {
    texts.push('The result follows.');
  }
  return { ...part, output: { type: 'text', value: texts.join('\n') } };
}
