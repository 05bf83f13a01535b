import type { LanguageModelV3FinishReason, LanguageModelV3Usage, SharedV3ProviderMetadata } from '@ai-sdk/provider';
import { writeCallId, writeState } from '../../carried-state.ts';
import { type JsonRecord, objectOf } from '../../members.ts';
import type { WriteContext } from '../caller.ts';
import { customInput } from './read-tools.ts';

/** Members of the request that the response repeats, and what stands for those that were not sent. */
const repeated: JsonRecord = {
  instructions: null,
  max_output_tokens: null,
  metadata: {},
  parallel_tool_calls: true,
  reasoning: { effort: null, summary: null },
  temperature: null,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_p: null,
  user: null,
};

/** What a response's item holds. */
export type Item = JsonRecord & { readonly id: string; readonly type: string };

/** A message of the model with one text. */
export function messageItem(id: string, text: string, status: 'in_progress' | 'completed'): Item {
  const content = status === 'completed' ? [textContent(text)] : [];
  return { id, type: 'message', status, role: 'assistant', content };
}

/** The text of a message. */
export function textContent(text: string): JsonRecord {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

/** Thoughts: their words as a summary, their state where OpenAI puts its encrypted ones. */
export function reasoningItem(
  id: string,
  thought: { readonly text: string; readonly metadata: SharedV3ProviderMetadata | undefined; readonly done: boolean },
  context: WriteContext,
): Item {
  const { text, metadata, done } = thought;
  const state = done ? writeState({ dialect: context.target, metadata: metadata ?? {} }) : null;
  const summary = done && text !== '' ? [{ type: 'summary_text', text }] : [];
  return { id, type: 'reasoning', summary, encrypted_content: state };
}

/** A tool call in the form in which the caller gave the tool. */
export function callItem(
  id: string,
  call: {
    readonly callId: string;
    readonly name: string;
    readonly input: string;
    readonly metadata?: SharedV3ProviderMetadata | undefined;
    readonly done: boolean;
  },
  context: WriteContext,
): Item {
  const status = call.done ? 'completed' : 'in_progress';
  const head = { id, status, call_id: writeCallId(call.callId, call.metadata), name: call.name };
  return isCustom(call.name, context)
    ? { ...head, type: 'custom_tool_call', input: call.done ? customInput(call.input) : '' }
    : { ...head, type: 'function_call', arguments: call.done ? call.input : '' };
}

/** True for a tool that takes free text. */
export function isCustom(name: string, context: WriteContext): boolean {
  return context.call.toolForms.get(name) === 'custom';
}

/** How a response stands. */
export interface Standing {
  readonly output: readonly Item[];
  readonly model: string;
  /** Null while it runs. */
  readonly reason: LanguageModelV3FinishReason['unified'] | null;
  readonly usage: LanguageModelV3Usage | null;
}

/** The response object around the output. */
export function responseOf(id: string, standing: Standing, context: WriteContext): JsonRecord {
  const { output, model, reason, usage } = standing;
  const incomplete = reason === 'length' || reason === 'content-filter';
  const body = objectOf(context.body);
  const echo = Object.entries(repeated).map(([key, value]) => [key, body[key] ?? value]);
  return {
    ...{ id, object: 'response', created_at: Math.floor(context.startedAt / 1_000), model, output },
    status: reason === null ? 'in_progress' : incomplete ? 'incomplete' : 'completed',
    ...{ background: false, error: null, previous_response_id: null, store: false, truncation: 'disabled' },
    incomplete_details: incomplete ? { reason: reason === 'length' ? 'max_output_tokens' : 'content_filter' } : null,
    ...Object.fromEntries(echo),
    usage: usage === null ? null : usageOf(usage),
  };
}

function usageOf(usage: LanguageModelV3Usage): JsonRecord {
  const input = usage.inputTokens.total ?? 0;
  const output = usage.outputTokens.total ?? 0;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.inputTokens.cacheRead ?? 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.outputTokens.reasoning ?? 0 },
    total_tokens: input + output,
  };
}
