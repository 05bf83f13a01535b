import type {
  JSONValue,
  LanguageModelV3FilePart,
  LanguageModelV3Message,
  LanguageModelV3TextPart,
  LanguageModelV3ToolResultPart,
} from '@ai-sdk/provider';
import {
  at,
  either,
  isAbsent,
  listOf,
  type Member,
  objectOf,
  optionalText,
  textOf,
  unsupported,
} from '../../members.ts';
import { noted, type PromptPart } from '../../neutral-call.ts';
import { fileFromUrl, filePart } from '../media.ts';
import { toolCallPart } from '../parts.ts';

type UserPart = LanguageModelV3TextPart | LanguageModelV3FilePart;
type AssistantPart = Exclude<PromptPart, LanguageModelV3ToolResultPart>;

/** Calls of this protocol may have no id: results answer them in order, by name. */
class CallIds {
  readonly names = new Map<string, string>();
  readonly #waiting: { readonly id: string; readonly name: string }[] = [];

  /** The id of a call, its own or one made of its name and place. */
  call(name: string, id: string | undefined): string {
    const own = id ?? `${name.replace(/[^A-Za-z0-9_-]/g, '_')}_${this.names.size + 1}`;
    this.#waiting.push({ id: own, name });
    return own;
  }

  /** The id of the call that a result answers; undefined when there is none. */
  answer(name: string, id: string | undefined): string | undefined {
    const index = this.#waiting.findIndex((call) => (id === undefined ? call.name === name : call.id === id));
    return index === -1 ? undefined : this.#waiting.splice(index, 1)[0]?.id;
  }
}

/** Reads the system instruction: a text, a part or a whole content. */
export function readSystemInstruction(member: Member): readonly LanguageModelV3Message[] {
  if (isAbsent(member)) {
    return [];
  }
  const parts = typeof member.value === 'string' ? [] : listOf(at(member, 'parts'));
  const text =
    typeof member.value === 'string'
      ? member.value
      : parts.length === 0
        ? (optionalText(at(member, 'text')) ?? '')
        : parts.map((part) => optionalText(at(part, 'text')) ?? '').join('\n');
  return text === '' ? [] : [{ role: 'system', content: text, ...noted({ member: member.name }) }];
}

/** Reads the turns; a turn with results of functions becomes two messages, the results first. */
export function readContents(member: Member): {
  readonly prompt: LanguageModelV3Message[];
  readonly dropped: readonly string[];
} {
  const ids = new CallIds();
  const dropped: string[] = [];
  const turns = Array.isArray(member.value) ? listOf(member) : [member];
  const prompt = turns.flatMap((turn): LanguageModelV3Message[] => {
    const notes = noted({ member: turn.name });
    const parts = typeof turn.value === 'string' ? [textMember(turn)] : listOf(at(turn, 'parts'));
    if (typeof turn.value !== 'string' && optionalText(at(turn, 'role')) === 'model') {
      return [{ role: 'assistant', content: parts.flatMap((part) => readModelPart(part, { ids, dropped })), ...notes }];
    }
    const isResult = (part: Member) => !isAbsent(either(part, 'functionResponse'));
    const results = parts.filter(isResult).map((part) => readResult(part, ids));
    const content = parts.filter((part) => !isResult(part)).flatMap((part) => readUserPart(part, dropped));
    return [
      ...(results.length === 0 ? [] : [{ role: 'tool' as const, content: results, ...notes }]),
      ...(content.length === 0 ? [] : [{ role: 'user' as const, content, ...notes }]),
    ];
  });
  if (prompt.length === 0) {
    throw unsupported(member, 'must hold at least one turn.');
  }
  return { prompt, dropped };
}

const textMember = (turn: Member): Member => ({ value: { text: turn.value }, name: turn.name });

function readUserPart(part: Member, dropped: string[]): readonly UserPart[] {
  const notes = { member: part.name };
  const inline = either(part, 'inlineData');
  const file = either(part, 'fileData');
  if (!isAbsent(inline)) {
    const mediaType = textOf(either(inline, 'mimeType'));
    return [filePart(textOf(at(inline, 'data')), mediaType, { notes })];
  }
  if (!isAbsent(file)) {
    const uri = either(file, 'fileUri');
    const mediaType = optionalText(either(file, 'mimeType')) ?? 'image/*';
    return [fileFromUrl(uri, textOf(uri), { notes, mediaType })];
  }
  if (isAbsent(at(part, 'text'))) {
    dropped.push(part.name);
    return [];
  }
  const text = textOf(at(part, 'text'));
  return text === '' ? [] : [{ type: 'text', text, ...noted(notes) }];
}

function readModelPart(
  part: Member,
  reading: { readonly ids: CallIds; readonly dropped: string[] },
): readonly AssistantPart[] {
  const call = either(part, 'functionCall');
  if (!isAbsent(call)) {
    const name = textOf(at(call, 'name'));
    const id = reading.ids.call(name, optionalText(at(call, 'id')));
    const sent = { id, name, input: at(call, 'args').value ?? {} };
    return [toolCallPart(sent, { member: part.name }, reading.ids.names)];
  }
  if (objectOf(part).thought === true) {
    const state = readSignature(optionalText(either(part, 'thoughtSignature')));
    const text = optionalText(at(part, 'text')) ?? '';
    return [{ type: 'reasoning', text, ...noted({ member: part.name, state }) }];
  }
  return readUserPart(part, reading.dropped);
}

function readResult(part: Member, ids: CallIds): LanguageModelV3ToolResultPart {
  const response = either(part, 'functionResponse');
  const toolName = textOf(at(response, 'name'));
  const id = ids.answer(toolName, optionalText(at(response, 'id')));
  if (id === undefined) {
    throw unsupported(response, 'answers no function call before it.');
  }
  return {
    type: 'tool-result',
    toolCallId: id,
    toolName,
    output: { type: 'json', value: (at(response, 'response').value ?? {}) as JSONValue },
    ...noted({ member: part.name }),
  };
}

/** State as this protocol carries it: its clients take signatures for base64 and may decode them. */
export function writeSignature(state: string): string {
  return Buffer.from(state).toString('base64');
}

function readSignature(signature: string | undefined): string {
  return signature === undefined ? '' : Buffer.from(signature, 'base64').toString('utf8');
}
