import type { AdminKeyKind, RotationSupport } from './rotation.ts';
import type { Capability } from './scope.ts';
import type { ServiceTier, TokenUsage } from './usage.ts';

/** Wire formats the gateway can read usage from and shape errors in. */
export type DialectId = 'openai-chat' | 'openai-responses' | 'anthropic' | 'gemini' | 'cohere' | 'ollama';

/** Protocols of live sessions, which run over a WebSocket. */
export type SessionProtocolId = 'openai-realtime' | 'openai-responses' | 'gemini-live';

/** The shape an error made here takes. */
export type ErrorShape = 'openai' | 'anthropic' | 'gemini';

/** How a provider wants its key. */
export interface KeyPlacement {
  /** Lower-case header name. */
  readonly header: 'authorization' | 'x-api-key' | 'api-key' | 'x-goog-api-key' | 'xi-api-key' | 'private-token';
  /** Written before the key, such as `Bearer `. */
  readonly prefix: string;
}

/** One allowed upstream path. */
export interface Endpoint {
  /** `WEBSOCKET` is a GET that asks for an upgrade. RFC 6455 section 4.1. */
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PATCH' | 'PUT' | 'WEBSOCKET';
  /**
   * Path below the base path, literal but for `{name}` (one segment, or the part of a segment before `:`) and a final `{rest...}`.
   * `{model}` names the model in the path.
   */
  readonly path: string;
  readonly capability: Capability;
  /** Where usage is in the answer; null when it carries none. */
  readonly dialect: DialectId | null;
  /** Where the model's name is: `query` in `?model=` or `?deployment=`, `message` in messages of a live session. */
  readonly model: 'body' | 'path' | 'query' | 'message' | 'none';
  /** What a live session speaks; set for `WEBSOCKET` and for nothing else. */
  readonly session?: SessionProtocolId;
  /** False for a call that costs nothing although others of its capability do. */
  readonly charged?: false;
  /** True when it answers with a stream though the body does not ask for one. */
  readonly streams?: true;
}

/** How a new key is tried: one cheap GET. */
export interface KeyCheck {
  /** Path below the base path. */
  readonly path: string;
  /** Dotted path to the list of models in the answer, empty when the answer is the list itself; null when it lists none. */
  readonly modelList: string | null;
  /** Property of a list entry that holds the model's id. */
  readonly modelId: string;
  /** Dotted path to an account name in the answer body, or `header:NAME`; null when the provider tells none. */
  readonly account: string | null;
}

/** Rules by which a provider bills, beside its price list. */
export interface Billing {
  /** What a class of service costs, in percent of the ordinary token prices. A class not named here differs by model or is unknown. */
  readonly serviceTiers?: Readonly<Partial<Record<ServiceTier, number>>>;
  /** True when answers tell what the call cost, in dollars; what is told goes before any price list. */
  readonly tellsCost?: true;
  /** Sound shorter than this is paid as this long, in seconds. */
  readonly minimumAudioSeconds?: number;
}

/** A limit that a provider's answers tell of in headers of its own, named in lower case. */
export interface LimitHeaders {
  /** What is left of it; 0 says that it was hit. */
  readonly remaining: string;
  /** When it begins anew: a span such as `6m0s` or `12ms`, or a time as in RFC 3339. */
  readonly reset: string;
  readonly form: 'span' | 'time';
}

/** Calls that end keys that a person made, where a provider has such but none that makes keys. */
export interface KeyEndingApi {
  /** Names the code that makes the calls. */
  readonly connector: string;
  readonly disable: RotationSupport['disable'];
  readonly adminKey: AdminKeyKind;
  /** Where they are described. */
  readonly documentation: string;
}

/** How a person changes a key, in the words of the provider's own page. */
export interface KeyGuide {
  /** Where keys are made and deleted; null where only the server's owner knows. */
  readonly page: string | null;
  /** Where to click for a new key, in order; the last one says what to copy. */
  readonly create: readonly string[];
  /** Where to click to end the old key, in order. */
  readonly remove: readonly string[];
  /** Left out where no API ends keys. */
  readonly api?: KeyEndingApi;
}

/** How a provider gives tokens for assertions that we sign, RFC 7523 section 2.1, in place of a stored key. */
export interface WorkloadIdentitySupport {
  /** Below the base URL; takes and answers JSON. */
  readonly tokenPath: string;
  readonly tokenHeaders: Readonly<Record<string, string>>;
  /** `aud` of our assertions. */
  readonly audience: string;
  /** Where a token goes, which can be elsewhere than a key. */
  readonly key: KeyPlacement;
  /** Headers that calls with a token need besides, added to the caller's of the same name. */
  readonly callHeaders: Readonly<Record<string, string>>;
  readonly documentation: string;
}

/** Everything Tollkeeper knows about one provider: data, no code. Its id is its file name. */
export interface Provider {
  readonly id: string;
  readonly name: string;
  /** Upstream address as the provider's own SDK means it; null when every user has a different one. No trailing slash. */
  readonly baseUrl: string | null;
  /** The part of the gateway path below `/{id}` that `baseUrl` already holds, such as `/v1`; empty when none. */
  readonly basePath: string;
  /** True for servers on the user's own machine, which need no key. */
  readonly local: boolean;
  readonly key: KeyPlacement;
  /** Headers the upstream insists on, sent when the caller does not. */
  readonly requiredHeaders: Readonly<Record<string, string>>;
  readonly endpoints: readonly Endpoint[];
  /**
   * Paths of the endpoints that translated calls go to, by capability, where that is not the first of the protocols every provider is
   * looked through for.
   */
  readonly translation?: Readonly<Partial<Record<Capability, string>>>;
  readonly errorShape: ErrorShape;
  /** What a key looks like: source of an anchored regular expression, and an example that matches it; null when there is no fixed form. */
  readonly keyForm: { readonly pattern: string; readonly example: string } | null;
  readonly check: KeyCheck;
  /** Id of the provider in the price catalogue, or one that it does not know (then every call is unpriced); null when calls cost nothing. */
  readonly priceId: string | null;
  /** What the price list leaves to the provider's pages; left out when there is nothing. */
  readonly billing?: Billing;
  /** How a 429 tells when to come back, where it has no `Retry-After`; left out when it tells nothing else. */
  readonly limitHeaders?: readonly LimitHeaders[];
  /** How it can be called without a stored key; left out where it can't. */
  readonly workloadIdentity?: WorkloadIdentitySupport;
  /** How its keys are changed through its API; left out where it has none. */
  readonly rotation?: RotationSupport;
  /** How a person changes its keys; left out where nobody needs one. */
  readonly guide?: KeyGuide;
  /** Where a person makes a key. */
  readonly consoleUrl: string;
  /**
   * Variables a child of `toll run` gets: `{url}` is the gateway's base URL for this provider in the sense of its SDK, `{token}` the token.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** Source of these facts. */
  readonly documentation: string;
}

/** A price in the chosen catalogue for one answer. */
export interface PriceQuote {
  /** Integer micro-dollars, rounded half up once at the end. */
  readonly costMicroUsd: number;
  /** Catalogue name and date. */
  readonly priceVersion: string;
}

/** Prices an answer; null when the catalogue does not know the model. A null `priceId` costs nothing. */
export type PriceUsage = (input: {
  readonly priceId: string | null;
  /** Provider id as in the gateway path, by which the user's own prices are found; left out, none are. */
  readonly provider?: string;
  readonly billing?: Billing | undefined;
  readonly model: string;
  readonly usage: TokenUsage;
  readonly at: number;
}) => PriceQuote | null;
