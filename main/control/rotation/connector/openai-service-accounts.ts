import { z } from 'zod';
import { TollkeeperError } from '#shared/model/error.ts';
import type { ConnectorContext, CreateConnector, KeyHandle, ProviderKey } from '../connector.ts';
import { callProvider, type ProviderCall } from '../provider-call.ts';

const createdSchema = z.object({ id: z.string().min(1), api_key: z.object({ value: z.string().min(1) }) });

const pageSchema = <T extends z.ZodType>(entry: T) =>
  z.object({ data: z.array(entry), has_more: z.boolean().optional(), last_id: z.string().nullish() });

const accountSchema = z.object({ id: z.string(), name: z.string().nullish(), created_at: z.number() });

const keySchema = z.object({
  id: z.string(),
  name: z.string().nullish(),
  redacted_value: z.string(),
  created_at: z.number(),
  last_used_at: z.number().nullish(),
  owner: z.object({ service_account: z.object({ id: z.string() }).nullish() }).nullish(),
});
type Key = z.infer<typeof keySchema>;

/** Pages that are read of one list; at 100 entries each. */
const mostPages = 50;

/** Before the id of a service account or of a person's key, because they are deleted in different places. */
const kinds = { account: 'account:', key: 'key:' } as const;

/**
 * OpenAI: every key is a service account of the project, made with its only key and deleted with it. A key that a person made is
 * found by the characters that the list shows of it.
 * https://platform.openai.com/docs/api-reference/project-service-accounts, …/project-api-keys
 */
export const connectOpenaiServiceAccounts: CreateConnector = (context) => {
  const project = `${context.baseUrl}/organization/projects/${encodeURIComponent(context.parameters.project ?? '')}`;
  const call = (method: ProviderCall['method'], path: string, more: Partial<ProviderCall> = {}) =>
    request(context, { method, url: `${project}${path}`, ...more });
  const accounts = () => readPages((query) => call('GET', `/service_accounts${query}`), accountSchema);
  const keys = () => readPages((query) => call('GET', `/api_keys${query}`), keySchema);

  async function named(fits: (name: string) => boolean): Promise<readonly ProviderKey[]> {
    return (await accounts())
      .filter(({ name }) => fits(name ?? ''))
      .map((account) => ({
        ...{ id: `${kinds.account}${account.id}`, name: account.name ?? null, createdAt: isoOf(account.created_at) },
        ...{ lastUsedAt: null, state: 'active' },
      }));
  }

  return {
    async identify(secret) {
      const found = (await keys()).filter(({ redacted_value }) => isRedactionOf(redacted_value, secret));
      const [key] = found;
      return key === undefined || found.length > 1 ? null : providerKeyOf(key);
    },
    async create({ name }) {
      const created = createdSchema.safeParse(await call('POST', '/service_accounts', { body: { name } }));
      if (created.success) return { id: `${kinds.account}${created.data.id}`, secret: created.data.api_key.value };
      throw new TollkeeperError('provider_outcome_unknown', `${context.provider.name} answered without a key.`);
    },
    find: (name) => named((other) => other === name),
    list: (prefix) => named((other) => other.startsWith(prefix)),
    async lastUsed(handle) {
      const key = (await keys()).find((candidate) => providerKeyOf(candidate).id === handle.id);
      return isoOf(key?.last_used_at);
    },
    async revoke({ id }: KeyHandle) {
      const path = id.startsWith(kinds.account)
        ? `/service_accounts/${encodeURIComponent(id.slice(kinds.account.length))}`
        : `/api_keys/${encodeURIComponent(id.slice(kinds.key.length))}`;
      await call('DELETE', path, { goneIsFine: true });
    },
  };
};

async function request(context: ConnectorContext, call: Pick<ProviderCall, 'method' | 'url'> & Partial<ProviderCall>) {
  const { fetch, clock, provider, adminSecret } = context;
  const headers = { authorization: `Bearer ${await adminSecret()}` };
  return callProvider({ fetch, clock, name: provider.name, headers, ...call });
}

async function readPages<T extends { readonly id: string }>(
  read: (query: string) => Promise<unknown>,
  entry: z.ZodType<T>,
): Promise<readonly T[]> {
  const entries: T[] = [];
  let after = '';
  for (let page = 0; page < mostPages; page += 1) {
    const answer = pageSchema(entry).safeParse(await read(`?limit=100${after}`));
    if (!answer.success)
      throw new TollkeeperError('provider_busy', 'The provider answered with a list that can’t be read.');
    entries.push(...answer.data.data);
    const last = answer.data.last_id ?? entries.at(-1)?.id;
    if (answer.data.has_more !== true || last === undefined) break;
    after = `&after=${encodeURIComponent(last)}`;
  }
  return entries;
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

/** True when the shown ends, such as `sk-abc...def` or `sk-abc**def`, are those of the secret. */
function isRedactionOf(redacted: string, secret: string): boolean {
  const [start, ...rest] = redacted.split(/[.*…]+/);
  const end = rest.at(-1) ?? '';
  return start !== undefined && end.length >= 3 && secret.startsWith(start) && secret.endsWith(end);
}

function isoOf(seconds: number | null | undefined): string | null {
  return seconds === null || seconds === undefined ? null : new Date(seconds * 1_000).toISOString();
}
