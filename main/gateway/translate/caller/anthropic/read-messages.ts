import type {
  LanguageModelV3FilePart,
  LanguageModelV3Message,
  LanguageModelV3TextPart,
  LanguageModelV3ToolResultPart,
} from '@ai-sdk/provider';
import { readCallId } from '../../carried-state.ts';
import { at, isAbsent, listOf, type Member, objectOf, optionalText, textOf, unsupported } from '../../members.ts';
import { noted, type PartNotes, type PromptPart } from '../../neutral-call.ts';
import { fileFromUrl, filePart } from '../media.ts';
import { toolCallPart, toolOutput } from '../parts.ts';

type UserPart = LanguageModelV3TextPart | LanguageModelV3FilePart;
type AssistantPart = Exclude<PromptPart, LanguageModelV3ToolResultPart>;

/** What a reading of messages gathers on its way. */
interface Reading {
  readonly toolNames: Map<string, string>;
  readonly dropped: string[];
}

/** The mark that asks for a cached prompt, as notes. */
export function cacheNotes(member: Member): Pick<PartNotes, 'cached'> {
  const mark = at(member, 'cache_control');
  return isAbsent(mark) ? {} : { cached: { ttl: optionalText(at(mark, 'ttl')) ?? null } };
}

const notesFor = (member: Member): PartNotes => ({ member: member.name, ...cacheNotes(member) });

/** Reads the system prompt: a string or text blocks. */
export function readSystem(member: Member): readonly LanguageModelV3Message[] {
  if (typeof member.value === 'string') {
    return member.value === '' ? [] : [{ role: 'system', content: member.value, ...noted({ member: member.name }) }];
  }
  return listOf(member)
    .map((block) => ({ block, text: textOf(at(block, 'text')) }))
    .filter(({ text }) => text !== '')
    .map(({ block, text }) => ({ role: 'system', content: text, ...noted(notesFor(block)) }));
}

/** Reads the turns; a user's turn with results of tools becomes two messages, the results first. */
export function readAnthropicMessages(member: Member): {
  readonly prompt: LanguageModelV3Message[];
  readonly dropped: readonly string[];
} {
  const reading: Reading = { toolNames: new Map(), dropped: [] };
  const messages = listOf(member);
  if (messages.length === 0) {
    throw unsupported(member, 'must hold at least one message.');
  }
  const prompt = messages.flatMap((message): LanguageModelV3Message[] => {
    const role = textOf(at(message, 'role'));
    const blocks = blocksOf(at(message, 'content'));
    if (role === 'assistant') {
      const content = blocks.flatMap((block) => readAssistantBlock(block, reading));
      return [{ role: 'assistant', content, ...noted({ member: message.name }) }];
    }
    if (role === 'system') {
      return [...readSystem(at(message, 'content'))];
    }
    if (role !== 'user') {
      throw unsupported(at(message, 'role'), 'must be `user` or `assistant`.');
    }
    return readUserTurn(message, blocks, reading);
  });
  return { prompt, dropped: reading.dropped };
}

function blocksOf(content: Member): readonly Member[] {
  if (typeof content.value === 'string') {
    return content.value === '' ? [] : [{ value: { type: 'text', text: content.value }, name: content.name }];
  }
  return listOf(content);
}

const typeOf = (block: Member): string => textOf(at(block, 'type'));

function readUserTurn(message: Member, blocks: readonly Member[], reading: Reading): LanguageModelV3Message[] {
  const notes = noted({ member: message.name });
  const results = blocks.filter((block) => typeOf(block) === 'tool_result');
  const others = blocks.filter((block) => typeOf(block) !== 'tool_result');
  const content = others.flatMap((block) => readUserBlock(block, reading));
  const turns: LanguageModelV3Message[] = [];
  if (results.length > 0) {
    turns.push({ role: 'tool', content: results.map((block) => readToolResult(block, reading)), ...notes });
  }
  if (content.length > 0 || results.length === 0) {
    turns.push({ role: 'user', content, ...notes });
  }
  return turns;
}

function readUserBlock(block: Member, reading: Reading): readonly UserPart[] {
  switch (typeOf(block)) {
    case 'text': {
      const text = textOf(at(block, 'text'));
      return text === '' ? [] : [{ type: 'text', text, ...noted(notesFor(block)) }];
    }
    case 'image':
      return [readSource(block, 'image/*')];
    case 'document':
      return readDocument(block, reading);
    case 'search_result':
      return listOf(at(block, 'content')).flatMap((part) => readUserBlock(part, reading));
    default:
      throw unsupported(at(block, 'type'), 'can’t be translated for this provider.');
  }
}

function readDocument(block: Member, reading: Reading): readonly UserPart[] {
  for (const key of ['citations', 'context'] as const) {
    const extra = at(block, key);
    if (!isAbsent(extra) && !(key === 'citations' && objectOf(extra).enabled !== true)) {
      reading.dropped.push(extra.name);
    }
  }
  const source = at(block, 'source');
  const type = textOf(at(source, 'type'));
  if (type === 'text') {
    return [{ type: 'text', text: textOf(at(source, 'data')), ...noted(notesFor(block)) }];
  }
  if (type === 'content') {
    return blocksOf(at(source, 'content')).flatMap((part) => readUserBlock(part, reading));
  }
  return [readSource(block, 'application/pdf')];
}

function readSource(block: Member, mediaType: string): LanguageModelV3FilePart {
  const source = at(block, 'source');
  const notes = notesFor(block);
  const filename = optionalText(at(block, 'title'));
  switch (textOf(at(source, 'type'))) {
    case 'base64':
      return filePart(textOf(at(source, 'data')), textOf(at(source, 'media_type')), { notes, filename });
    case 'url':
      return fileFromUrl(at(source, 'url'), textOf(at(source, 'url')), { notes, mediaType, filename });
    default:
      throw unsupported(source, 'lies at another provider. Send it as `base64` or `url`.');
  }
}

function readAssistantBlock(block: Member, reading: Reading): readonly AssistantPart[] {
  switch (typeOf(block)) {
    case 'text': {
      const text = textOf(at(block, 'text'));
      return text === '' ? [] : [{ type: 'text', text, ...noted(notesFor(block)) }];
    }
    case 'thinking': {
      const state = optionalText(at(block, 'signature')) ?? '';
      return [{ type: 'reasoning', text: textOf(at(block, 'thinking')), ...noted({ member: block.name, state }) }];
    }
    case 'redacted_thinking': {
      const state = textOf(at(block, 'data'));
      return [{ type: 'reasoning', text: '', ...noted({ member: block.name, state }) }];
    }
    case 'tool_use': {
      const input = at(block, 'input').value ?? {};
      const call = { id: textOf(at(block, 'id')), name: textOf(at(block, 'name')), input };
      return [toolCallPart(call, notesFor(block), reading.toolNames)];
    }
    default:
      reading.dropped.push(block.name);
      return [];
  }
}

function readToolResult(block: Member, reading: Reading): LanguageModelV3ToolResultPart {
  const { id } = readCallId(textOf(at(block, 'tool_use_id')));
  const toolName = reading.toolNames.get(id);
  if (toolName === undefined) {
    throw unsupported(at(block, 'tool_use_id'), 'answers no tool call before it.');
  }
  const failed = at(block, 'is_error').value === true;
  return {
    type: 'tool-result',
    toolCallId: id,
    toolName,
    output: readOutput(blocksOf(at(block, 'content')), { failed, reading }),
    ...noted({ ...notesFor(block), ...(failed ? { failed } : {}) }),
  };
}

function readOutput(
  blocks: readonly Member[],
  options: { readonly failed: boolean; readonly reading: Reading },
): LanguageModelV3ToolResultPart['output'] {
  const shown = blocks.filter((part) => typeOf(part) !== 'tool_reference');
  return toolOutput(
    shown.flatMap((part) => readUserBlock(part, options.reading)),
    options.failed,
  );
}
