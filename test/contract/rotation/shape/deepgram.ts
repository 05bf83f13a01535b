import { connectDeepgramKeys } from '#main/control/rotation/connector/deepgram-keys.ts';
import { deepgram } from '#shared/provider/deepgram.ts';
import { refusal, type ServedKey, type ServiceShape } from '../key-service.ts';

const keys = '/v1/projects/p-1/keys';
const adminSecret = 'CANARYadminCANARYadmin0123456789abcdef01';

/** `types/{List,Create}…KeyV1Response` of @deepgram/sdk 5.13.0 and `CreateProjectKeySchema` of 4.11.2. */
export const deepgramShape: ServiceShape = {
  ...{ provider: deepgram, connect: connectDeepgramKeys, parameters: { project: 'p-1' }, adminSecret },
  firstSecret: 'CANARYfirstCANARYfirst0123456789abcdef01',
  inherited: { scopes: ['usage:write'], tags: ['prod'] },
  admin: ({ authorization }) => authorization === `Token ${adminSecret}`,
  secretOf: (number) => `CANARYmadeCANARYmade0123456789abcdef${String(number).padStart(4, '0')}`,
  kindOf({ method, path }) {
    if (path === '/v1/auth/token') return 'self';
    if (path === keys) return method === 'POST' ? 'create' : 'list';
    return path.startsWith(`${keys}/`) && method === 'DELETE' ? 'revoke' : 'unknown';
  },
  answer({ method, path, headers, body }, store) {
    if (path === '/v1/auth/token') {
      const own = store.keys.find(({ secret }) => headers.authorization === `Token ${secret}`);
      return own === undefined || (own.id !== 'first' && store.isPending())
        ? refusal(401)
        : { status: 200, document: { api_key_id: own.id, scopes: [] } };
    }
    if (method === 'POST') {
      const { comment, ...extra } = JSON.parse(body);
      const key = store.make(comment, extra);
      return { status: 200, document: { ...keyOf(key), key: key.secret } };
    }
    if (method === 'DELETE')
      return store.remove(path.split('/').at(-1) ?? '')
        ? { status: 200, document: { message: 'Deleted.' } }
        : refusal(404);
    const member = { member_id: 'm-1', email: 'person@example.com' };
    return { status: 200, document: { api_keys: store.listed().map((key) => ({ member, api_key: keyOf(key) })) } };
  },
};

function keyOf({ id, name, extra }: ServedKey) {
  return { api_key_id: id, comment: name, created: '2026-11-01T00:00:00Z', ...extra };
}
