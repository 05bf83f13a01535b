import type { Provider } from '../model/provider.ts';

/**
 * AWS Bedrock by its OpenAI-compatible endpoint and its long-term API keys. Each region has an address of its own, given with
 * `--base-url`. Most models are below `/v1`, those of OpenAI below `/openai/v1`, where its SDK looks for them. Access keys of IAM,
 * which sign every call, are not taken, and neither are Converse and InvokeModel.
 */
export const bedrock = {
  id: 'bedrock',
  name: 'AWS Bedrock',
  baseUrl: 'https://bedrock-mantle.us-east-1.api.aws',
  basePath: '',
  local: false,
  key: { header: 'authorization', prefix: 'Bearer ' },
  requiredHeaders: {},
  endpoints: [
    { method: 'POST', path: '/v1/chat/completions', capability: 'chat', dialect: 'openai-chat', model: 'body' },
    { method: 'POST', path: '/v1/responses', capability: 'chat', dialect: 'openai-responses', model: 'body' },
    { method: 'GET', path: '/v1/responses/{response}', capability: 'chat', dialect: null, model: 'none' },
    { method: 'DELETE', path: '/v1/responses/{response}', capability: 'chat', dialect: null, model: 'none' },
    { method: 'POST', path: '/v1/responses/{response}/cancel', capability: 'chat', dialect: null, model: 'none' },
    { method: 'GET', path: '/v1/models', capability: 'models', dialect: null, model: 'none' },
    { method: 'POST', path: '/openai/v1/chat/completions', capability: 'chat', dialect: 'openai-chat', model: 'body' },
    { method: 'POST', path: '/openai/v1/responses', capability: 'chat', dialect: 'openai-responses', model: 'body' },
    { method: 'GET', path: '/openai/v1/responses/{response}', capability: 'chat', dialect: null, model: 'none' },
    { method: 'DELETE', path: '/openai/v1/responses/{response}', capability: 'chat', dialect: null, model: 'none' },
    {
      method: 'POST',
      path: '/openai/v1/responses/{response}/cancel',
      capability: 'chat',
      dialect: null,
      model: 'none',
    },
    { method: 'GET', path: '/openai/v1/models', capability: 'models', dialect: null, model: 'none' },
  ],
  errorShape: 'openai',
  keyForm: { pattern: '^ABSK[A-Za-z0-9+/=]{24,}$', example: 'ABSKRVhBTVBMRWV4YW1wbGU6RVhBTVBMRWV4YW1wbGU=' },
  check: { path: '/v1/models', modelList: 'data', modelId: 'id', account: null },
  priceId: 'aws',
  rotation: {
    connector: 'bedrock-api-keys',
    overlap: 'slots',
    named: false,
    disable: 'reversible',
    lastUsedLagMs: null,
    propagationMs: 120_000,
    adminKey: {
      name: 'an access key of an IAM user that may manage service-specific credentials, as ID:SECRET',
      consoleUrl: 'https://console.aws.amazon.com/iam/home#/security_credentials',
    },
    parameters: [
      {
        name: 'user',
        description: 'The IAM user that the key belongs to: its name',
        example: 'BedrockAPIKey-a1b2',
      },
    ],
    apiUrl: 'https://iam.amazonaws.com',
    calls: {
      create: 'CreateServiceSpecificCredential, or ResetServiceSpecificCredential of the place that is not in use',
      disable: 'UpdateServiceSpecificCredential Inactive',
      revoke: 'DeleteServiceSpecificCredential',
    },
    caution:
      'An IAM user has two API keys for Bedrock. The one that is not in use here is overwritten, whoever else may use it.',
    unconfirmed: 'That a key holds the alias under which it is listed is known from published code, not from AWS.',
    documentation: 'https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html',
  },
  consoleUrl: 'https://console.aws.amazon.com/bedrock/home#/api-keys',
  environment: { AWS_BEDROCK_BASE_URL: '{url}/openai/v1', AWS_BEARER_TOKEN_BEDROCK: '{token}' },
  documentation: 'https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-mantle.html',
} as const satisfies Provider;
