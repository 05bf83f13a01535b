import { z } from 'zod';
import { lazily } from '#shared/model/lazily.ts';
import type { CreateConnector, ProviderKey } from '../connector.ts';
import { findersIn, isRedactionOf, onlyOne, openKeyApi, readPages } from '../key-api.ts';

const keySchema = lazily(() =>
  z.object({
    hash: z.string().min(1),
    name: z.string(),
    label: z.string(),
    disabled: z.boolean(),
    created_at: z.string(),
    limit: z.number().nullish(),
    limit_reset: z.string().nullish(),
    include_byok_in_limit: z.boolean().optional(),
    workspace_id: z.string().optional(),
  }),
);
type Key = z.infer<typeof keySchema>;

const listSchema = lazily(() => z.object({ data: z.array(keySchema) }));
const createdSchema = lazily(() => z.object({ key: z.string().min(1), data: z.object({ hash: z.string().min(1) }) }));

/**
 * OpenRouter: keys are named, found by the ends that their label shows, disabled and deleted by their hash. A new one has the limits
 * and the workspace of the one before it.
 * https://openrouter.ai/docs/features/provisioning-api-keys; `models/operations/{createkeys,list,updatekeys}` of @openrouter/sdk 1.3.19.
 */
export const connectOpenrouterKeys: CreateConnector = (context) => {
  const api = openKeyApi(context, {
    baseUrl: context.baseUrl,
    headers: async () => ({ authorization: `Bearer ${await context.adminSecret()}` }),
  });
  const entries = () =>
    readPages(async (cursor) => {
      const offset = Number(cursor ?? 0);
      const path = `/keys?include_disabled=true&offset=${offset}`;
      const { data } = await api.read(listSchema, { method: 'GET', path });
      return { entries: data, next: data.length === 0 ? null : String(offset + data.length) };
    });
  const pathOf = (id: string): string => `/keys/${encodeURIComponent(id)}`;
  const disabled = (id: string, to: boolean) => api.send({ method: 'PATCH', path: pathOf(id), body: { disabled: to } });

  return {
    async identify(secret) {
      const key = onlyOne((await entries()).filter(({ label }) => isRedactionOf(label, secret)));
      return key === null ? null : shown(key);
    },
    async create({ name, old }) {
      const before = old === null ? undefined : (await entries()).find(({ hash }) => hash === old.id);
      const body = { name, ...(before === undefined ? {} : limitsOf(before)) };
      const { key, data } = await api.read(createdSchema, { method: 'POST', path: '/keys', body });
      return { id: data.hash, secret: key };
    },
    ...findersIn(async () => (await entries()).map(shown)),
    disable: ({ id }) => disabled(id, true),
    enable: ({ id }) => disabled(id, false),
    revoke: ({ id }) => api.send({ method: 'DELETE', path: pathOf(id), goneIsFine: true }),
  };
};

function limitsOf({ limit, limit_reset, include_byok_in_limit, workspace_id }: Key) {
  return { limit: limit ?? null, limit_reset: limit_reset ?? null, include_byok_in_limit, workspace_id };
}

function shown({ hash, name, created_at, disabled }: Key): ProviderKey {
  return { id: hash, name, createdAt: created_at, lastUsedAt: null, state: disabled ? 'disabled' : 'active' };
}
