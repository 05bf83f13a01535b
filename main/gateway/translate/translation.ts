import type { DialectId } from '#shared/model/provider.ts';
import type { Capability } from '#shared/model/scope.ts';

/** Protocols a caller may speak on the unified paths. */
export type CallerDialect = Extract<DialectId, 'openai-chat' | 'openai-responses' | 'anthropic' | 'gemini'>;

/** A request to the upstream as a translation wants it made; whoever sends it adds the key and its own headers. */
export interface UpstreamRequest {
  /** Path below the upstream's base URL, with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body: string;
}

/** One call to be translated, and what it may use. */
export interface TranslationCall {
  readonly caller: DialectId;
  readonly capability: Capability;
  /** What the unified path ends in, such as `/chat/completions` or `:streamGenerateContent`. */
  readonly suffix: string;
  /** The query of the caller's target, without `?`. */
  readonly query: string;
  /** The caller's body, whole. */
  readonly body: Buffer;
  readonly target: {
    readonly dialect: DialectId;
    /** Path of the target's endpoint below the upstream's base URL, the model filled in, without query. */
    readonly path: string;
    /** The model as the upstream calls it. */
    readonly model: string;
  };
  /** Sends one request and resolves with its head; the body follows as it comes. Rejects when there is no answer. */
  readonly send: (request: UpstreamRequest) => Promise<Response>;
  /** Id of the request, for errors that tell it. */
  readonly requestId: string;
  /** Ends the upstream's work. */
  readonly signal: AbortSignal;
  /** Told once when a stream that had begun ends in an error, which its text tells in the caller's protocol. */
  readonly onBroken: () => void;
  /** Wall clock, milliseconds since the epoch. */
  readonly now: () => number;
  /** A fresh id without prefix, letters and digits. */
  readonly newId: () => string;
}

/** An answer in the caller's protocol. */
export interface TranslatedAnswer {
  readonly kind: 'answer';
  readonly contentType: string;
  /** Members of the request that could not be carried, as the caller wrote them. */
  readonly dropped: readonly string[];
  /** Text as it comes; reading no further holds the upstream back, and leaving off ends it. */
  readonly body: AsyncIterable<string>;
}

/** The upstream refused before a byte of answer was made. */
export interface TranslationFailure {
  readonly kind: 'failure';
  /** The upstream's status. */
  readonly status: number;
  /** The upstream's `Retry-After`, as it was sent. */
  readonly retryAfter: string | null;
  /** The error in the caller's protocol, JSON. */
  readonly body: string;
}

/** What became of a call. What the caller did wrong is thrown as `invalid_request`; what `send` rejects with passes through. */
export type Translated = TranslatedAnswer | TranslationFailure;

/** The one function of this folder; load it when it is first needed, for it brings the provider packages along. */
export type Translate = (call: TranslationCall) => Promise<Translated>;
