import { type UnifiedEndpoint, unifiedEndpoints } from '#shared/contract/unified.ts';
import type { DialectId, Endpoint, Provider } from '#shared/model/provider.ts';
import type { Capability } from '#shared/model/scope.ts';

/** A path of the unified API that was called. */
export interface UnifiedMatch {
  readonly endpoint: UnifiedEndpoint;
  /** The model named in the path, decoded; null when it is in the body. */
  readonly model: string | null;
}

const literal = new Map(unifiedEndpoints.filter(({ model }) => model === 'body').map((row) => [row.path, row]));
const patterns = unifiedEndpoints
  .filter(({ model }) => model === 'path')
  .map((row) => {
    const [prefix = '', suffix = ''] = row.path.split('{model}');
    return { row, prefix, suffix };
  });

/** The unified path that this is, whatever the method; null when it is none. */
export function matchUnified(path: string): UnifiedMatch | null {
  const found = literal.get(path);
  if (found !== undefined) {
    return { endpoint: found, model: null };
  }
  for (const { row, prefix, suffix } of patterns) {
    if (path.length > prefix.length + suffix.length && path.startsWith(prefix) && path.endsWith(suffix)) {
      return { endpoint: row, model: decodeURIComponent(path.slice(prefix.length, path.length - suffix.length)) };
    }
  }
  return null;
}

/** The provider's own endpoint that speaks the caller's protocol; null when it has none, and the call must be translated. */
export function sameProtocolEndpoint(provider: Provider, unified: UnifiedEndpoint): Endpoint | null {
  const speaks = (endpoint: Endpoint): boolean =>
    endpoint.method === unified.method &&
    endpoint.capability === unified.capability &&
    endpoint.path.endsWith(unified.suffix) &&
    (unified.charged ? endpoint.dialect === unified.dialect : provider.errorShape === unified.errorShape);
  const speaking = provider.endpoints.filter(speaks);
  return speaking.find((endpoint) => endpoint.model === unified.model) ?? speaking[0] ?? null;
}

/**
 * Protocols a call can be translated into, with what their main path ends in. OpenAI's chat comes first: servers that offer it
 * beside a protocol of their own keep it complete, and those that do better in another say so in their `translation`.
 */
const translationTargets: Readonly<Partial<Record<Capability, readonly (readonly [DialectId, RegExp])[]>>> = {
  chat: [
    ['openai-chat', /\/chat\/completions$/],
    ['anthropic', /\/messages$/],
    ['gemini', /:generateContent$/],
    ['openai-responses', /\/responses$/],
  ],
  embeddings: [
    ['openai-chat', /\/embeddings$/],
    ['gemini', /:batchEmbedContents$/],
  ],
};

/** The provider's endpoint that a translated call of this capability goes to; null when it offers nothing of the kind. */
export function translationEndpoint(provider: Provider, capability: Capability): Endpoint | null {
  const offered = provider.endpoints.filter(
    (endpoint) => endpoint.method === 'POST' && endpoint.capability === capability,
  );
  const chosen = offered.find(({ path }) => path === provider.translation?.[capability]);
  if (chosen !== undefined) {
    return chosen;
  }
  for (const [dialect, suffix] of translationTargets[capability] ?? []) {
    const found = offered.find((endpoint) => endpoint.dialect === dialect && suffix.test(endpoint.path));
    if (found !== undefined) {
      return found;
    }
  }
  return null;
}

/** Endpoints that count a request's tokens, by what they end in, and the protocol they take it in. */
const countTargets: readonly (readonly [RegExp, DialectId])[] = [
  [/\/responses\/input_tokens$/, 'openai-responses'],
  [/\/messages\/count_tokens$/, 'anthropic'],
  [/:countTokens$/, 'gemini'],
];

/** The provider's endpoint that counts the tokens of a request without answering it; null when it has none. */
export function countEndpoint(provider: Provider): Endpoint | null {
  const counting = provider.endpoints.filter(({ method, capability }) => method === 'POST' && capability === 'chat');
  for (const [suffix] of countTargets) {
    const found = counting.find(({ path }) => suffix.test(path));
    if (found !== undefined) {
      return found;
    }
  }
  return null;
}

/** The protocol that a translated call to this endpoint is written in; null when it takes none. */
export function translatedDialect(endpoint: Endpoint): DialectId | null {
  return endpoint.dialect ?? countTargets.find(([suffix]) => suffix.test(endpoint.path))?.[1] ?? null;
}
