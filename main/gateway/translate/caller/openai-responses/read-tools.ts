import type { LanguageModelV3FunctionTool } from '@ai-sdk/provider';
import { at, isAbsent, listOf, type Member, optionalText, textOf } from '../../members.ts';
import type { ToolForm } from '../../neutral-call.ts';
import { readFunction } from '../openai-chat/read.ts';

/** The one argument of a function that stands for a tool with free text. */
export const customArgument = 'input';

/** The caller's tools as functions. */
export interface ReadTools {
  readonly tools: readonly LanguageModelV3FunctionTool[];
  readonly forms: ReadonlyMap<string, ToolForm>;
  /** Tools that run at OpenAI. */
  readonly dropped: readonly string[];
}

/** Reads the tools of a response: functions as they are, tools with free text as functions of one text, hosted ones not at all. */
export function readResponseTools(member: Member): ReadTools {
  const tools: LanguageModelV3FunctionTool[] = [];
  const forms = new Map<string, ToolForm>();
  const dropped: string[] = [];
  for (const tool of listOf(member)) {
    const type = textOf(at(tool, 'type'));
    if (type === 'function') {
      tools.push(readFunction(tool));
    } else if (type === 'custom') {
      tools.push(readCustom(tool));
      forms.set(textOf(at(tool, 'name')), 'custom');
    } else {
      dropped.push(tool.name);
    }
  }
  return { tools, forms, dropped };
}

function readCustom(tool: Member): LanguageModelV3FunctionTool {
  const format = at(tool, 'format');
  const grammar = isAbsent(format) ? undefined : optionalText(at(format, 'definition'));
  const rule = grammar === undefined ? '' : `\n\nThe input must follow this grammar:\n${grammar}`;
  return {
    type: 'function',
    name: textOf(at(tool, 'name')),
    description: `${optionalText(at(tool, 'description')) ?? ''}${rule}`.trim(),
    inputSchema: {
      type: 'object',
      properties: { [customArgument]: { type: 'string', description: 'The whole input of the tool, as plain text.' } },
      required: [customArgument],
      additionalProperties: false,
    },
  };
}

/** The free text in the arguments of a function that stands for a tool with free text. */
export function customInput(input: string): string {
  try {
    const value: unknown = JSON.parse(input);
    const text =
      typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, customArgument) : null;
    return typeof text?.value === 'string' ? text.value : input;
  } catch {
    return input;
  }
}
