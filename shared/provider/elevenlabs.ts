import type { Provider } from '../model/provider.ts';

/**
 * ElevenLabs. Left out on purpose: `/v1/user`, whose answer holds the key itself, voice cloning, agents, the workspace, and live
 * sessions over a WebSocket.
 */
export const elevenlabs = {
  id: 'elevenlabs',
  name: 'ElevenLabs',
  baseUrl: 'https://api.elevenlabs.io',
  basePath: '',
  local: false,
  key: { header: 'xi-api-key', prefix: '' },
  requiredHeaders: {},
  endpoints: [
    { method: 'POST', path: '/v1/text-to-speech/{voice}', capability: 'audio', dialect: null, model: 'none' },
    { method: 'POST', path: '/v1/text-to-speech/{voice}/stream', capability: 'audio', dialect: null, model: 'none' },
    {
      method: 'POST',
      path: '/v1/text-to-speech/{voice}/with-timestamps',
      capability: 'audio',
      dialect: null,
      model: 'none',
    },
    { method: 'POST', path: '/v1/speech-to-text', capability: 'audio', dialect: null, model: 'none' },
    { method: 'POST', path: '/v1/speech-to-speech/{voice}', capability: 'audio', dialect: null, model: 'none' },
    { method: 'POST', path: '/v1/sound-generation', capability: 'audio', dialect: null, model: 'none' },
    { method: 'POST', path: '/v1/audio-isolation', capability: 'audio', dialect: null, model: 'none' },
    { method: 'GET', path: '/v1/models', capability: 'models', dialect: null, model: 'none' },
    { method: 'GET', path: '/v1/voices', capability: 'models', dialect: null, model: 'none' },
  ],
  errorShape: 'openai',
  keyForm: { pattern: '^sk_[0-9a-f]{48}$', example: 'sk_0123456789abcdef0123456789abcdef0123456789abcdef' },
  check: { path: '/v1/models', modelList: '', modelId: 'model_id', account: null },
  priceId: 'elevenlabs',
  rotation: {
    connector: 'elevenlabs-service-account',
    overlap: 'full',
    named: true,
    disable: 'reversible',
    lastUsedLagMs: null,
    propagationMs: 60_000,
    adminKey: {
      name: 'a key of a workspace administrator',
      consoleUrl: 'https://elevenlabs.io/app/settings/api-keys',
    },
    parameters: [
      {
        name: 'service-account',
        description: 'The service account that the key belongs to: its user id',
        example: 'u_1234567890abcdef',
      },
    ],
    calls: {
      create: 'POST /v1/service-accounts/{service-account}/api-keys',
      disable: 'PATCH …/api-keys/{id} {"is_enabled": false}',
      revoke: 'DELETE …/api-keys/{id}',
    },
    unconfirmed:
      'Which characters of a key its hint shows is not described; where it can’t be told, you delete the first old key by hand.',
    documentation: 'https://elevenlabs.io/docs/api-reference/service-accounts/api-keys/create',
  },
  consoleUrl: 'https://elevenlabs.io/app/settings/api-keys',
  environment: { ELEVENLABS_BASE_URL: '{url}', ELEVENLABS_API_KEY: '{token}' },
  documentation: 'https://elevenlabs.io/docs/api-reference/introduction',
} as const satisfies Provider;
