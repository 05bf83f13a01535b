import { z } from 'zod';
import { lazily } from '#shared/model/lazily.ts';
import type { CreateConnector, ProviderKey } from '../connector.ts';
import { findersIn, isoOf, keyApiUrl, onlyOne, openKeyApi, pathParameter } from '../key-api.ts';

const keySchema = lazily(() =>
  z.object({
    key_id: z.string().min(1),
    name: z.string(),
    hint: z.string(),
    created_at_unix: z.number().nullish(),
    is_disabled: z.boolean().nullish(),
    permissions: z.array(z.string()).nullish(),
    character_limit: z.number().nullish(),
    allowed_ips: z.array(z.string()).nullish(),
  }),
);
type Key = z.infer<typeof keySchema>;

const listSchema = lazily(() => z.object({ 'api-keys': z.array(keySchema) }));
const createdSchema = lazily(() => z.object({ 'xi-api-key': z.string().min(1), key_id: z.string().min(1) }));

/** Characters of a hint that must fit, so that it is no accident. */
const leastHint = 4;

/**
 * ElevenLabs: keys of a service account, with the permissions, the character limit and the addresses of the one before. A key that
 * a person made is found by the characters that the list shows of it.
 * `serviceAccounts.apiKeys` and `WorkspaceApiKeyResponseModel` of @elevenlabs/elevenlabs-js 2.73.0;
 * https://elevenlabs.io/docs/api-reference/service-accounts/api-keys/create
 */
export const connectElevenlabsServiceAccount: CreateConnector = (context) => {
  const api = openKeyApi(context, {
    baseUrl: keyApiUrl(context),
    headers: async () => ({ [context.provider.key.header]: await context.adminSecret() }),
  });
  const path = `/v1/service-accounts/${pathParameter(context, 'service-account')}/api-keys`;
  const pathOf = (id: string): string => `${path}/${encodeURIComponent(id)}`;
  const entries = async () => (await api.read(listSchema, { method: 'GET', path }))['api-keys'];
  const enabled = (id: string, to: boolean) =>
    api.send({ method: 'PATCH', path: pathOf(id), body: { is_enabled: to } });

  return {
    async identify(secret) {
      const key = onlyOne((await entries()).filter(({ hint }) => isHintOf(hint, secret)));
      return key === null ? null : shown(key);
    },
    async create({ name, old }) {
      const before = old === null ? undefined : (await entries()).find(({ key_id }) => key_id === old.id);
      const { permissions, character_limit, allowed_ips } = before ?? {};
      const body = { name, permissions: permissions ?? 'all', character_limit, allowed_ips };
      const created = await api.read(createdSchema, { method: 'POST', path, body });
      return { id: created.key_id, secret: created['xi-api-key'] };
    },
    ...findersIn(async () => (await entries()).map(shown)),
    disable: ({ id }) => enabled(id, false),
    enable: ({ id }) => enabled(id, true),
    revoke: ({ id }) => api.send({ method: 'DELETE', path: pathOf(id), goneIsFine: true }),
  };
};

/** True when every part that is shown stands at its end of the secret: `...1a2b`, `sk_9...1a2b`, or the bare last characters. */
function isHintOf(hint: string, secret: string): boolean {
  const [start = '', ...rest] = hint.split(/[.*…]+/);
  const end = rest.at(-1);
  if (end === undefined) return hint.length >= leastHint && secret.endsWith(hint);
  return start.length + end.length >= leastHint && secret.startsWith(start) && secret.endsWith(end);
}

function shown({ key_id, name, created_at_unix, is_disabled }: Key): ProviderKey {
  const state = is_disabled === true ? 'disabled' : 'active';
  return { id: key_id, name, createdAt: isoOf(created_at_unix), lastUsedAt: null, state };
}
