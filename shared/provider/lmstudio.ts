import type { Provider } from '../model/provider.ts';

/** LM Studio's local server, in OpenAI's protocol. Its native API and model management are left out. */
export const lmstudio = {
  id: 'lmstudio',
  name: 'LM Studio',
  baseUrl: 'http://127.0.0.1:1234/v1',
  basePath: '/v1',
  local: true,
  key: { header: 'authorization', prefix: 'Bearer ' },
  requiredHeaders: {},
  endpoints: [
    { method: 'POST', path: '/chat/completions', capability: 'chat', dialect: 'openai-chat', model: 'body' },
    { method: 'POST', path: '/completions', capability: 'chat', dialect: 'openai-chat', model: 'body' },
    { method: 'POST', path: '/responses', capability: 'chat', dialect: 'openai-responses', model: 'body' },
    { method: 'POST', path: '/messages', capability: 'chat', dialect: 'anthropic', model: 'body' },
    { method: 'POST', path: '/embeddings', capability: 'embeddings', dialect: 'openai-chat', model: 'body' },
    { method: 'GET', path: '/models', capability: 'models', dialect: null, model: 'none' },
    { method: 'GET', path: '/models/{model}', capability: 'models', dialect: null, model: 'path' },
  ],
  errorShape: 'openai',
  keyForm: null,
  check: { path: '/models', modelList: 'data', modelId: 'id', account: null },
  priceId: null,
  consoleUrl: 'https://lmstudio.ai/docs/app',
  environment: { LM_STUDIO_API_BASE: '{url}', LM_STUDIO_API_KEY: '{token}' },
  documentation: 'https://lmstudio.ai/docs/developer/openai-compat',
} as const satisfies Provider;
