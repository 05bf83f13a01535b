import { generateKeyPairSync, verify } from 'node:crypto';
import { connectGoogleApiKeys } from '#main/control/rotation/connector/google-api-keys.ts';
import { gemini } from '#shared/provider/gemini.ts';
import { refusal, type ServedKey, type ServiceShape } from '../key-service.ts';

const parent = '/v2/projects/my-project/locations/global/keys';
const name = (id: string): string => `projects/1234/locations/global/keys/${id}`;
const accessToken = 'ya29.CANARY-access-token-of-google-0123456789';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const adminSecret = JSON.stringify({
  private_key_id: 'id-of-the-private-key',
  client_email: 'rotation@my-project.iam.gserviceaccount.com',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
});

/** https://cloud.google.com/api-keys/docs/reference/rest/v2/projects.locations.keys, https://developers.google.com/identity/protocols/oauth2/service-account */
export const googleShape: ServiceShape = {
  ...{ provider: gemini, connect: connectGoogleApiKeys, adminSecret },
  parameters: { project: 'my-project', 'service-account': 'gemini@my-project.iam.gserviceaccount.com' },
  firstSecret: 'AIzaCANARYfirstCANARYfirstCANARYfirst01',
  leavesOutEmpty: true,
  admin: ({ authorization }) => authorization === `Bearer ${accessToken}`,
  secretOf: (number) => `AQ.CANARYmadeCANARYmadeCANARYmade-${String(number).padStart(4, '0')}`,
  kindOf({ method, path }) {
    if (path === '/v1beta/models') return 'use';
    if (path === '/token') return 'token';
    if (path === parent) return method === 'POST' ? 'create' : 'list';
    if (path.endsWith(':undelete')) return 'disable';
    if (!path.startsWith('/v2/')) return 'unknown';
    return method === 'DELETE' ? 'revoke' : 'read';
  },
  answer({ method, path, query, body }, store) {
    if (path === '/token')
      return isSigned(body) ? { status: 200, document: { access_token: accessToken } } : refusal(400);
    if (path.startsWith('/v2/operations/'))
      return { status: 200, document: operationOf(path, store.keys, store.isPending()) };
    if (path === parent && method === 'POST') {
      const { displayName, ...extra } = JSON.parse(body);
      const { id } = store.make(displayName, extra);
      return { status: 200, document: operationOf(`/v2/operations/akmf.${id}`, store.keys, store.isPending()) };
    }
    if (path === parent) {
      const from = Number(query.get('pageToken') ?? 0);
      const all = store.listed().filter(({ disabled }) => !disabled);
      const next = from + 2 < all.length ? { nextPageToken: String(from + 2) } : {};
      return { status: 200, document: { keys: all.slice(from, from + 2).map(keyOf), ...next } };
    }
    const [, id = '', act = ''] = /keys\/([\w-]+)([:/]\w+)?$/.exec(path) ?? [];
    const key = store.byId(id);
    if (key === undefined) return refusal(404);
    if (act === '/keyString') return { status: 200, document: { keyString: key.secret } };
    if (method === 'DELETE' && key.disabled) return refusal(400);
    if (method === 'DELETE') key.disabled = true;
    if (act === ':undelete') key.disabled = false;
    return { status: 200, document: method === 'GET' ? keyOf(key) : { name: `operations/akmf.${id}` } };
  },
};

function operationOf(path: string, keys: readonly ServedKey[], isPending: boolean) {
  const operation = path.slice('/v2/'.length);
  const key = keys.find(({ id }) => operation.endsWith(`.${id}`));
  return isPending || key === undefined ? { name: operation } : { name: operation, done: true, response: keyOf(key) };
}

function keyOf({ id, name: displayName, disabled }: ServedKey) {
  const deleted = disabled ? { deleteTime: '2026-11-02T00:00:00Z' } : {};
  return { name: name(id), displayName, uid: id, createTime: '2026-11-01T00:00:00Z', etag: 'W/"1"', ...deleted };
}

function isSigned(body: string): boolean {
  const form = new URLSearchParams(body);
  const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
  const { iss, scope } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'));
  const isOurs = verify('sha256', Buffer.from(`${head}.${claims}`), publicKey, Buffer.from(signature, 'base64url'));
  return isOurs && iss === 'rotation@my-project.iam.gserviceaccount.com' && scope.endsWith('/auth/cloud-platform');
}
