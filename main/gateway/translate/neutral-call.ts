import type {
  LanguageModelV3CallOptions,
  LanguageModelV3FilePart,
  LanguageModelV3FunctionTool,
  LanguageModelV3Message,
  LanguageModelV3ReasoningPart,
  LanguageModelV3TextPart,
  LanguageModelV3ToolCallPart,
  LanguageModelV3ToolResultPart,
  SharedV3ProviderOptions,
} from '@ai-sdk/provider';

/** How hard the model should think, from the words of all protocols. */
export type Effort = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max';

/** What the caller said about thinking. */
export interface ReasoningWish {
  readonly effort: Effort | null;
  /** Tokens to think with; -1 leaves it to the model, 0 turns it off. */
  readonly budgetTokens: number | null;
  /** True when the caller asked to see thoughts. */
  readonly shown: boolean;
}

/** Settings that some target protocol lacks. A drop of one is named by the word the caller used for it. */
export type Feature =
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'seed'
  | 'presencePenalty'
  | 'frequencyPenalty'
  | 'stopSequences'
  | 'maxOutputTokens'
  | 'responseFormat'
  | 'strictSchema'
  | 'toolChoice'
  | 'reasoning'
  | 'parallelTools'
  | 'user'
  | 'verbosity'
  | 'strict';

/** A tool whose answers go back to the caller in another form than a function's. */
export type ToolForm = 'function' | 'custom';

/** A call in no provider's words: what every caller's reader makes and every target takes. */
export interface NeutralCall {
  readonly options: Pick<
    LanguageModelV3CallOptions,
    | 'prompt'
    | 'maxOutputTokens'
    | 'temperature'
    | 'topP'
    | 'topK'
    | 'seed'
    | 'presencePenalty'
    | 'frequencyPenalty'
    | 'stopSequences'
    | 'responseFormat'
    | 'toolChoice'
  > & { readonly tools?: LanguageModelV3FunctionTool[] };
  readonly stream: boolean;
  readonly reasoning: ReasoningWish | null;
  /** False when at most one tool may be called per turn; null when nothing was said. */
  readonly parallelTools: boolean | null;
  readonly user: string | null;
  /** Whether a schema for the answer must be kept to the letter; null when nothing was said. */
  readonly strictSchema: boolean | null;
  readonly verbosity: string | null;
  /** Tools that are not plain functions, by name. */
  readonly toolForms: ReadonlyMap<string, ToolForm>;
  /** What the caller calls the settings that it set. */
  readonly names: Readonly<Partial<Record<Feature, string>>>;
  /** Members that no target carries, as the caller wrote them. */
  readonly dropped: readonly string[];
}

/** Key of our own notes among a part's provider options; the provider packages pass over it. */
export const notesKey = 'tollkeeper';

/** Notes on a part of the prompt. */
export type PartNotes = {
  /** The caller's name of the part. */
  readonly member: string;
  /** Asks that the prompt be cached up to here. */
  readonly cached?: { readonly ttl: string | null };
  /** Opaque state of the protocol that made the part, such as a signature of thoughts. */
  readonly state?: string;
  /** How closely an image is looked at, and the caller's name of that wish. */
  readonly detail?: { readonly value: string; readonly member: string };
  /** True for the result of a tool that failed. */
  readonly failed?: boolean;
};

/** Any part of a message. */
export type PromptPart =
  | LanguageModelV3TextPart
  | LanguageModelV3FilePart
  | LanguageModelV3ReasoningPart
  | LanguageModelV3ToolCallPart
  | LanguageModelV3ToolResultPart;

/** The provider options that hold a part's notes. */
export function noted(notes: PartNotes): { readonly providerOptions: SharedV3ProviderOptions } {
  return { providerOptions: { [notesKey]: notes } };
}

/** The notes of a part or message; a part without any has an empty name. */
export function notesOf(part: Pick<PromptPart | LanguageModelV3Message, 'providerOptions'>): PartNotes {
  const notes = part.providerOptions?.[notesKey];
  return notes === undefined ? { member: '' } : (notes as PartNotes);
}
