import { connectOpenrouterKeys } from '#main/control/rotation/connector/openrouter-keys.ts';
import { openrouter } from '#shared/provider/openrouter.ts';
import { refusal, type ServedKey, type ServiceShape } from '../key-service.ts';

const keys = '/api/v1/keys';
const adminSecret = 'sk-or-v1-CANARYadminCANARYadmin0123456789';

/** `models/operations/{createkeys,list,updatekeys,deletekeys}` of @openrouter/sdk 1.3.19. */
export const openrouterShape: ServiceShape = {
  ...{ provider: openrouter, connect: connectOpenrouterKeys, parameters: {}, adminSecret },
  firstSecret: `sk-or-v1-${'f1'.repeat(30)}abcd`,
  inherited: { limit: 25, limit_reset: 'monthly', include_byok_in_limit: true, workspace_id: 'ws_1' },
  admin: ({ authorization }) => authorization === `Bearer ${adminSecret}`,
  secretOf: (number) => `sk-or-v1-${'c4'.repeat(30)}${String(number).padStart(4, '0')}`,
  kindOf({ method, path }) {
    if (path === '/api/v1/models/user') return 'use';
    if (path === keys) return method === 'POST' ? 'create' : 'list';
    if (!path.startsWith(`${keys}/`)) return 'unknown';
    return method === 'DELETE' ? 'revoke' : 'disable';
  },
  answer({ method, path, query, body }, store) {
    if (method === 'POST') {
      const { name, ...limits } = JSON.parse(body);
      const key = store.make(name, limits);
      return { status: 201, document: { key: key.secret, data: keyOf(key) } };
    }
    if (path === keys) {
      const from = Number(query.get('offset'));
      return {
        status: 200,
        document: {
          data: store
            .listed()
            .slice(from, from + 2)
            .map(keyOf),
        },
      };
    }
    const hash = path.split('/').at(-1) ?? '';
    if (method === 'DELETE') return store.remove(hash) ? { status: 200, document: { deleted: true } } : refusal(404);
    const key = store.byId(hash);
    if (key === undefined) return refusal(404);
    key.disabled = JSON.parse(body).disabled;
    return { status: 200, document: { data: keyOf(key) } };
  },
};

function keyOf({ id, name, secret, disabled, extra }: ServedKey) {
  const label = `${secret.slice(0, 12)}...${secret.slice(-3)}`;
  const limits = { limit: null, limit_reset: null, include_byok_in_limit: false, workspace_id: 'ws_default', ...extra };
  const usage = { usage: 0.5, byok_usage: 0, limit_remaining: null, expires_at: null };
  return { hash: id, name, label, disabled, created_at: '2026-11-01T00:00:00Z', updated_at: null, ...usage, ...limits };
}
