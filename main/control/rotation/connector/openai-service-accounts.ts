import { z } from 'zod';
import { lazily } from '#shared/model/lazily.ts';
import type { CreateConnector, KeyHandle, ProviderKey } from '../connector.ts';
import { findersIn, isoOf, isRedactionOf, onlyOne, openKeyApi, pathParameter, readPages } from '../key-api.ts';

const createdSchema = lazily(() =>
  z.object({ id: z.string().min(1), api_key: z.object({ value: z.string().min(1) }) }),
);

const pageSchema = <T extends z.ZodType>(entry: T) =>
  z.object({ data: z.array(entry), has_more: z.boolean().optional(), last_id: z.string().nullish() });

const accountSchema = lazily(() => z.object({ id: z.string(), name: z.string().nullish(), created_at: z.number() }));

const keySchema = lazily(() =>
  z.object({
    id: z.string(),
    name: z.string().nullish(),
    redacted_value: z.string(),
    created_at: z.number(),
    last_used_at: z.number().nullish(),
    owner: z.object({ service_account: z.object({ id: z.string() }).nullish() }).nullish(),
  }),
);
type Key = z.infer<typeof keySchema>;

/** Before the id of a service account or of a person's key, because they are deleted in different places. */
const kinds = { account: 'account:', key: 'key:' } as const;

/**
 * OpenAI: every key is a service account of the project, made with its only key and deleted with it. A key that a person made is
 * found by the characters that the list shows of it.
 * https://platform.openai.com/docs/api-reference/project-service-accounts, …/project-api-keys;
 * `resources/admin/organization/projects` of openai 6.49.0
 */
export const connectOpenaiServiceAccounts: CreateConnector = (context) => {
  const api = openKeyApi(context, {
    baseUrl: `${context.baseUrl}/organization/projects/${pathParameter(context, 'project')}`,
    headers: async () => ({ authorization: `Bearer ${await context.adminSecret()}` }),
  });
  const read = <T extends { readonly id: string }>(path: string, entry: z.ZodType<T>) =>
    readPages(async (cursor) => {
      const after = cursor === null ? '' : `&after=${encodeURIComponent(cursor)}`;
      const page = await api.read(pageSchema(entry), { method: 'GET', path: `${path}?limit=100${after}` });
      const last = page.last_id ?? page.data.at(-1)?.id ?? null;
      return { entries: page.data, next: page.has_more === true ? last : null };
    });
  const accounts = () => read('/service_accounts', accountSchema);
  const keys = () => read('/api_keys', keySchema);

  return {
    async identify(secret) {
      const key = onlyOne((await keys()).filter(({ redacted_value }) => isRedactionOf(redacted_value, secret)));
      return key === null ? null : providerKeyOf(key);
    },
    async create({ name }) {
      const request = { method: 'POST', path: '/service_accounts', body: { name } } as const;
      const { id, api_key } = await api.read(createdSchema, request);
      return { id: `${kinds.account}${id}`, secret: api_key.value };
    },
    ...findersIn(async () => (await accounts()).map(accountKeyOf)),
    async lastUsed(handle) {
      const key = (await keys()).find((candidate) => providerKeyOf(candidate).id === handle.id);
      return isoOf(key?.last_used_at);
    },
    async revoke({ id }: KeyHandle) {
      const path = id.startsWith(kinds.account)
        ? `/service_accounts/${encodeURIComponent(id.slice(kinds.account.length))}`
        : `/api_keys/${encodeURIComponent(id.slice(kinds.key.length))}`;
      await api.send({ method: 'DELETE', path, goneIsFine: true });
    },
  };
};

function accountKeyOf({ id, name, created_at }: z.infer<typeof accountSchema>): ProviderKey {
  const unused = { lastUsedAt: null, state: 'active' } as const;
  return { id: `${kinds.account}${id}`, name: name ?? null, createdAt: isoOf(created_at), ...unused };
}

function providerKeyOf(key: Key): ProviderKey {
  const account = key.owner?.service_account?.id;
  return {
    id: account === undefined ? `${kinds.key}${key.id}` : `${kinds.account}${account}`,
    name: key.name ?? null,
    createdAt: isoOf(key.created_at),
    lastUsedAt: isoOf(key.last_used_at),
    state: 'active',
  };
}
