import { z } from 'zod';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { CreateConnector, ProviderKey } from '../connector.ts';
import { findersIn, isRedactionOf, onlyOne, openKeyApi, readPages } from '../key-api.ts';

const keySchema = lazily(() =>
  z.object({
    id: z.string().min(1),
    name: z.string(),
    created_at: z.string(),
    partial_key_hint: z.string().nullish(),
    status: z.string(),
  }),
);
type Key = z.infer<typeof keySchema>;

const listSchema = lazily(() =>
  z.object({ data: z.array(keySchema), has_more: z.boolean(), last_id: z.string().nullish() }),
);

/**
 * Anthropic: keys are made in the Console only. The Admin API lists them, with both ends of each, and changes their status: `inactive`
 * can be taken back, `archived` is for good.
 * https://platform.claude.com/docs/en/api/admin/api_keys/list, …/update
 */
export const connectAnthropicConsoleKeys: CreateConnector = (context) => {
  const { provider, baseUrl, adminSecret } = context;
  const api = openKeyApi(context, {
    baseUrl,
    headers: async () => ({ ...provider.requiredHeaders, [provider.key.header]: await adminSecret() }),
  });
  const keys = () =>
    readPages(async (cursor) => {
      const after = cursor === null ? '' : `&after_id=${encodeURIComponent(cursor)}`;
      const path = `/v1/organizations/api_keys?limit=100${after}`;
      const { data, has_more, last_id } = await api.read(listSchema, { method: 'GET', path });
      return { entries: data, next: has_more ? (last_id ?? data.at(-1)?.id ?? null) : null };
    });
  const become = (id: string, status: 'active' | 'inactive' | 'archived'): Promise<void> => {
    const path = `/v1/organizations/api_keys/${encodeURIComponent(id)}`;
    return api.send({ method: 'POST', path, body: { status }, goneIsFine: status !== 'active' });
  };

  return {
    async identify(secret) {
      const key = onlyOne((await keys()).filter((one) => isRedactionOf(one.partial_key_hint ?? '', secret)));
      return key === null ? null : shown(key);
    },
    create: () =>
      Promise.reject(new TollkeeperError('provider_refused', `${provider.name} makes keys in its Console only.`)),
    ...findersIn(async () => (await keys()).map(shown)),
    disable: ({ id }) => become(id, 'inactive'),
    enable: ({ id }) => become(id, 'active'),
    revoke: ({ id }) => become(id, 'archived'),
  };
};

function shown({ id, name, created_at, status }: Key): ProviderKey {
  return { id, name, createdAt: created_at, lastUsedAt: null, state: status === 'active' ? 'active' : 'disabled' };
}
