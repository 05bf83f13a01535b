import { connectXaiKeys } from '#main/control/rotation/connector/xai-keys.ts';
import { xai } from '#shared/provider/xai.ts';
import { refusal, type ServedKey, type ServiceShape } from '../key-service.ts';

const keys = '/auth/teams/team_1/api-keys';
const adminSecret = 'xai-token-CANARYadminCANARYadmin0123456789';

/** https://docs.x.ai/developers/rest-api-reference/management/auth, whose example answers these are. */
export const xaiShape: ServiceShape = {
  ...{ provider: xai, connect: connectXaiKeys, parameters: { team: 'team_1' }, adminSecret },
  firstSecret: 'xai-CANARYfirstCANARYfirst0123456789',
  inherited: { aclStrings: ['api-key:model:grok-4', 'api-key:endpoint:chat'], qps: 5, qpm: 100, tpm: '42' },
  admin: ({ authorization }) => authorization === `Bearer ${adminSecret}`,
  secretOf: (number) => `xai-CANARYmadeCANARYmade-${String(number).padStart(4, '0')}`,
  kindOf({ method, path }) {
    if (path === '/v1/models') return 'use';
    if (path === '/v1/api-key') return 'self';
    if (path === keys) return method === 'POST' ? 'create' : 'list';
    if (!path.startsWith('/auth/api-keys/')) return 'unknown';
    if (path.endsWith('/propagation')) return 'read';
    return method === 'DELETE' ? 'revoke' : 'disable';
  },
  answer({ method, path, query, headers, body }, store) {
    if (path === '/v1/api-key') {
      const own = store.keys.find(({ secret }) => headers.authorization === `Bearer ${secret}`);
      return own === undefined ? refusal(400) : { status: 200, document: { api_key_id: own.id, name: own.name } };
    }
    if (method === 'POST') {
      const { name, acls, ...limits } = JSON.parse(body);
      const key = store.make(name, { aclStrings: acls, ...limits });
      return { status: 200, document: { ...keyOf(key), apiKey: key.secret } };
    }
    if (path === keys) {
      const from = Number(query.get('paginationToken') ?? 0);
      const all = store.listed();
      const next = from + 2 < all.length ? String(from + 2) : '';
      return { status: 200, document: { apiKeys: all.slice(from, from + 2).map(keyOf), paginationToken: next } };
    }
    const id = path.split('/')[3] ?? '';
    if (path.endsWith('/propagation')) {
      const here = !store.isPending();
      return { status: 200, document: { icPropagation: { 'us-east-1.api.x.ai': here, 'cloud9.api.x.ai': true } } };
    }
    if (method === 'DELETE') return store.remove(id) ? { status: 200, document: {} } : refusal(404);
    const key = store.byId(id);
    const { apiKey, fieldMask } = JSON.parse(body);
    if (key === undefined || fieldMask !== 'disabled') return refusal(404);
    key.disabled = apiKey.disabled;
    return { status: 200, document: keyOf(key) };
  },
};

function keyOf({ id, name, secret, disabled, extra }: ServedKey) {
  const times = { createTime: '2025-11-13T16:14:38.164829Z', modifyTime: '2025-11-13T16:38:07.059039Z' };
  const owner = { userId: 'user_1', teamId: 'team_1' };
  return { redactedApiKey: `xai-...${secret.slice(-4)}`, apiKeyId: id, name, disabled, ...times, ...owner, ...extra };
}
