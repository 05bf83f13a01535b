import type { CreateConnector } from '../connector.ts';
import { connectAzureSlots } from './azure-slots.ts';
import { connectGoogleApiKeys } from './google-api-keys.ts';
import { connectOpenaiServiceAccounts } from './openai-service-accounts.ts';
import { connectOpenrouterKeys } from './openrouter-keys.ts';
import { connectXaiKeys } from './xai-keys.ts';

/** Every connector, by the name under which providers ask for it (`Provider.rotation.connector`). */
export const connectors: Readonly<Record<string, CreateConnector>> = {
  'azure-slots': connectAzureSlots,
  'google-api-keys': connectGoogleApiKeys,
  'openai-service-accounts': connectOpenaiServiceAccounts,
  'openrouter-keys': connectOpenrouterKeys,
  'xai-keys': connectXaiKeys,
};
