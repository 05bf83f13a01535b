import { z } from 'zod';
import { TollkeeperError } from '#shared/model/error.ts';
import { lazily } from '#shared/model/lazily.ts';
import type { CreateConnector, ProviderKey } from '../connector.ts';
import { type KeyApi, keyApiUrl, openKeyApi, unlessRefused } from '../key-api.ts';

const tokenSchema = lazily(() =>
  z.object({
    id: z.number().int(),
    name: z.string(),
    created_at: z.string().nullish(),
    last_used_at: z.string().nullish(),
    expires_at: z.iso.date().nullish(),
    active: z.boolean().nullish(),
  }),
);
type Token = z.infer<typeof tokenSchema>;

const rotatedSchema = lazily(() => z.object({ id: z.number().int(), token: z.string().min(1) }));

const path = '/personal_access_tokens/self';
const dayMs = 24 * 60 * 60 * 1_000;

/** Days for which a new token lives where the old one does not tell, and the most that GitLab allows by default. */
const days = { usual: 90, most: 364 } as const;

/**
 * GitLab: a token with the scope `api` or `self_rotate` replaces itself, and ends in the same moment. A token that was replaced must
 * never be used to do it again: GitLab takes that for theft and ends its successors. So this is called once, and an answer that is
 * lost is not asked for again. The new token lives as long as the old one did.
 * https://docs.gitlab.com/api/personal_access_tokens/#rotate-a-personal-access-token, https://gitlab.com/gitlab-org/gitlab/-/issues/524639
 */
export const connectGitlabSelfRotate: CreateConnector = (context) => {
  const { header, prefix } = context.provider.key;
  const openAs = (secret: string): KeyApi =>
    openKeyApi(context, { baseUrl: keyApiUrl(context), headers: async () => ({ [header]: `${prefix}${secret}` }) });

  /** Null when the token is not taken. */
  const readSelf = (api: KeyApi): Promise<Token | null> =>
    unlessRefused(api.read(tokenSchema, { method: 'GET', path }));

  return {
    async identify(secret) {
      const token = await readSelf(openAs(secret));
      return token === null ? null : shown(token);
    },
    async create({ old }) {
      if (old === null) throw new TollkeeperError('provider_refused', 'GitLab does not take the present token.');
      const api = openAs(await old.secret());
      const token = await readSelf(api);
      if (token === null) throw new TollkeeperError('provider_refused', 'GitLab does not take the present token.');
      const body = { expires_at: expiryAfter(token, context.clock.now()) };
      const rotated = await api.read(rotatedSchema, { method: 'POST', path: `${path}/rotate`, body });
      return { id: String(rotated.id), secret: rotated.token };
    },
    find: () => Promise.resolve([]),
    list: () => Promise.resolve([]),
    async revoke({ secret }) {
      const api = openAs(await secret());
      if ((await readSelf(api)) !== null) await api.send({ method: 'DELETE', path, goneIsFine: true });
    },
  };
};

/** A day, `YYYY-MM-DD`. */
function expiryAfter({ created_at, expires_at }: Token, now: number): string {
  const lived = created_at && expires_at ? (Date.parse(expires_at) - Date.parse(created_at)) / dayMs : days.usual;
  const left = Math.min(days.most, Math.max(1, Math.round(lived)));
  return new Date(now + left * dayMs).toISOString().slice(0, 10);
}

function shown({ id, name, created_at, last_used_at }: Token): ProviderKey {
  const times = { createdAt: created_at ?? null, lastUsedAt: last_used_at ?? null };
  return { id: String(id), name, ...times, state: 'active' };
}
