import { z } from 'zod';
import { lazily } from '#shared/model/lazily.ts';
import type { CreateConnector, ProviderKey } from '../connector.ts';
import { findersIn, keyApiUrl, openKeyApi, pathParameter, readPages, unlessRefused } from '../key-api.ts';

const keySchema = lazily(() =>
  z.object({
    apiKeyId: z.string().min(1),
    name: z.string(),
    createTime: z.string().nullish(),
    disabled: z.boolean().nullish(),
    qps: z.number().nullish(),
    qpm: z.number().nullish(),
    tpm: z.string().nullish(),
    aclStrings: z.array(z.string()).nullish(),
  }),
);
type Key = z.infer<typeof keySchema>;

const listSchema = lazily(() => z.object({ apiKeys: z.array(keySchema), paginationToken: z.string().nullish() }));
const createdSchema = lazily(() => z.object({ apiKeyId: z.string().min(1), apiKey: z.string().min(1) }));
const ownSchema = lazily(() => z.object({ api_key_id: z.string().min(1) }));
const propagationSchema = lazily(() => z.object({ icPropagation: z.record(z.string(), z.boolean()) }));

/** What a key may do that has no predecessor: all that the team may. */
const everything = ['api-key:model:*', 'api-key:endpoint:*'];

/**
 * xAI: keys of a team, with the permissions and limits of the one before. A new key is not known to every cluster at once; the API
 * tells to which. A key says of itself which it is (`GET /v1/api-key`).
 * https://docs.x.ai/developers/rest-api-reference/management/auth, https://docs.x.ai/developers/rest-api-reference/inference/other
 */
export const connectXaiKeys: CreateConnector = (context) => {
  const api = openKeyApi(context, {
    baseUrl: keyApiUrl(context),
    headers: async () => ({ authorization: `Bearer ${await context.adminSecret()}` }),
  });
  const team = `/auth/teams/${pathParameter(context, 'team')}/api-keys`;
  const pathOf = (id: string): string => `/auth/api-keys/${encodeURIComponent(id)}`;
  const entries = () =>
    readPages(async (cursor) => {
      const after = cursor === null ? '' : `&paginationToken=${encodeURIComponent(cursor)}`;
      const page = await api.read(listSchema, { method: 'GET', path: `${team}?pageSize=100${after}` });
      return { entries: page.apiKeys, next: page.paginationToken || null };
    });
  const disabled = (id: string, to: boolean) =>
    api.send({ method: 'PUT', path: pathOf(id), body: { apiKey: { disabled: to }, fieldMask: 'disabled' } });

  async function ownIdOf(secret: string): Promise<string | null> {
    const headers = async () => ({ authorization: `Bearer ${secret}` });
    const own = openKeyApi(context, { baseUrl: context.baseUrl, headers });
    return (await unlessRefused(own.read(ownSchema, { method: 'GET', path: '/api-key' })))?.api_key_id ?? null;
  }

  return {
    async identify(secret) {
      const id = await ownIdOf(secret);
      const key = id === null ? undefined : (await entries()).find(({ apiKeyId }) => apiKeyId === id);
      return key === undefined ? null : shown(key);
    },
    async create({ name, old }) {
      const before = old === null ? undefined : (await entries()).find(({ apiKeyId }) => apiKeyId === old.id);
      const { qps, qpm, tpm, aclStrings } = before ?? {};
      const body = { name, acls: aclStrings ?? everything, qps: qps ?? null, qpm: qpm ?? null, tpm: tpm ?? null };
      const { apiKeyId, apiKey } = await api.read(createdSchema, { method: 'POST', path: team, body });
      return { id: apiKeyId, secret: apiKey };
    },
    ...findersIn(async () => (await entries()).map(shown)),
    async propagated(id) {
      const path = `${pathOf(id)}/propagation`;
      const { icPropagation } = await api.read(propagationSchema, { method: 'GET', path });
      return Object.values(icPropagation).every(Boolean);
    },
    disable: ({ id }) => disabled(id, true),
    enable: ({ id }) => disabled(id, false),
    revoke: ({ id }) => api.send({ method: 'DELETE', path: pathOf(id), goneIsFine: true }),
  };
};

function shown({ apiKeyId, name, createTime, disabled }: Key): ProviderKey {
  const state = disabled === true ? 'disabled' : 'active';
  return { id: apiKeyId, name, createdAt: createTime ?? null, lastUsedAt: null, state };
}
