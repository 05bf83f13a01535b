import { z } from 'zod';
import { lazily } from '#shared/model/lazily.ts';
import type { CreateConnector, ProviderKey } from '../connector.ts';
import { findersIn, keyApiUrl, openKeyApi, pathParameter, unlessRefused } from '../key-api.ts';

const keySchema = lazily(() =>
  z.object({
    api_key_id: z.string().min(1),
    comment: z.string().nullish(),
    scopes: z.array(z.string()).nullish(),
    tags: z.array(z.string()).nullish(),
    created: z.string().nullish(),
  }),
);
type Key = z.infer<typeof keySchema>;

const listSchema = lazily(() => z.object({ api_keys: z.array(z.object({ api_key: keySchema })) }));
const createdSchema = lazily(() => z.object({ api_key_id: z.string().min(1), key: z.string().min(1) }));
const ownSchema = lazily(() => z.object({ api_key_id: z.string().min(1) }));

/** The role of a key that has no predecessor: it may call, and manage nothing. */
const memberRole = ['member'];

/**
 * Deepgram: keys of a project, named by their comment, with the scopes and tags of the one before. A key says of itself which it is.
 * https://developers.deepgram.com/reference/manage/keys/create; `types/CreateProjectKey{Schema,Response}` and `getTokenDetails` of
 * @deepgram/sdk 4.11.2, `types/ListProjectKeysV1Response` of 5.13.0.
 */
export const connectDeepgramKeys: CreateConnector = (context) => {
  const { prefix } = context.provider.key;
  const baseUrl = keyApiUrl(context);
  const api = openKeyApi(context, {
    baseUrl,
    headers: async () => ({ authorization: `${prefix}${await context.adminSecret()}` }),
  });
  const path = `/projects/${pathParameter(context, 'project')}/keys`;
  const entries = async () =>
    (await api.read(listSchema, { method: 'GET', path })).api_keys.map(({ api_key }) => api_key);

  async function ownIdOf(secret: string): Promise<string | null> {
    const own = openKeyApi(context, { baseUrl, headers: async () => ({ authorization: `${prefix}${secret}` }) });
    return (await unlessRefused(own.read(ownSchema, { method: 'GET', path: '/auth/token' })))?.api_key_id ?? null;
  }

  return {
    async identify(secret) {
      const id = await ownIdOf(secret);
      const key = id === null ? undefined : (await entries()).find(({ api_key_id }) => api_key_id === id);
      return key === undefined ? null : shown(key);
    },
    async create({ name, old }) {
      const before = old === null ? undefined : (await entries()).find(({ api_key_id }) => api_key_id === old.id);
      const body = { comment: name, scopes: before?.scopes ?? memberRole, tags: before?.tags ?? [] };
      const { api_key_id, key } = await api.read(createdSchema, { method: 'POST', path, body });
      return { id: api_key_id, secret: key };
    },
    ...findersIn(async () => (await entries()).map(shown)),
    revoke: ({ id }) => api.send({ method: 'DELETE', path: `${path}/${encodeURIComponent(id)}`, goneIsFine: true }),
  };
};

function shown({ api_key_id, comment, created }: Key): ProviderKey {
  return { id: api_key_id, name: comment ?? null, createdAt: created ?? null, lastUsedAt: null, state: 'active' };
}
