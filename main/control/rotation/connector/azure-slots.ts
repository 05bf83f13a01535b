import { z } from 'zod';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { ConnectorContext, CreateConnector } from '../connector.ts';
import { type KeyApi, keyApiUrl, openKeyApi, pathParameter } from '../key-api.ts';
import { readFromProvider } from '../provider-call.ts';

/** The two places for keys that every resource has. */
const slots = ['Key1', 'Key2'] as const;
type Slot = (typeof slots)[number];

const keysSchema = lazily(() => z.object({ key1: z.string().min(1), key2: z.string().min(1) }));
const tokenSchema = lazily(() => z.object({ access_token: z.string().min(1) }));

/** Of Azure Resource Manager's Cognitive Services; the default of @azure/arm-cognitiveservices 8.1.0. */
const apiVersion = '2025-09-01';

/** A resource's id, as the portal shows it under JSON View. Nothing else may become part of a path. */
const resourcePattern =
  /^\/subscriptions\/[\w-]+\/resourceGroups\/[\w.()-]+\/providers\/Microsoft\.CognitiveServices\/accounts\/[\w.-]+$/i;

/**
 * Azure OpenAI: a resource has two keys, and making one anew ends what was in its place. So the new key goes to the place that is not
 * in use, and the old one is ended by overwriting its place. The admin key is the secret of an app registration (RFC 6749 section
 * 4.4), which needs the role Cognitive Services Contributor on the resource.
 * `operations/accounts` of @azure/arm-cognitiveservices 8.1.0; https://learn.microsoft.com/rest/api/aiservices/accountmanagement/accounts/regenerate-key
 */
export const connectAzureSlots: CreateConnector = (context) => {
  const { parameters } = context;
  const resource = parameters.resource ?? '';

  async function open(): Promise<KeyApi> {
    if (!resourcePattern.test(resource))
      throw new TollkeeperError('provider_refused', 'The resource is not the id of a Cognitive Services account.');
    const authorization = `Bearer ${await accessToken(context)}`;
    return openKeyApi(context, { baseUrl: keyApiUrl(context), headers: async () => ({ authorization }) });
  }
  const pathOf = (action: string): string => `${resource}/${action}?api-version=${apiVersion}`;
  const readKeys = (api: KeyApi) =>
    api.read(keysSchema, { method: 'POST', path: pathOf('listKeys'), harmless: true, body: {} });
  const regenerate = (api: KeyApi, keyName: Slot) =>
    api.read(keysSchema, { method: 'POST', path: pathOf('regenerateKey'), body: { keyName } });

  return {
    async identify(secret) {
      const keys = await readKeys(await open());
      const slot = slots.find((candidate) => keyIn(keys, candidate) === secret);
      return slot === undefined
        ? null
        : { id: slot, name: null, createdAt: null, lastUsedAt: null, state: 'active' as const };
    },
    async create({ old }) {
      const slot = slots.find((candidate) => candidate !== old?.id);
      if (old === null || slot === undefined)
        throw new TollkeeperError(
          'provider_refused',
          'The key in use is neither of the two keys of this resource, so none of them was touched.',
        );
      return { id: slot, secret: keyIn(await regenerate(await open(), slot), slot) };
    },
    find: () => Promise.resolve([]),
    list: () => Promise.resolve([]),
    async revoke({ id, secret }) {
      const slot = slots.find((candidate) => candidate === id);
      if (slot === undefined) return;
      const api = await open();
      const isThere = keyIn(await readKeys(api), slot) === (await secret());
      if (isThere) await regenerate(api, slot);
    },
  };
};

function keyIn({ key1, key2 }: z.infer<typeof keysSchema>, slot: Slot): string {
  return slot === 'Key1' ? key1 : key2;
}

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
async function accessToken(context: ConnectorContext): Promise<string> {
  const { fetch, clock, parameters, support, adminSecret } = context;
  const form = new URLSearchParams({
    ...{ grant_type: 'client_credentials', client_id: parameters.client ?? '' },
    ...{ client_secret: await adminSecret(), scope: `${keyApiUrl(context)}/.default` },
  });
  const answer = await readFromProvider(
    {
      ...{ fetch, clock, name: 'Microsoft Entra', method: 'POST', headers: {}, form: form.toString(), harmless: true },
      url: `${support.tokenUrl ?? ''}/${pathParameter(context, 'tenant')}/oauth2/v2.0/token`,
    },
    tokenSchema,
  );
  return answer.access_token;
}
