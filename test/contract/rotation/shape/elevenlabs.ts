import { connectElevenlabsServiceAccount } from '#main/control/rotation/connector/elevenlabs-service-account.ts';
import { elevenlabs } from '#shared/provider/elevenlabs.ts';
import { refusal, type ServedKey, type ServiceShape } from '../key-service.ts';

const keys = '/v1/service-accounts/u-1/api-keys';
const adminSecret = 'sk_CANARYadminCANARYadmin0123456789abcdef';

/** `serviceAccounts.apiKeys`, `WorkspaceApiKeyResponseModel` and `WorkspaceCreateApiKeyResponseModel` of @elevenlabs/elevenlabs-js 2.73.0. */
export const elevenlabsShape: ServiceShape = {
  ...{
    provider: elevenlabs,
    connect: connectElevenlabsServiceAccount,
    parameters: { 'service-account': 'u-1' },
    adminSecret,
  },
  firstSecret: `sk_${'f1'.repeat(22)}abcd`,
  inherited: { permissions: ['text_to_speech'], character_limit: 5_000, allowed_ips: ['10.0.0.0/24'] },
  admin: (headers) => headers['xi-api-key'] === adminSecret,
  secretOf: (number) => `sk_${'c4'.repeat(22)}${String(number).padStart(4, '0')}`,
  kindOf({ method, path }) {
    if (path === '/v1/models') return 'use';
    if (path === keys) return method === 'POST' ? 'create' : 'list';
    if (!path.startsWith(`${keys}/`)) return 'unknown';
    return method === 'DELETE' ? 'revoke' : 'disable';
  },
  answer({ method, path, body }, store) {
    if (method === 'POST') {
      const { name, ...extra } = JSON.parse(body);
      const key = store.make(name, extra);
      return { status: 200, document: { 'xi-api-key': key.secret, key_id: key.id } };
    }
    if (path === keys) return { status: 200, document: { 'api-keys': store.listed().map(keyOf) } };
    const id = path.split('/').at(-1) ?? '';
    if (method === 'DELETE') return store.remove(id) ? { status: 200, document: { status: 'ok' } } : refusal(404);
    const key = store.byId(id);
    if (key === undefined) return refusal(404);
    key.disabled = !JSON.parse(body).is_enabled;
    return { status: 200, document: { status: 'ok' } };
  },
};

function keyOf({ id, name, secret, disabled, extra }: ServedKey) {
  const shown = { hint: `...${secret.slice(-4)}`, hashed_xi_api_key: 'hash', created_at_unix: 1_700_000_000 };
  return { key_id: id, name, service_account_user_id: 'u-1', is_disabled: disabled, ...shown, ...extra };
}
