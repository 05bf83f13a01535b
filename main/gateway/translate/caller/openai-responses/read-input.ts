import type {
  LanguageModelV3FilePart,
  LanguageModelV3Message,
  LanguageModelV3TextPart,
  LanguageModelV3ToolCallPart,
  LanguageModelV3ToolResultPart,
} from '@ai-sdk/provider';
import { readCallId } from '../../carried-state.ts';
import { at, isAbsent, listOf, type Member, optionalText, parseLoosely, textOf, unsupported } from '../../members.ts';
import { noted } from '../../neutral-call.ts';
import { detailNotes, fileFromUrl, filePart, typeByName } from '../media.ts';
import { toolCallPart, toolOutput } from '../parts.ts';
import { customArgument } from './read-tools.ts';

type UserPart = LanguageModelV3TextPart | LanguageModelV3FilePart;

/** What a reading of items gathers on its way. */
interface Reading {
  readonly toolNames: Map<string, string>;
  readonly dropped: string[];
}

/** Reads the input and the instructions; what one turn of the model said in several items becomes one message. */
export function readInput(
  member: Member,
  instructions: string | undefined,
): { readonly prompt: LanguageModelV3Message[]; readonly dropped: readonly string[] } {
  const reading: Reading = { toolNames: new Map(), dropped: [] };
  const first: LanguageModelV3Message[] =
    instructions === undefined || instructions === ''
      ? []
      : [{ role: 'system', content: instructions, ...noted({ member: 'instructions' }) }];
  if (typeof member.value === 'string') {
    const text: LanguageModelV3TextPart = { type: 'text', text: member.value, ...noted({ member: member.name }) };
    return { prompt: [...first, { role: 'user', content: [text], ...noted({ member: member.name }) }], dropped: [] };
  }
  const items = listOf(member);
  if (items.length === 0) {
    throw unsupported(member, 'must hold a text or at least one item.');
  }
  const messages = items.flatMap((item) => readItem(item, reading));
  return { prompt: [...first, ...merged(messages)], dropped: reading.dropped };
}

/** Joins neighbours: the calls and thoughts of one turn, and the results of its tools. */
function merged(messages: readonly LanguageModelV3Message[]): readonly LanguageModelV3Message[] {
  const joined: LanguageModelV3Message[] = [];
  for (const message of messages) {
    const last = joined.at(-1);
    if (last?.role === 'assistant' && message.role === 'assistant') {
      joined[joined.length - 1] = { ...last, content: [...last.content, ...message.content] };
    } else if (last?.role === 'tool' && message.role === 'tool') {
      joined[joined.length - 1] = { ...last, content: [...last.content, ...message.content] };
    } else {
      joined.push(message);
    }
  }
  return joined;
}

function readItem(item: Member, reading: Reading): LanguageModelV3Message[] {
  const notes = noted({ member: item.name });
  switch (optionalText(at(item, 'type')) ?? 'message') {
    case 'message':
      return [readMessage(item)];
    case 'reasoning': {
      const state = optionalText(at(item, 'encrypted_content')) ?? '';
      const words = [...listOf(at(item, 'summary')), ...listOf(at(item, 'content'))];
      const text = words.map((part) => textOf(at(part, 'text'))).join('\n\n');
      const thought = { type: 'reasoning', text, ...noted({ member: item.name, state }) } as const;
      return [{ role: 'assistant', content: [thought], ...notes }];
    }
    case 'function_call':
      return [{ role: 'assistant', content: [readCall(item, parseLoosely(textOf(at(item, 'arguments'))), reading)] }];
    case 'custom_tool_call':
      return [
        { role: 'assistant', content: [readCall(item, { [customArgument]: textOf(at(item, 'input')) }, reading)] },
      ];
    case 'function_call_output':
    case 'custom_tool_call_output':
      return [{ role: 'tool', content: [readResult(item, reading)], ...notes }];
    case 'item_reference':
      throw unsupported(item, 'is kept at OpenAI and unknown to this provider. Send the item itself.');
    default:
      reading.dropped.push(item.name);
      return [];
  }
}

function readMessage(item: Member): LanguageModelV3Message {
  const notes = noted({ member: item.name });
  const content = at(item, 'content');
  const parts: readonly UserPart[] =
    typeof content.value === 'string'
      ? [{ type: 'text', text: content.value, ...noted({ member: content.name }) }]
      : listOf(content).map(readPart);
  const role = textOf(at(item, 'role'));
  switch (role) {
    case 'user':
      return { role, content: [...parts], ...notes };
    case 'assistant':
      return { role, content: parts.filter((part) => part.type !== 'text' || part.text !== ''), ...notes };
    case 'system':
    case 'developer':
      return { role: 'system', content: parts.map((part) => textIn(part, item)).join('\n'), ...notes };
    default:
      throw unsupported(at(item, 'role'), 'must be `user`, `assistant`, `system` or `developer`.');
  }
}

function textIn(part: UserPart, item: Member): string {
  if (part.type !== 'text') {
    throw unsupported(at(item, 'content'), 'must be text here.');
  }
  return part.text;
}

function readPart(part: Member): UserPart {
  const notes = { member: part.name };
  const type = textOf(at(part, 'type'));
  switch (type) {
    case 'input_text':
    case 'output_text':
      return { type: 'text', text: textOf(at(part, 'text')), ...noted(notes) };
    case 'refusal':
      return { type: 'text', text: textOf(at(part, 'refusal')), ...noted(notes) };
    case 'input_image':
    case 'input_file':
      return type === 'input_image' ? readImage(part) : readFile(part);
    default:
      throw unsupported(at(part, 'type'), 'can’t be translated for this provider.');
  }
}

function refuseFileId(part: Member): void {
  if (!isAbsent(at(part, 'file_id'))) {
    throw unsupported(at(part, 'file_id'), 'lies at another provider. Send the file itself.');
  }
}

function readImage(part: Member): LanguageModelV3FilePart {
  refuseFileId(part);
  const url = at(part, 'image_url');
  const notes = { member: part.name, ...detailNotes(at(part, 'detail')) };
  return fileFromUrl(url, textOf(url), { notes, mediaType: 'image/*' });
}

function readFile(part: Member): LanguageModelV3FilePart {
  refuseFileId(part);
  const notes = { member: part.name };
  const filename = optionalText(at(part, 'filename'));
  const mediaType = typeByName(filename ?? '') ?? 'application/pdf';
  const address = at(part, 'file_url');
  if (!isAbsent(address)) {
    return fileFromUrl(address, textOf(address), { notes, mediaType, filename });
  }
  const data = textOf(at(part, 'file_data'));
  return data.startsWith('data:')
    ? fileFromUrl(at(part, 'file_data'), data, { notes, mediaType, filename })
    : filePart(data, mediaType, { notes, filename });
}

function readCall(item: Member, input: unknown, reading: Reading): LanguageModelV3ToolCallPart {
  const call = { id: textOf(at(item, 'call_id')), name: textOf(at(item, 'name')), input };
  return toolCallPart(call, { member: item.name }, reading.toolNames);
}

function readResult(item: Member, reading: Reading): LanguageModelV3ToolResultPart {
  const { id } = readCallId(textOf(at(item, 'call_id')));
  const toolName = reading.toolNames.get(id);
  if (toolName === undefined) {
    throw unsupported(at(item, 'call_id'), 'answers no tool call before it.');
  }
  const output = at(item, 'output');
  return {
    type: 'tool-result',
    toolCallId: id,
    toolName,
    output:
      typeof output.value === 'string'
        ? { type: 'text', value: output.value }
        : toolOutput(listOf(output).map(readPart), false),
    ...noted({ member: item.name }),
  };
}
