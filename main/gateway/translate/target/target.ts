import type { LanguageModelV3, SharedV3ProviderOptions } from '@ai-sdk/provider';
import type { JsonRecord } from '../members.ts';
import type { Feature, NeutralCall } from '../neutral-call.ts';

/** What a target makes of the settings that have no common form. */
export interface TargetOptions {
  readonly providerOptions: SharedV3ProviderOptions;
  /** Settings that were asked for and that this protocol has no word for. */
  readonly missing: readonly Feature[];
  /** Stands in for the caller's limit of output tokens, where this protocol's package counts differently. */
  readonly maxOutputTokens?: number;
}

/** What a target needs to build a model. */
export interface ModelSource {
  readonly model: string;
  readonly fetch: typeof globalThis.fetch;
}

/** One protocol that upstreams speak. */
export interface TargetProtocol {
  /** Key of its package's options and metadata. */
  readonly key: string;
  /** Loads its package and makes a model that calls nothing but `fetch`. */
  load(source: ModelSource): Promise<LanguageModelV3>;
  options(call: NeutralCall, model: string): TargetOptions;
  /** The path and query of a call, from the path of the endpoint that answers whole. */
  path(path: string, stream: boolean): string;
  /** Last change to the request's body before it is sent; null where there is none to make. */
  readonly amend: ((body: JsonRecord, call: NeutralCall) => JsonRecord) | null;
  /** True when the upstream itself can fetch a file of this type. */
  fetches(mediaType: string, url: URL): boolean;
  readonly carries: {
    /** How closely an image is looked at. */
    readonly detail: boolean;
    /** Marks that ask for a cached prompt. */
    readonly cacheMarks: boolean;
    /** Instructions after the conversation has begun. */
    readonly lateInstructions: boolean;
    /** Pictures and files in the result of a tool. */
    readonly richResults: boolean;
    /** That a tool has failed. */
    readonly failedResults: boolean;
    /** Thoughts of earlier turns, whoever had them; else only with the state that this protocol gave. */
    readonly thoughts: 'with-state' | 'this-turn';
  };
}

const budgets: readonly (readonly [number, 'low' | 'medium' | 'high'])[] = [
  [4_096, 'low'],
  [16_384, 'medium'],
];

/** The word for a budget of thinking tokens; the lowest that every reasoning model knows for none, null when the model decides. */
export function effortOf(budgetTokens: number): 'low' | 'medium' | 'high' | null {
  if (budgetTokens < 0) {
    return null;
  }
  return budgets.find(([most]) => budgetTokens <= most)?.[1] ?? 'high';
}

const tokens: Readonly<Record<string, number>> = {
  none: 0,
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 16_384,
  xhigh: 24_576,
  max: 32_000,
};

/** Tokens to think with for a wish in words; a wish in neither words nor tokens is taken for a middling one. */
export function budgetOf(wish: NonNullable<NeutralCall['reasoning']>): number {
  if (wish.budgetTokens !== null && wish.budgetTokens >= 0) {
    return wish.budgetTokens;
  }
  return tokens[wish.effort ?? 'medium'] ?? 8_192;
}

/** The options without those that are undefined, so that they can stand in a provider's. */
export function given(options: Readonly<Record<string, unknown>>): SharedV3ProviderOptions[string] {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && value !== null),
  ) as SharedV3ProviderOptions[string];
}
