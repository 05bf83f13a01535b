import { connectOpenaiServiceAccounts } from '#main/control/rotation/connector/openai-service-accounts.ts';
import { openai } from '#shared/provider/openai.ts';
import { refusal, type ServedKey, type ServiceShape } from '../key-service.ts';

const accounts = '/v1/organization/projects/proj_1/service_accounts';
const apiKeys = '/v1/organization/projects/proj_1/api_keys';
const adminSecret = 'sk-admin-CANARYadminCANARYadmin0123456789';

/** `resources/admin/organization/projects` of openai 6.49.0. */
export const openaiShape: ServiceShape = {
  ...{ provider: openai, connect: connectOpenaiServiceAccounts, parameters: { project: 'proj_1' }, adminSecret },
  firstSecret: 'sk-proj-CANARYfirstCANARYfirst0123456789',
  admin: ({ authorization }) => authorization === `Bearer ${adminSecret}`,
  secretOf: (number) => `sk-svcacct-CANARYmadeCANARYmade-${String(number).padStart(4, '0')}`,
  kindOf({ method, path }) {
    if (path === '/v1/models') return 'use';
    if (method === 'POST' && path === accounts) return 'create';
    if (method === 'DELETE') return 'revoke';
    return path === accounts || path === apiKeys ? 'list' : 'unknown';
  },
  answer({ method, path, body }, store) {
    if (method === 'POST') {
      const key = store.make(JSON.parse(body).name);
      const value = { object: 'organization.project.service_account.api_key', id: `of-${key.id}`, value: key.secret };
      return { status: 200, document: { ...accountOf(key), api_key: { ...value, name: 'Secret', created_at: 1 } } };
    }
    if (method === 'DELETE') {
      const id = path.split('/').at(-1) ?? '';
      return store.remove(id) ? { status: 200, document: { id, deleted: true } } : refusal(404);
    }
    const made = store.listed();
    const data = path === accounts ? made.filter(({ id }) => id !== 'first').map(accountOf) : made.map(apiKeyOf);
    return { status: 200, document: { object: 'list', data, has_more: false, last_id: null } };
  },
};

function accountOf({ id, name }: ServedKey) {
  return { object: 'organization.project.service_account', id, name, role: 'member', created_at: 1_700_000_000 };
}

function apiKeyOf({ id, name, secret }: ServedKey) {
  const owner = id === 'first' ? { type: 'user' } : { type: 'service_account', service_account: { id, name } };
  const redacted = `${secret.slice(0, 8)}****${secret.slice(-4)}`;
  return {
    object: 'organization.project.api_key',
    id,
    name,
    redacted_value: redacted,
    created_at: 1,
    last_used_at: null,
    owner,
  };
}
