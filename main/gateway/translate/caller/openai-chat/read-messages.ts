import type {
  LanguageModelV3FilePart,
  LanguageModelV3Message,
  LanguageModelV3ReasoningPart,
  LanguageModelV3TextPart,
  LanguageModelV3ToolCallPart,
} from '@ai-sdk/provider';
import { readCallId } from '../../carried-state.ts';
import {
  at,
  isAbsent,
  listOf,
  type Member,
  objectOf,
  optionalText,
  parseLoosely,
  textOf,
  unsupported,
} from '../../members.ts';
import { noted } from '../../neutral-call.ts';
import { detailNotes, fileFromUrl, filePart, typeByName } from '../media.ts';
import { toolCallPart } from '../parts.ts';

/** Reads the messages of a chat; a tool's name is found by the call that its result answers. */
export function readMessages(member: Member): {
  readonly prompt: LanguageModelV3Message[];
  readonly dropped: readonly string[];
} {
  const toolNames = new Map<string, string>();
  const dropped: string[] = [];
  const messages = listOf(member);
  if (messages.length === 0) {
    throw unsupported(member, 'must hold at least one message.');
  }
  const prompt = messages.map((message): LanguageModelV3Message => {
    const role = textOf(at(message, 'role'));
    if (!isAbsent(at(message, 'name'))) {
      dropped.push(at(message, 'name').name);
    }
    switch (role) {
      case 'system':
      case 'developer':
        return { role: 'system', content: readText(at(message, 'content')), ...noted({ member: message.name }) };
      case 'user':
        return { role: 'user', content: readUserContent(at(message, 'content')), ...noted({ member: message.name }) };
      case 'assistant':
        return readAssistant(message, toolNames);
      case 'tool':
        return readToolResult(message, toolNames);
      default:
        throw unsupported(at(message, 'role'), 'must be `system`, `developer`, `user`, `assistant` or `tool`.');
    }
  });
  return { prompt, dropped };
}

/** The text of a string or of text parts. */
function readText(member: Member): string {
  if (typeof member.value === 'string') {
    return member.value;
  }
  return listOf(member)
    .map((part) => {
      if (objectOf(part).type !== 'text') {
        throw unsupported(at(part, 'type'), 'must be `text` here.');
      }
      return textOf(at(part, 'text'));
    })
    .join('\n');
}

function readUserContent(member: Member): (LanguageModelV3TextPart | LanguageModelV3FilePart)[] {
  if (typeof member.value === 'string') {
    return [{ type: 'text', text: member.value, ...noted({ member: member.name }) }];
  }
  return listOf(member).map(readUserPart);
}

function readUserPart(part: Member): LanguageModelV3TextPart | LanguageModelV3FilePart {
  const notes = { member: part.name };
  switch (textOf(at(part, 'type'))) {
    case 'text':
      return { type: 'text', text: textOf(at(part, 'text')), ...noted(notes) };
    case 'image_url': {
      const image = at(part, 'image_url');
      const url = typeof image.value === 'string' ? image : at(image, 'url');
      const detail = typeof image.value === 'string' ? null : at(image, 'detail');
      return fileFromUrl(url, textOf(url), { notes: { ...notes, ...detailNotes(detail) }, mediaType: 'image/*' });
    }
    case 'input_audio': {
      const audio = at(part, 'input_audio');
      return filePart(textOf(at(audio, 'data')), `audio/${textOf(at(audio, 'format'))}`, { notes });
    }
    case 'file': {
      const file = at(part, 'file');
      if (!isAbsent(at(file, 'file_id'))) {
        throw unsupported(at(file, 'file_id'), 'lies at another provider. Send the file itself in `file_data`.');
      }
      const filename = optionalText(at(file, 'filename'));
      const mediaType = typeByName(filename ?? '') ?? 'application/pdf';
      const data = textOf(at(file, 'file_data'));
      return data.startsWith('data:')
        ? fileFromUrl(at(file, 'file_data'), data, { notes, mediaType, filename })
        : filePart(data, mediaType, { notes, filename });
    }
    default:
      throw unsupported(at(part, 'type'), 'can’t be translated for this provider.');
  }
}

function readAssistant(message: Member, toolNames: Map<string, string>): LanguageModelV3Message {
  const reasoning = optionalText(at(message, 'reasoning_content')) ?? '';
  const content = at(message, 'content');
  const text = isAbsent(content) ? (optionalText(at(message, 'refusal')) ?? '') : readAssistantText(content);
  const thoughts: LanguageModelV3ReasoningPart[] =
    reasoning === ''
      ? []
      : [{ type: 'reasoning', text: reasoning, ...noted({ member: `${message.name}.reasoning_content` }) }];
  const texts: LanguageModelV3TextPart[] =
    text === '' ? [] : [{ type: 'text', text, ...noted({ member: content.name }) }];
  const calls = listOf(at(message, 'tool_calls')).map((call) => readToolCall(call, toolNames));
  return { role: 'assistant', content: [...thoughts, ...texts, ...calls], ...noted({ member: message.name }) };
}

function readAssistantText(member: Member): string {
  if (typeof member.value === 'string') {
    return member.value;
  }
  return listOf(member)
    .map((part) => textOf(at(part, objectOf(part).type === 'refusal' ? 'refusal' : 'text')))
    .join('\n');
}

function readToolCall(call: Member, toolNames: Map<string, string>): LanguageModelV3ToolCallPart {
  const called = at(call, 'function');
  const input = parseLoosely(textOf(at(called, 'arguments')));
  const sent = { id: textOf(at(call, 'id')), name: textOf(at(called, 'name')), input };
  return toolCallPart(sent, { member: call.name }, toolNames);
}

function readToolResult(message: Member, toolNames: ReadonlyMap<string, string>): LanguageModelV3Message {
  const { id } = readCallId(textOf(at(message, 'tool_call_id')));
  const toolName = toolNames.get(id);
  if (toolName === undefined) {
    throw unsupported(at(message, 'tool_call_id'), 'answers no tool call before it.');
  }
  return {
    role: 'tool',
    content: [
      {
        type: 'tool-result',
        toolCallId: id,
        toolName,
        output: { type: 'text', value: readText(at(message, 'content')) },
        ...noted({ member: message.name }),
      },
    ],
  };
}
