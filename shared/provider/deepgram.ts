import type { Provider } from '../model/provider.ts';

/** Deepgram over HTTP. Live transcription over a WebSocket, the voice agent and everything about projects are left out. */
export const deepgram = {
  id: 'deepgram',
  name: 'Deepgram',
  baseUrl: 'https://api.deepgram.com/v1',
  basePath: '/v1',
  local: false,
  key: { header: 'authorization', prefix: 'Token ' },
  requiredHeaders: {},
  endpoints: [
    { method: 'POST', path: '/listen', capability: 'audio', dialect: null, model: 'none' },
    { method: 'POST', path: '/speak', capability: 'audio', dialect: null, model: 'none' },
    { method: 'GET', path: '/models', capability: 'models', dialect: null, model: 'none' },
    { method: 'GET', path: '/models/{model}', capability: 'models', dialect: null, model: 'path' },
    { method: 'GET', path: '/auth/token', capability: 'models', dialect: null, model: 'none' },
  ],
  errorShape: 'openai',
  keyForm: null,
  check: { path: '/auth/token', modelList: null, modelId: '', account: null },
  priceId: 'deepgram',
  rotation: {
    connector: 'deepgram-keys',
    overlap: 'full',
    named: true,
    disable: 'none',
    lastUsedLagMs: null,
    propagationMs: 60_000,
    adminKey: { name: 'a key with the role Admin in the project', consoleUrl: 'https://console.deepgram.com' },
    parameters: [
      {
        name: 'project',
        description: 'The project that the key belongs to: its id in the address of its page',
        example: '123e4567-e89b-12d3-a456-426614174000',
      },
    ],
    calls: { create: 'POST /projects/{project}/keys', disable: null, revoke: 'DELETE /projects/{project}/keys/{id}' },
    unconfirmed: 'What `GET /auth/token` answers beside the key’s id is not described anywhere.',
    documentation: 'https://developers.deepgram.com/reference/manage/keys/create',
  },
  consoleUrl: 'https://console.deepgram.com',
  environment: { DEEPGRAM_BASE_URL: '{url}', DEEPGRAM_API_KEY: '{token}' },
  documentation: 'https://developers.deepgram.com/reference/deepgram-api-overview',
} as const satisfies Provider;
