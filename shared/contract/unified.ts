import type { DialectId, ErrorShape } from '../model/provider.ts';
import type { Capability } from '../model/scope.ts';

/**
 * A path of the unified API. `{model}` stands for the rest of the path up to what follows it, slashes included. A provider
 * speaks the same protocol where one of its own endpoints has this dialect and capability and ends in `suffix`.
 */
export interface UnifiedEndpoint {
  readonly method: 'POST';
  readonly path: string;
  readonly suffix: string;
  readonly dialect: DialectId;
  readonly capability: Capability;
  readonly model: 'body' | 'path';
  readonly errorShape: ErrorShape;
  /** True when the answer carries usage and costs money. */
  readonly charged: boolean;
  /** True when the path itself asks for a stream. */
  readonly streams?: true;
}

const openAi = { method: 'POST', model: 'body', errorShape: 'openai', charged: true } as const;
const anthropic = { method: 'POST', model: 'body', errorShape: 'anthropic', dialect: 'anthropic' } as const;
const gemini = { method: 'POST', model: 'path', errorShape: 'gemini', dialect: 'gemini' } as const;

/** Every path of the unified API that calls a model: the caller names it as `provider/model` or by an alias. */
export const unifiedEndpoints: readonly UnifiedEndpoint[] = [
  { ...openAi, path: '/v1/chat/completions', suffix: '/chat/completions', dialect: 'openai-chat', capability: 'chat' },
  { ...openAi, path: '/v1/responses', suffix: '/responses', dialect: 'openai-responses', capability: 'chat' },
  { ...openAi, path: '/v1/embeddings', suffix: '/embeddings', dialect: 'openai-chat', capability: 'embeddings' },
  { ...anthropic, path: '/v1/messages', suffix: '/messages', capability: 'chat', charged: true },
  {
    ...anthropic,
    path: '/v1/messages/count_tokens',
    suffix: '/messages/count_tokens',
    capability: 'chat',
    charged: false,
  },
  {
    ...gemini,
    path: '/v1beta/models/{model}:generateContent',
    suffix: ':generateContent',
    capability: 'chat',
    charged: true,
  },
  {
    ...gemini,
    path: '/v1beta/models/{model}:streamGenerateContent',
    suffix: ':streamGenerateContent',
    streams: true,
    capability: 'chat',
    charged: true,
  },
  {
    ...gemini,
    path: '/v1beta/models/{model}:countTokens',
    suffix: ':countTokens',
    capability: 'chat',
    charged: false,
  },
];

/** Paths of the unified API that list the models this token may call. */
export const unifiedModelLists = ['/v1/models', '/v1beta/models'] as const;
