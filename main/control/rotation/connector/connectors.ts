import type { CreateConnector } from '../connector.ts';
import { connectOpenaiServiceAccounts } from './openai-service-accounts.ts';

/** Every connector, by the name under which providers ask for it (`Provider.rotation.connector`). */
export const connectors: Readonly<Record<string, CreateConnector>> = {
  'openai-service-accounts': connectOpenaiServiceAccounts,
};
