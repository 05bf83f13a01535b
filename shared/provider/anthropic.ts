import type { Provider } from '../model/provider.ts';

/** Anthropic. Its organisation endpoints (`/v1/organizations/…`) are left out. */
export const anthropic = {
  id: 'anthropic',
  name: 'Anthropic',
  baseUrl: 'https://api.anthropic.com',
  basePath: '',
  local: false,
  key: { header: 'x-api-key', prefix: '' },
  requiredHeaders: { 'anthropic-version': '2023-06-01' },
  endpoints: [
    { method: 'POST', path: '/v1/messages', capability: 'chat', dialect: 'anthropic', model: 'body' },
    { method: 'POST', path: '/v1/messages/count_tokens', capability: 'chat', dialect: null, model: 'body' },
    { method: 'GET', path: '/v1/models', capability: 'models', dialect: null, model: 'none' },
    { method: 'GET', path: '/v1/models/{model}', capability: 'models', dialect: null, model: 'path' },
    { method: 'GET', path: '/v1/files', capability: 'files', dialect: null, model: 'none' },
    { method: 'POST', path: '/v1/files', capability: 'files', dialect: null, model: 'none' },
    { method: 'GET', path: '/v1/files/{file}', capability: 'files', dialect: null, model: 'none' },
    { method: 'DELETE', path: '/v1/files/{file}', capability: 'files', dialect: null, model: 'none' },
    { method: 'GET', path: '/v1/files/{file}/content', capability: 'files', dialect: null, model: 'none' },
    { method: 'GET', path: '/v1/messages/batches', capability: 'batches', dialect: null, model: 'none' },
    { method: 'POST', path: '/v1/messages/batches', capability: 'batches', dialect: null, model: 'none' },
    { method: 'GET', path: '/v1/messages/batches/{batch}', capability: 'batches', dialect: null, model: 'none' },
    { method: 'DELETE', path: '/v1/messages/batches/{batch}', capability: 'batches', dialect: null, model: 'none' },
    {
      method: 'POST',
      path: '/v1/messages/batches/{batch}/cancel',
      capability: 'batches',
      dialect: null,
      model: 'none',
      charged: false,
    },
    {
      method: 'GET',
      path: '/v1/messages/batches/{batch}/results',
      capability: 'batches',
      dialect: null,
      model: 'none',
    },
  ],
  errorShape: 'anthropic',
  keyForm: {
    pattern: '^sk-ant-(?!admin|oat)[A-Za-z0-9_-]{16,}$',
    example: 'sk-ant-api03-EXAMPLEexampleEXAMPLEexample0123456789',
  },
  check: { path: '/v1/models', modelList: 'data', modelId: 'id', account: 'header:anthropic-organization-id' },
  priceId: 'anthropic',
  billing: { serviceTiers: { batch: 50, regional: 110 } },
  limitHeaders: [
    {
      remaining: 'anthropic-ratelimit-requests-remaining',
      reset: 'anthropic-ratelimit-requests-reset',
      form: 'time',
    },
    {
      remaining: 'anthropic-ratelimit-tokens-remaining',
      reset: 'anthropic-ratelimit-tokens-reset',
      form: 'time',
    },
    {
      remaining: 'anthropic-ratelimit-input-tokens-remaining',
      reset: 'anthropic-ratelimit-input-tokens-reset',
      form: 'time',
    },
    {
      remaining: 'anthropic-ratelimit-output-tokens-remaining',
      reset: 'anthropic-ratelimit-output-tokens-reset',
      form: 'time',
    },
  ],
  guide: {
    page: 'https://console.anthropic.com/settings/keys',
    create: [
      'Press “Create Key”.',
      'Choose the workspace of the old key and give it a name.',
      'Copy the key: it begins with sk-ant- and is shown once.',
    ],
    remove: [
      'Find the old key by its last characters.',
      'Open the menu at the end of its row.',
      'Choose “Delete API key” and confirm.',
    ],
    api: {
      connector: 'anthropic-console-keys',
      disable: 'reversible',
      adminKey: {
        name: 'an Admin API key of the organisation',
        consoleUrl: 'https://console.anthropic.com/settings/admin-keys',
      },
      documentation: 'https://platform.claude.com/docs/en/api/admin/api_keys/update',
    },
  },
  consoleUrl: 'https://console.anthropic.com/settings/keys',
  environment: { ANTHROPIC_BASE_URL: '{url}', ANTHROPIC_AUTH_TOKEN: '{token}' },
  documentation: 'https://docs.anthropic.com/en/api/overview',
} as const satisfies Provider;
