import type { Provider } from '../model/provider.ts';

/** OpenRouter. Credits, key management and provisioning are left out; `/key` tells about the key itself and is left out too. */
export const openrouter = {
  id: 'openrouter',
  name: 'OpenRouter',
  baseUrl: 'https://openrouter.ai/api/v1',
  basePath: '/api/v1',
  local: false,
  key: { header: 'authorization', prefix: 'Bearer ' },
  requiredHeaders: {},
  endpoints: [
    { method: 'POST', path: '/chat/completions', capability: 'chat', dialect: 'openai-chat', model: 'body' },
    { method: 'POST', path: '/completions', capability: 'chat', dialect: 'openai-chat', model: 'body' },
    { method: 'POST', path: '/responses', capability: 'chat', dialect: 'openai-responses', model: 'body' },
    { method: 'POST', path: '/messages', capability: 'chat', dialect: 'anthropic', model: 'body' },
    { method: 'GET', path: '/generation', capability: 'chat', dialect: null, model: 'none' },
    { method: 'POST', path: '/embeddings', capability: 'embeddings', dialect: 'openai-chat', model: 'body' },
    { method: 'GET', path: '/models', capability: 'models', dialect: null, model: 'none' },
    { method: 'GET', path: '/models/user', capability: 'models', dialect: null, model: 'none' },
    { method: 'GET', path: '/models/{author}/{slug}/endpoints', capability: 'models', dialect: null, model: 'none' },
    { method: 'GET', path: '/embeddings/models', capability: 'models', dialect: null, model: 'none' },
  ],
  errorShape: 'openai',
  keyForm: {
    pattern: '^sk-or-v1-[0-9a-f]{32,}$',
    example: 'sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
  },
  check: { path: '/models/user', modelList: 'data', modelId: 'id', account: null },
  priceId: 'openrouter',
  billing: { tellsCost: true },
  consoleUrl: 'https://openrouter.ai/settings/keys',
  environment: { OPENROUTER_BASE_URL: '{url}', OPENROUTER_API_BASE: '{url}', OPENROUTER_API_KEY: '{token}' },
  documentation: 'https://openrouter.ai/docs/api-reference/overview',
} as const satisfies Provider;
