import type { CreateConnector } from '../connector.ts';
import { connectAnthropicConsoleKeys } from './anthropic-console-keys.ts';
import { connectAzureSlots } from './azure-slots.ts';
import { connectBedrockApiKeys } from './bedrock-api-keys.ts';
import { connectDeepgramKeys } from './deepgram-keys.ts';
import { connectElevenlabsServiceAccount } from './elevenlabs-service-account.ts';
import { connectGitlabSelfRotate } from './gitlab-self-rotate.ts';
import { connectGoogleApiKeys } from './google-api-keys.ts';
import { connectOpenaiServiceAccounts } from './openai-service-accounts.ts';
import { connectOpenrouterKeys } from './openrouter-keys.ts';
import { connectXaiKeys } from './xai-keys.ts';

/** Every connector, by the name under which providers ask for it (`Provider.rotation.connector`, `Provider.guide.api.connector`). */
export const connectors: Readonly<Record<string, CreateConnector>> = {
  'anthropic-console-keys': connectAnthropicConsoleKeys,
  'azure-slots': connectAzureSlots,
  'bedrock-api-keys': connectBedrockApiKeys,
  'deepgram-keys': connectDeepgramKeys,
  'elevenlabs-service-account': connectElevenlabsServiceAccount,
  'gitlab-self-rotate': connectGitlabSelfRotate,
  'google-api-keys': connectGoogleApiKeys,
  'openai-service-accounts': connectOpenaiServiceAccounts,
  'openrouter-keys': connectOpenrouterKeys,
  'xai-keys': connectXaiKeys,
};
