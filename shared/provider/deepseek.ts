import type { Provider } from '../model/provider.ts';

/** DeepSeek. Its base URL works with and without `/v1`; `/beta` adds prefix and fill-in-the-middle completion, `/anthropic` speaks Anthropic's protocol. The balance endpoint is left out. */
export const deepseek = {
  id: 'deepseek',
  name: 'DeepSeek',
  baseUrl: 'https://api.deepseek.com',
  basePath: '',
  local: false,
  key: { header: 'authorization', prefix: 'Bearer ' },
  requiredHeaders: {},
  endpoints: [
    { method: 'POST', path: '/chat/completions', capability: 'chat', dialect: 'openai-chat', model: 'body' },
    { method: 'POST', path: '/v1/chat/completions', capability: 'chat', dialect: 'openai-chat', model: 'body' },
    { method: 'POST', path: '/beta/chat/completions', capability: 'chat', dialect: 'openai-chat', model: 'body' },
    { method: 'POST', path: '/beta/completions', capability: 'chat', dialect: 'openai-chat', model: 'body' },
    { method: 'POST', path: '/anthropic/v1/messages', capability: 'chat', dialect: 'anthropic', model: 'body' },
    { method: 'GET', path: '/models', capability: 'models', dialect: null, model: 'none' },
    { method: 'GET', path: '/models/{model}', capability: 'models', dialect: null, model: 'path' },
    { method: 'GET', path: '/v1/models', capability: 'models', dialect: null, model: 'none' },
    { method: 'GET', path: '/v1/models/{model}', capability: 'models', dialect: null, model: 'path' },
  ],
  errorShape: 'openai',
  keyForm: { pattern: '^sk-[0-9a-f]{32}$', example: 'sk-0123456789abcdef0123456789abcdef' },
  check: { path: '/models', modelList: 'data', modelId: 'id', account: null },
  priceId: 'deepseek',
  guide: {
    page: 'https://platform.deepseek.com/api_keys',
    create: ['Press “Create new API key” and give it a name.', 'Copy the key: it begins with sk- and is shown once.'],
    remove: ['Find the old key by its last characters.', 'Press the bin in its row and confirm.'],
  },
  consoleUrl: 'https://platform.deepseek.com/api_keys',
  environment: { DEEPSEEK_BASE_URL: '{url}', DEEPSEEK_API_BASE: '{url}', DEEPSEEK_API_KEY: '{token}' },
  documentation: 'https://api-docs.deepseek.com',
} as const satisfies Provider;
