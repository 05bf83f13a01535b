import { connectAzureSlots } from '#main/control/rotation/connector/azure-slots.ts';
import { azure } from '#shared/provider/azure.ts';
import { refusal, type ServiceShape } from '../key-service.ts';

const resource = '/subscriptions/s-1/resourceGroups/g-1/providers/Microsoft.CognitiveServices/accounts/models';
const adminSecret = 'CANARY~adminCANARYadmin0123456789.ab';
const accessToken = 'eyJ-CANARY-access-token-of-azure-0123456789';

/** `operations/accounts` of @azure/arm-cognitiveservices 8.1.0; https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
export const azureShape: ServiceShape = {
  ...{ provider: azure, connect: connectAzureSlots, adminSecret },
  parameters: { resource, tenant: 't-1', client: 'c-1' },
  firstSecret: 'CANARYfirstCANARYfirstCANARY01234567',
  admin: ({ authorization }) => authorization === `Bearer ${accessToken}`,
  secretOf: (number) => `CANARYmadeCANARYmadeCANARYmade${String(number).padStart(4, '0')}`,
  kindOf({ path }) {
    if (path === '/openai/v1/models') return 'use';
    if (path === '/t-1/oauth2/v2.0/token') return 'token';
    if (path === `${resource}/listKeys`) return 'list';
    return path === `${resource}/regenerateKey` ? 'create' : 'unknown';
  },
  answer({ path, body, query }, store) {
    if (path.endsWith('/token')) {
      const form = new URLSearchParams(body);
      const isRight = form.get('client_secret') === adminSecret && form.get('client_id') === 'c-1';
      return isRight ? { status: 200, document: { token_type: 'Bearer', access_token: accessToken } } : refusal(401);
    }
    if (query.get('api-version') !== '2025-09-01') return refusal(400);
    const second = store.byId('key-1') ?? store.make(null);
    const first = store.byId('first');
    if (path.endsWith('/regenerateKey')) {
      const place = JSON.parse(body).keyName === 'Key1' ? first : second;
      if (place !== undefined) place.secret = store.nextSecret();
    }
    return { status: 200, document: { key1: first?.secret, key2: second.secret } };
  },
};
