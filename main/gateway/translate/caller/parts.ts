import type {
  LanguageModelV3FilePart,
  LanguageModelV3TextPart,
  LanguageModelV3ToolCallPart,
  LanguageModelV3ToolResultPart,
} from '@ai-sdk/provider';
import { readCallId } from '../carried-state.ts';
import { noted, type PartNotes } from '../neutral-call.ts';

/** A tool call as a caller sent it back; its id may carry a signature. */
export interface SentCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

/** A tool call of an earlier turn, its name kept in `names` for the result that answers it. */
export function toolCallPart(
  call: SentCall,
  notes: PartNotes,
  names: Map<string, string>,
): LanguageModelV3ToolCallPart {
  const { id, signature } = readCallId(call.id);
  names.set(id, call.name);
  return {
    type: 'tool-call',
    toolCallId: id,
    toolName: call.name,
    input: call.input,
    providerOptions: {
      ...noted(notes).providerOptions,
      ...(signature === null ? {} : { google: { thoughtSignature: signature } }),
    },
  };
}

/** The output of a tool that answered with texts, pictures and files. */
export function toolOutput(
  parts: readonly (LanguageModelV3TextPart | LanguageModelV3FilePart)[],
  failed: boolean,
): LanguageModelV3ToolResultPart['output'] {
  if (parts.every((part) => part.type === 'text')) {
    return { type: failed ? 'error-text' : 'text', value: parts.map((part) => part.text).join('\n') };
  }
  return {
    type: 'content',
    value: parts.map((part) => {
      if (part.type === 'text') {
        return { type: 'text', text: part.text };
      }
      const { data, mediaType } = part;
      const isImage = mediaType.startsWith('image/');
      if (data instanceof URL) {
        return isImage ? { type: 'image-url', url: data.href } : { type: 'file-url', url: data.href };
      }
      return { type: isImage ? 'image-data' : 'file-data', data: String(data), mediaType };
    }),
  };
}
